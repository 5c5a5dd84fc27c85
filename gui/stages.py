# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for what a job goes through, how a run ended, and what the figures mean: plain words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def stage(name: str) -> str:
    """A stage of training or measuring; one that is not known here keeps its name."""
    return {
        "consent": _tr("Comparing your recordings with your consent"),
        "prepare": _tr("Listening to your recordings"),
        "speaker": _tr("Finding the voice nearest to yours"),
        "norms": _tr("Learning your tone"),
        "decoder": _tr("Learning your sounds"),
        "convolutions": _tr("Learning how you speak"),
        "vocoder": _tr("Learning the grain of your voice"),
        "guard": _tr("Checking that every word is still there"),
        "sharpen": _tr("Giving the sound its details back"),
        "widen": _tr("Adding the sound above 8 kHz"),
        "voice": _tr("Making the small voice file"),
        "speaking": _tr("The voice reads test sentences"),
        "listening": _tr("A recogniser listens to them"),
        "likeness": _tr("Comparing the voice with you"),
        "rating": _tr("Estimating what listeners would say"),
        "melody": _tr("Comparing the melody"),
        "speed": _tr("Measuring the speed"),
    }.get(name, name)


def short_stage(name: str) -> str:
    """A stage of training in a word, for a chart."""
    return {
        "speaker": _tr("nearest voice"),
        "norms": _tr("tone"),
        "decoder": _tr("sounds"),
        "convolutions": _tr("manner"),
        "vocoder": _tr("grain"),
    }.get(name, name)


def status(name: str) -> str:
    """How a run stands."""
    return {
        "running": _tr("running"),
        "done": _tr("finished"),
        "cancelled": _tr("paused"),
        "failed": _tr("stopped by an error"),
    }.get(name, name)


def recipe(name: str, title: str = "") -> str:
    """What a recipe makes; one that is not known here says so itself by its title."""
    known = {
        "tts_quick": _tr("A first voice"),
        "tts_standard": _tr("The voice to keep"),
        "asr_quick": _tr("A recogniser that knows you"),
        "asr_standard": _tr("A recogniser that knows you well"),
    }
    return known.get(name) or title.partition(":")[0] or name


def device(name: str) -> str:
    """A kind of device in words."""
    return {
        "cpu": _tr("this computer's processor"),
        "cuda": _tr("the NVIDIA graphics card"),
        "mps": _tr("the Apple graphics processor"),
        "xpu": _tr("the Intel graphics processor"),
    }.get(name.partition(":")[0], name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stages", text)

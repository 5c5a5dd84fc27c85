# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for what a job goes through, how a run ended, and what the figures mean: plain words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate  # under this name its texts are found


def stage(name: str) -> str:
    """A stage of a job; one that is not known here keeps its name."""
    return {
        "import": translate("Stages", "Recordings"),
        "copy": translate("Stages", "Copying"),
        "verify": translate("Stages", "Proving the copy"),
        "export": translate("Stages", "Making the file"),
        "check": translate("Stages", "Letting the engines of phones speak with it"),
        "consent": translate("Stages", "Comparing your recordings with your consent"),
        "prepare": translate("Stages", "Listening to your recordings"),
        "speaker": translate("Stages", "Finding the voice nearest to yours"),
        "norms": translate("Stages", "Learning your tone"),
        "decoder": translate("Stages", "Learning your sounds"),
        "convolutions": translate("Stages", "Learning how you speak"),
        "vocoder": translate("Stages", "Learning the grain of your voice"),
        "guard": translate("Stages", "Checking that every word is still there"),
        "sharpen": translate("Stages", "Giving the sound its details back"),
        "widen": translate("Stages", "Adding the sound above 8 kHz"),
        "voice": translate("Stages", "Making the small voice file"),
        "speaking": translate("Stages", "The voice reads test sentences"),
        "listening": translate("Stages", "A recogniser listens to them"),
        "likeness": translate("Stages", "Comparing the voice with you"),
        "rating": translate("Stages", "Estimating what listeners would say"),
        "melody": translate("Stages", "Comparing the melody"),
        "speed": translate("Stages", "Measuring the speed"),
    }.get(name, name)


def short_stage(name: str) -> str:
    """A stage of training in a word, for a chart."""
    return {
        "speaker": translate("Stages", "nearest voice"),
        "norms": translate("Stages", "tone"),
        "decoder": translate("Stages", "sounds"),
        "convolutions": translate("Stages", "manner"),
        "vocoder": translate("Stages", "grain"),
    }.get(name, name)


def status(name: str) -> str:
    """How a run stands."""
    return {
        "running": translate("Stages", "running"),
        "done": translate("Stages", "finished"),
        "cancelled": translate("Stages", "paused"),
        "failed": translate("Stages", "stopped by an error"),
    }.get(name, name)


def recipe(name: str, title: str = "") -> str:
    """What a recipe makes; one that is not known here says so itself by its title."""
    known = {
        "tts_quick": translate("Stages", "A first voice"),
        "tts_standard": translate("Stages", "The voice to keep"),
        "asr_quick": translate("Stages", "A recogniser that knows you"),
        "asr_standard": translate("Stages", "A recogniser that knows you well"),
    }
    return known.get(name) or title.partition(":")[0] or name


def device(name: str) -> str:
    """A kind of device in words."""
    return {
        "cpu": translate("Stages", "this computer's processor"),
        "cuda": translate("Stages", "the NVIDIA graphics card"),
        "mps": translate("Stages", "the Apple graphics processor"),
        "xpu": translate("Stages", "the Intel graphics processor"),
    }.get(name.partition(":")[0], name)

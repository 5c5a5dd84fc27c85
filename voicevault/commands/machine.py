# SPDX-License-Identifier: GPL-3.0-or-later
"""devices, doctor, prompts: what this machine can do and what to read to it."""

from __future__ import annotations

import ctypes.util
import importlib.util
import platform
import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from voicevault import paths, service
from voicevault.commands.session import Session
from voicevault.commands.vault import JsonFlag
from voicevault.errors import VoiceVaultError
from voicevault.lessons import recipes
from voicevault.terminal import show_json, show_table
from voicevault.text import prompts as reading
from voicevault.text.frontend import phonemise


def devices(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Which device training and speaking will use here, and why.

    Every device takes the same short training step. Override the choice with device=cpu, cuda,
    mps or xpu: voicevault train tts_quick device=cpu
    """
    session: Session = context.obj
    try:
        told = service.devices(session.teller)
    finally:
        session.teller.done()
    if as_json:
        show_json(told)
        return
    for part in ("training", "inference"):
        one = told[part]
        what = one.get("dtype") or one.get("provider")
        print(f"{part}: {one['device']} ({what})\n  {one['reason']}")
    rows = [
        (row["device"], row["dtype"], f"{row['step_ms']:.1f} ms" if row["works"] else "-",
         row["note"] or row["name"])
        for row in told["measured"]
    ]  # fmt: skip
    show_table(("device", "precision", "step", "name"), rows)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing doctor looked at."""

    what: str
    ok: bool
    needed: bool
    message: str


def doctor(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Look whether everything VoiceVault needs is here, and say what to do where it is not."""
    found = list(_findings())
    if as_json:
        show_json(
            [
                {"what": one.what, "ok": one.ok, "needed": one.needed, "message": one.message}
                for one in found
            ]
        )
    else:
        for one in found:
            mark = "ok     " if one.ok else "MISSING" if one.needed else "absent "
            print(f"{mark}  {one.what}: {one.message}")
    wrong = [one.what for one in found if one.needed and not one.ok]
    if wrong:
        raise VoiceVaultError(f"not in order: {', '.join(wrong)}")


def prompts(
    context: typer.Context,
    count: Annotated[int, typer.Option(min=1, help="How many, from the first on.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Sentences to read, in an order that brings all sounds early.

    Lines are "id|text": save them as metadata.csv and record each as id.wav beside it.
    """
    session: Session = context.obj
    chosen = reading.prompts()[:count]
    if as_json:
        show_json([{"id": one.id, "text": one.text} for one in chosen])
        return
    for one in chosen:
        print(f"{one.id}|{one.text}")
    session.teller.say(f"{len(chosen)} of {len(reading.prompts())} sentences")


def _findings() -> list[Finding]:
    version = platform.python_version()
    out = [Finding("python", sys.version_info >= (3, 11), True, version)]
    out.append(_phonemes())
    base = paths.base_dir()
    shipped = sorted(one.name for one in base.iterdir() if one.suffix in (".safetensors", ".onnx"))
    there = "aligner.onnx" in shipped and len(shipped) > 1
    out.append(Finding("base voice", there, True, ", ".join(shipped) or "reinstall voicevault"))
    try:
        known = ", ".join(recipes())
    except (VoiceVaultError, OSError) as error:
        out.append(Finding("recipes", False, True, str(error)))
    else:
        out.append(Finding("recipes", bool(known), True, known or "reinstall voicevault"))
    for what, module, extra in (
        ("training", "torch", "train"),
        ("evaluation", "pocketsphinx", "evaluate"),
    ):
        # Looked up, never imported: front ends stay free of torch.
        is_there = importlib.util.find_spec(module) is not None
        how = "installed" if is_there else f"pip install 'voicevault[{extra}]'"
        out.append(Finding(what, is_there, False, how))
    port = ctypes.util.find_library("portaudio") is not None or sys.platform != "linux"
    how = "found" if port else "only recording needs it (Debian: apt install libportaudio2)"
    out.append(Finding("microphone library", port, False, how))
    runtimes = paths.runtimes_dir()
    more = sorted(one.name for one in runtimes.iterdir()) if runtimes and runtimes.is_dir() else []
    how = ", ".join(more) or f"set {paths.RUNTIMES_ENV} to check exports with sherpa-onnx"
    out.append(Finding("more runtimes", bool(more), False, how))
    return out


def _phonemes() -> Finding:
    try:
        heard = "".join(phonemise("Hello.")[0])
    except Exception as error:  # a broken native library may raise anything
        return Finding("text to phonemes", False, True, f"{type(error).__name__}: {error}")
    return Finding("text to phonemes", bool(heard), True, f"Hello. is {heard}")

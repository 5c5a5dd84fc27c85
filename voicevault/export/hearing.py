# SPDX-License-Identifier: GPL-3.0-or-later
"""Self-test of an exported recogniser: every installed sherpa-onnx hears what we hear.

Each in a process of its own, as ``export.verify`` does with voices and for the same reasons. The
sound lies in the folder and is nobody's.
"""

import json
from pathlib import Path

import numpy as np

from voicevault.audio.files import decode, resample
from voicevault.data.fbank import RATE_HZ
from voicevault.errors import ExportFailed, VoiceVaultError
from voicevault.export.ownership import verify_manifest
from voicevault.export.verify import (
    FolderReport,
    NotInstalled,
    RuntimeResult,
    ask,
    find_model,
    packages,
    verify_folder,
)
from voicevault.runtime.recognise import Recogniser

NAME, TOKENS, SOUND = "asr", "tokens.txt", "test.wav"
RUNTIMES = ("sherpa-1", "sherpa-2")


def verify_any(path: str | Path) -> FolderReport:
    """Checks an exported folder, or the ``.onnx`` file in it, whatever student it holds.

    Raises:
        ExportFailed: there is nothing at ``path``.
    """
    model = find_model(path)
    if model.stem == NAME and (model.parent / SOUND).is_file():
        return verify_recogniser(model)
    return verify_folder(path)


def verify_recogniser(path: str | Path) -> FolderReport:
    """Checks the manifest and lets every installed runtime hear the folder's sound.

    Raises:
        ExportFailed: there is no recogniser at ``path``.
    """
    model = find_model(path)
    manifest = verify_manifest(model.parent, NAME)
    try:
        clip = decode((model.parent / SOUND).read_bytes(), name=SOUND)
        tokens = (model.parent / TOKENS).read_text("utf-8")
        ours = Recogniser(model.read_bytes(), tokens)
        sound = resample(clip.samples, clip.rate_hz, RATE_HZ)
        wanted = ours.recognise(sound).text
    except (OSError, VoiceVaultError, RuntimeError, ValueError) as error:  # onnxruntime's are these
        raise ExportFailed(f"{model.parent} holds no recogniser that runs: {error}") from error
    results = tuple(_hear_one(runtime, model, sound, wanted) for runtime in RUNTIMES)
    return FolderReport(NAME, manifest, results)


def hear_through(runtime: str, model: Path, sound: np.ndarray) -> tuple[str, str]:
    """(version, text) of what a runtime hears in samples [S] at 16 kHz; they go by its stdin.

    Raises:
        NotInstalled: the runtime is not on this machine.
        ExportFailed: it ended, or gave no answer.
    """
    request = {
        "packages": packages(runtime),
        "model": str(model),
        "tokens": str(model.parent / TOKENS),
        "rate_hz": RATE_HZ,
        "samples": len(sound),
    }
    sent = json.dumps(request).encode() + b"\n" + sound.astype("<f4").tobytes()
    answered = ask(runtime, "hear_probe.py", sent)
    try:
        answer = json.loads(answered)
        return str(answer["version"]), str(answer["text"])
    except (ValueError, KeyError, TypeError) as error:
        raise ExportFailed(f"{runtime} gave an answer that makes no sense: {error}") from error


def _hear_one(runtime: str, model: Path, sound: np.ndarray, wanted: str) -> RuntimeResult:
    try:
        version, text = hear_through(runtime, model, sound)
    except NotInstalled as error:
        return RuntimeResult(runtime, "skipped", message=f"{error.message}; {error.hint}")
    except ExportFailed as error:
        return RuntimeResult(runtime, "failed", message=error.message)
    same = text.split() == wanted.split()
    return RuntimeResult(
        runtime,
        "ok" if same else "failed",
        version=version,
        message=f"hears {text!r}" if same else f"hears {text!r} where we hear {wanted!r}",
        loaded=True,
        samples=len(sound),
        rate_hz=RATE_HZ,
        duration_ms=round(1000 * len(sound) / RATE_HZ),
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Self-test of an exported folder: real runtimes load it and speak, each in its own process.

In subprocesses because sherpa-onnx ends the process on a bad file, and because its two major
versions cannot share one environment. A runtime is taken from ``$VOICEVAULT_RUNTIMES/<name>``
(``pip install --target``; names: piper, sherpa-1, sherpa-2), else from the current environment.
The text goes to the subprocess by stdin; arguments are visible to every user of the machine.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicevault.errors import ExportFailed, UsageError, VoiceVaultError
from voicevault.export.ownership import ManifestCheck, verify_manifest

RUNTIMES = ("piper", "sherpa-1", "sherpa-2")
ENVIRONMENT = "VOICEVAULT_RUNTIMES"
_PACKAGES = {
    "piper": "piper-tts>=1.8,<2",
    "sherpa-1": "sherpa-onnx>=1.13.5,<1.14",
    "sherpa-2": "sherpa-onnx>=2,<3",
}
TEXT = "The quick brown fox jumps over the lazy dog, and then it sleeps."
"""Spoken by the self-test; every word is in every lexicon."""
DURATION_S = (1.5, 15.0)
"""Sensible for TEXT: 13 words at anything between a gabble and a drawl."""
PEAK_DBFS = (-30.0, 0.5)
TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class RuntimeResult:
    """What one runtime made of the folder."""

    runtime: str
    status: str
    """"ok", "failed" or "skipped" (not installed: ``message`` says how to add it)."""
    version: str = ""
    message: str = ""
    loaded: bool = False
    samples: int = 0
    rate_hz: int = 0
    duration_ms: int = 0
    peak_mdb: int = 0
    """Peak in 1/1000 dB re full scale."""
    rms_mdb: int = 0


@dataclass(frozen=True, slots=True)
class FolderReport:
    """All results for one exported folder."""

    voice: str
    manifest: ManifestCheck
    runtimes: tuple[RuntimeResult, ...]

    @property
    def ok(self) -> bool:
        """Nothing failed; a skipped runtime or a missing or unsigned manifest is no failure."""
        spoken = all(result.status != "failed" for result in self.runtimes)
        return spoken and self.manifest.status in ("ok", "unsigned", "missing")

    def failures(self) -> str:
        """Each failed runtime with its message, and a manifest that does not fit."""
        said = [f"{one.runtime}: {one.message}" for one in self.runtimes if one.status == "failed"]
        if self.manifest.status not in ("ok", "missing"):
            said.append(f"manifest: {self.manifest.status}")
        return "; ".join(said)

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {"ok": self.ok, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Spoken:
    """Raw answer of a runtime: one array of samples a text."""

    version: str
    rate_hz: int
    audio: tuple[NDArray[np.float32], ...]


def verify_folder(
    path: str | Path, *, text: str = TEXT, runtimes: Sequence[str] = RUNTIMES
) -> FolderReport:
    """Checks the manifest and speaks ``text`` through every runtime that is installed.

    Args:
        path: the exported folder, or the ``.onnx`` file in it.
        text: what to say; durations are judged for a sentence of about the length of TEXT.
        runtimes: which of RUNTIMES to try.

    Raises:
        ExportFailed: there is no voice at ``path``.
    """
    model = find_model(path)
    results = tuple(_verify_one(runtime, model, text) for runtime in runtimes)
    return FolderReport(model.stem, verify_manifest(model.parent, model.stem), results)


def find_model(path: str | Path) -> Path:
    """The ``.onnx`` file meant by a file or folder."""
    given = Path(path)
    if given.is_file():
        return given.resolve()
    found = sorted(given.glob("*.onnx")) if given.is_dir() else []
    if len(found) != 1:
        what = "no .onnx file" if not found else f"{len(found)} .onnx files"
        raise ExportFailed(f"{given} holds {what}", hint="name the .onnx file to check")
    return found[0].resolve()


def speak_through(
    runtime: str, model: Path, texts: Sequence[str], timeout_s: float = TIMEOUT_S
) -> Spoken:
    """Speaks texts through a runtime in a subprocess.

    Raises:
        NotInstalled: the runtime (or the espeak-ng data it needs) is not there.
        ExportFailed: the runtime ended without audio; the message carries its own last words.
    """
    if runtime not in RUNTIMES:
        raise UsageError(f"runtime is {runtime!r}; {', '.join(RUNTIMES)} are known")
    request = {
        "runtime": runtime,
        "packages": packages(runtime),
        "model": str(model),
        "lexicon": _optional(model.parent / "lexicon.txt"),
        "tokens": _optional(model.parent / "tokens.txt"),
        "espeak_data": _espeak_data() if runtime == "sherpa-1" else "",
        "texts": list(texts),
    }
    answer = ask(runtime, "host_probe.py", json.dumps(request).encode(), timeout_s)
    return _answer(runtime, answer, len(texts))


def ask(runtime: str, probe: str, request: bytes, timeout_s: float = TIMEOUT_S) -> bytes:
    """What a probe beside this file answers, in a process of its own: runtimes end theirs.

    Raises:
        ExportFailed: it ended, or gave no answer in time; the message carries its last words.
    """
    try:
        done = subprocess.run(
            # With our number: a probe that starts late must not take the one after us for its own.
            [sys.executable, "-P", str(Path(__file__).with_name(probe)), str(os.getpid())],
            input=request,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportFailed(f"{runtime} did not answer within {timeout_s:.0f} s") from error
    if done.returncode != 0:
        words = last_words(done.stderr)
        raise ExportFailed(f"{runtime} ended with status {done.returncode}: {words}")
    return done.stdout


class NotInstalled(VoiceVaultError):
    """A runtime that is not on this machine; the hint is the command that adds it."""


def _verify_one(runtime: str, model: Path, text: str) -> RuntimeResult:
    try:
        spoken = speak_through(runtime, model, [text])
    except NotInstalled as error:
        return RuntimeResult(runtime, "skipped", message=f"{error.message}; {error.hint}")
    except ExportFailed as error:
        return RuntimeResult(runtime, "failed", message=error.message)
    return _judged(runtime, spoken)


def _judged(runtime: str, spoken: Spoken) -> RuntimeResult:
    audio = spoken.audio[0].astype(np.float64)
    finite = bool(np.all(np.isfinite(audio)))
    usable = audio if finite and audio.size else np.zeros(1)
    peak_db = _db(float(np.max(np.abs(usable))))
    duration_s = audio.size / spoken.rate_hz
    wrong = ""
    if not audio.size:
        wrong = "gave no audio" + (": is lexicon.txt there?" if runtime == "sherpa-2" else "")
    elif not finite:
        wrong = "gave samples that are not numbers"
    elif not DURATION_S[0] <= duration_s <= DURATION_S[1]:
        wrong = f"spoke {duration_s:.1f} s; {DURATION_S[0]} to {DURATION_S[1]} s are sensible"
    elif not PEAK_DBFS[0] <= peak_db <= PEAK_DBFS[1]:
        wrong = f"peaks at {peak_db:.1f} dBFS; {PEAK_DBFS[0]} to {PEAK_DBFS[1]} are sensible"
    return RuntimeResult(
        runtime,
        "failed" if wrong else "ok",
        version=spoken.version,
        message=wrong,
        loaded=True,
        samples=int(audio.size),
        rate_hz=spoken.rate_hz,
        duration_ms=round(duration_s * 1000),
        peak_mdb=round(peak_db * 1000),
        rms_mdb=round(_db(float(np.sqrt(np.mean(usable**2)))) * 1000),
    )


def packages(runtime: str) -> str:
    """Folder to put on the subprocess's module path; empty: the current environment has it."""
    folder = _target(runtime)
    if folder is not None:
        return str(folder)
    distribution = "piper-tts" if runtime == "piper" else "sherpa-onnx"
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        version = ""
    if version and (runtime == "piper" or version.startswith(f"{runtime[-1]}.")):
        return ""
    where = os.environ.get(ENVIRONMENT) or "RUNTIMES"
    raise NotInstalled(
        f"{runtime} is not installed",
        hint=f"add it: pip install --target {where}/{runtime} '{_PACKAGES[runtime]}'"
        + ("" if os.environ.get(ENVIRONMENT) else f" and set {ENVIRONMENT}=RUNTIMES"),
    )


def _target(runtime: str) -> Path | None:
    root = os.environ.get(ENVIRONMENT)
    folder = Path(root).resolve() / runtime if root else None
    return folder if folder is not None and folder.is_dir() else None


def _espeak_data() -> str:
    """The espeak-ng data that piper-tts carries; sherpa-onnx 1.x reads text with it."""
    target = _target("piper")
    roots = [target / "piper"] if target is not None else []
    spec = importlib.util.find_spec("piper")
    roots += [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    for root in roots:
        if (root / "espeak-ng-data" / "phontab").is_file():
            return str(root / "espeak-ng-data")
    raise NotInstalled(
        "sherpa-1 needs espeak-ng data and piper-tts, which carries it, is not installed",
        hint="pip install piper-tts",
    )


def _optional(path: Path) -> str:
    return str(path) if path.is_file() else ""


def _answer(runtime: str, data: bytes, texts: int) -> Spoken:
    line, _, samples = data.partition(b"\n")
    try:
        head = json.loads(line)
        counts = [int(count) for count in head["counts"]]
        audio = np.frombuffer(samples, dtype="<f4").astype(np.float32)
        if len(counts) != texts or sum(counts) != audio.size:
            raise ValueError(f"{sum(counts)} samples announced, {audio.size} came")
    except (ValueError, KeyError, TypeError) as error:
        raise ExportFailed(f"{runtime} gave an answer that makes no sense: {error}") from error
    parts = np.split(audio, np.cumsum(counts)[:-1])
    return Spoken(str(head["version"]), int(head["rate_hz"]), tuple(parts))


def last_words(stderr: bytes) -> str:
    """The last line that a runtime wrote before it ended."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines()]
    return " | ".join([line for line in lines if line.strip("^~")][-1:])[:500] or "no word"


def _db(value: float) -> float:
    return 20.0 * float(np.log10(max(value, 1e-10)))

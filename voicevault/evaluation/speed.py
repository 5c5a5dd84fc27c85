# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast and how big a voice is, on one core, in a process that holds nothing else.

``python -m voicevault.evaluation.speed`` is that process: it reads a voice's bytes from stdin and
prints one JSON line. The voice goes through a pipe, so nothing is written, and the caller's torch
does not count as the voice's memory. Only the runtime is imported there.

RTF (real-time factor) is processor time / seconds of speech with one thread. Processor time, not
the clock's: on an idle machine they are equal, on a busy one only the first is the voice's own.
"""

import json
import math
import statistics
import struct
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from voicevault.errors import VoiceVaultError
from voicevault.evaluation.energy import Energy, metered

REPEATS = 5
_LIMIT_S = 300.0


class Speaker(Protocol):
    """What is measured: ``voicevault.runtime.voice.Voice`` or anything alike."""

    rate_hz: int

    def speak(self, text: str) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Speed:
    """Figures of one voice on one core; medians of REPEATS passes."""

    rtf: float
    """Processor seconds a second of speech, text front end included."""
    rtf_clock: float
    """The same by the clock: higher when the machine is busy."""
    first_audio_ms: float
    """Clock time from a text to its first clause's samples, the voice being loaded."""
    load_ms: float
    speech_s: float
    """Length of what was spoken in one pass."""
    memory_bytes: int
    """Peak growth of the process from loading and speaking; 0 when it cannot be known."""
    process_bytes: int
    """Peak of the whole process, interpreter and onnxruntime included; 0 when unknown."""
    size_bytes: int
    joules_a_minute: float = math.nan
    """Energy for a minute of speech; nan where nothing counts it."""
    energy_method: str = ""
    energy_missing: str = ""
    """Why there is no figure."""

    @property
    def energy(self) -> Energy:
        """Of a minute of speech."""
        return Energy(self.joules_a_minute, 60.0, self.energy_method, self.energy_missing)


def measure(voice: bytes, config: dict[str, Any] | None, texts: list[str]) -> Speed:
    """Measure a voice in a process of its own.

    Args:
        voice: the ONNX file's bytes.
        config: parsed voice settings, None when the file carries them.
        texts: what it says; the first one also serves for the latency.

    Raises:
        VoiceVaultError: the process failed or took too long.
    """
    head = json.dumps({"config": config, "texts": texts}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "voicevault.evaluation.speed"],
            input=struct.pack("<I", len(head)) + head + voice,
            capture_output=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VoiceVaultError(f"the voice took more than {_LIMIT_S:.0f} s to say a page") from error
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise VoiceVaultError(f"the speed could not be measured: {' '.join(last) or 'no reason'}")
    return Speed(**json.loads(done.stdout.splitlines()[-1]))


def peak_bytes() -> int:
    """The largest this process has been.

    VmHWM where there is one: Linux's ru_maxrss of a child starts at its parent's size.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def passes(voice: Speaker, texts: list[str], repeats: int = REPEATS) -> tuple[float, float, float]:
    """(rtf, rtf by the clock, seconds of speech in one pass) of a loaded one-thread voice."""
    voice.speak(texts[0])  # warm-up: allocations and the front end's tables
    cpu, clock, speech_s = [], [], 0.0
    for _ in range(repeats):
        at, at_clock = time.process_time(), time.perf_counter()
        spoken = sum(len(voice.speak(text)) for text in texts)
        cpu.append(time.process_time() - at)
        clock.append(time.perf_counter() - at_clock)
        speech_s = spoken / voice.rate_hz
    length = max(speech_s, 1e-3)
    return statistics.median(cpu) / length, statistics.median(clock) / length, speech_s


def energy_of(voice: Speaker, texts: list[str], repeats: int = REPEATS) -> Energy:
    """What a minute of speech takes, of a voice that has spoken before."""
    with metered() as meter:
        spoken = sum(len(voice.speak(text)) for _ in range(repeats) for text in texts)
    minutes = max(spoken / voice.rate_hz, 1e-3) / 60
    return replace(meter.energy, joules=meter.energy.joules / minutes)


def _probe(data: bytes) -> Speed:
    """Runs in the child."""
    from voicevault.runtime.voice import Voice

    size = struct.unpack_from("<I", data)[0]
    head, model = json.loads(data[4 : 4 + size]), data[4 + size :]
    before = peak_bytes()
    at = time.perf_counter()
    voice = Voice.load(model, head["config"], threads=1)
    load_ms = (time.perf_counter() - at) * 1e3
    voice.speak(head["texts"][0])
    waits = []
    for _ in range(REPEATS):
        at = time.perf_counter()
        next(iter(voice.stream(head["texts"][0])))
        waits.append((time.perf_counter() - at) * 1e3)
    rtf, clock, speech_s = passes(voice, head["texts"])
    used = energy_of(voice, head["texts"])
    peak = peak_bytes()
    grown = max(peak - before, 0)
    return Speed(
        rtf, clock, statistics.median(waits), load_ms, speech_s, grown, peak, len(model),
        used.joules, used.method, used.missing,
    )  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asdict(_probe(sys.stdin.buffer.read()))))

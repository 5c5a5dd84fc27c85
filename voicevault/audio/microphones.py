# SPDX-License-Identifier: GPL-3.0-or-later
"""Which microphones there are now, asked in a process of its own.

PortAudio reads the list of devices when it starts and never again. A child that lives for a moment
sees what is plugged in at that moment, and a sound driver that crashes or hangs takes nothing with
it. `python -m voicevault.audio.microphones` is that child: one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass

from voicevault.audio.capture import load_portaudio
from voicevault.errors import BadAudio, MissingExtra, VoiceVaultError

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Input:
    """One microphone as people choose it."""

    name: str
    rate_hz: int
    is_default: bool


def microphones(timeout_s: float = TIMEOUT_S) -> list[Input]:
    """The inputs of this computer, the system's choice first; none is no error.

    Raises:
        MissingExtra: PortAudio is not installed.
        BadAudio: the sound system does not answer.
    """
    command = [sys.executable, "-P", "-m", "voicevault.audio.microphones"]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
        )
        told = json.loads(ended.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, OSError, ValueError, IndexError) as error:
        raise BadAudio(
            "the sound system does not say which microphones there are",
            hint="unplug devices that are new, or restart the sound system",
        ) from error
    if "missing" in told:
        raise MissingExtra(told["missing"], hint=told["hint"])
    return [Input(**one) for one in told["inputs"]]


def inputs() -> list[Input]:
    """The same in this process, once: as PortAudio saw it when it was loaded."""
    library = load_portaudio()
    listed = list(library.query_devices())
    chosen = library.default.device[0]
    found = [
        Input(str(one["name"]), round(one["default_samplerate"]), index == chosen)
        for index, one in enumerate(listed)
        if one["max_input_channels"] > 0
    ]
    return sorted(found, key=lambda one: not one.is_default)


def main() -> None:
    """The child."""
    try:
        told: dict[str, object] = {"inputs": [asdict(one) for one in inputs()]}
    except VoiceVaultError as error:
        told = {"missing": error.message, "hint": error.hint}
    print(json.dumps(told))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Run as its own program by verify.py: load a voice folder in one runtime and speak through it.

Standard library, numpy and the runtime only; nothing of VoiceVault. It is started by its path with
``python -P``: without -P its folder would be on the module path and our piper.py would hide PyPI's.

Argument: the process that asks; with it the probe ends.
Request: one JSON object on stdin {runtime, packages, model, lexicon, tokens, espeak_data, texts}.
Answer: one JSON line on stdout {version, rate_hz, counts}, then float32 samples of all texts.
"""

import json
import os
import sys
import threading
import time
from importlib import metadata
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]


def speak_piper(request: dict[str, Any]) -> tuple[int, list[Audio]]:
    """Each text through piper-tts without its loudness normalisation: levels are the file's."""
    from piper import PiperVoice, SynthesisConfig

    voice = PiperVoice.load(request["model"])
    settings = SynthesisConfig(normalize_audio=False)
    out = []
    for text in request["texts"]:
        chunks = [chunk.audio_float_array for chunk in voice.synthesize(text, settings)]
        out.append(np.concatenate([*chunks, np.zeros(0, dtype=np.float32)]).astype(np.float32))
    return int(voice.config.sample_rate), out


def speak_sherpa(request: dict[str, Any]) -> tuple[int, list[Audio]]:
    """Each text through sherpa-onnx: 1.x reads the espeak data, 2.x the lexicon."""
    import sherpa_onnx

    vits = sherpa_onnx.OfflineTtsVitsModelConfig(
        model=request["model"],
        lexicon=request["lexicon"],
        tokens=request["tokens"],
        data_dir=request["espeak_data"],
    )
    config = sherpa_onnx.OfflineTtsConfig(
        model=sherpa_onnx.OfflineTtsModelConfig(vits=vits, num_threads=1),
        max_num_sentences=1,
    )
    tts = sherpa_onnx.OfflineTts(config)
    out = [np.array(tts.generate(text).samples, dtype=np.float32) for text in request["texts"]]
    return int(tts.sample_rate), out


def end_with_parent(parent: int) -> None:
    """Nobody waits for the answer of one whose parent was killed, and it holds somebody's files."""
    while os.getppid() == parent:
        time.sleep(0.25)
    os._exit(1)


def main() -> None:
    """Answers the one request on stdin."""
    answer: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a runtime prints must not mix with the answer
    threading.Thread(target=end_with_parent, args=[int(sys.argv[1])], daemon=True).start()
    request = json.load(sys.stdin)
    if request["packages"]:
        sys.path.insert(0, request["packages"])
    is_piper = request["runtime"] == "piper"
    version = metadata.version("piper-tts" if is_piper else "sherpa-onnx")
    rate_hz, audio = speak_piper(request) if is_piper else speak_sherpa(request)
    head = {"version": version, "rate_hz": rate_hz, "counts": [int(a.size) for a in audio]}
    answer.write(json.dumps(head).encode() + b"\n")
    for one in audio:
        answer.write(one.astype("<f4").tobytes())
    answer.close()


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Run as its own program by hearing.py: load a recogniser in one sherpa-onnx and hear a sound.

Standard library, numpy and the runtime only; nothing of VoiceVault. It is started by its path with
``python -P``, as host_probe.py is.

Argument: the process that asks; with it the probe ends.
Request: one JSON line on stdin {packages, model, tokens, rate_hz, samples}, then float32 samples.
Answer: one JSON object on stdout {version, text}.
"""

import json
import os
import sys
import threading
import time
from importlib import metadata
from typing import Any, BinaryIO

import numpy as np


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
    request: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    samples = np.frombuffer(sys.stdin.buffer.read(4 * request["samples"]), dtype="<f4")
    if request["packages"]:
        sys.path.insert(0, request["packages"])
    import sherpa_onnx

    recogniser = sherpa_onnx.OfflineRecognizer.from_zipformer_ctc(
        model=request["model"], tokens=request["tokens"], num_threads=1
    )
    stream = recogniser.create_stream()
    stream.accept_waveform(request["rate_hz"], samples.astype(np.float32))
    recogniser.decode_stream(stream)
    found = {"version": metadata.version("sherpa-onnx"), "text": str(stream.result.text)}
    answer.write(json.dumps(found).encode())
    answer.close()


if __name__ == "__main__":
    main()

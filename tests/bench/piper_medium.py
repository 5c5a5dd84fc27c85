# SPDX-License-Identifier: GPL-3.0-or-later
"""One core, one run: this project's voice against the graph of a Piper-medium voice.

    python tests/bench/piper_medium.py [--voice FILE.onnx]

Piper-medium is built with random weights by piper-tts's own training code (piper.train.vits, in
its wheel) with the default sizes of its trainer, and exported the way its exporter does. Speed does
not depend on weights, with one exception: durations. Random weights predict random lengths, so
the duration predictor's output is set to a constant, which gives both about the same length.
Without --voice, the shipped base speaks with one of its own voices.

Both graphs get the same phonemes and one thread, each in a process of its own, in turns, so that a
busy moment of the machine meets both. Figures are processor time a second of speech.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import struct
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

PIPER_RATE_HZ = 22_050
PIPER_SYMBOLS = 256
FRAMES_A_SYMBOL = 2  # of 256 samples; symbols are phonemes, marks and the pads between them
TEXTS = (
    "The weather is changing.",
    "Every voice has a history, and this one belongs to the person who recorded it at home.",
    "When the old cinema closed, the town lost more than a screen: couples had met in its back "
    "row, and children had learned to be quiet there, at least for a while.",
)


def piper_medium() -> bytes:
    """ONNX of SynthesizerTrn at the sizes that piper.train.vits.lightning has as defaults."""
    import torch
    from piper.train.vits.models import SynthesizerTrn

    torch.manual_seed(1234)
    model = SynthesizerTrn(
        n_vocab=PIPER_SYMBOLS, spec_channels=513, segment_size=32, inter_channels=192,
        hidden_channels=192, filter_channels=768, n_heads=2, n_layers=6, kernel_size=3,
        p_dropout=0.1, resblock="2", resblock_kernel_sizes=(3, 5, 7),
        resblock_dilation_sizes=((1, 2), (2, 6), (3, 12)), upsample_rates=(8, 8, 4),
        upsample_initial_channel=256, upsample_kernel_sizes=(16, 16, 8), n_speakers=1,
        gin_channels=0, use_sdp=True,
    ).eval()  # fmt: skip
    with torch.no_grad():
        model.dec.remove_weight_norm()
    _set_durations(model)

    def speak(text: Any, lengths: Any, scales: Any) -> Any:
        return model.infer(
            text, lengths, noise_scale=scales[0], length_scale=scales[1], noise_scale_w=scales[2]
        )[0].unsqueeze(1)

    model.forward = speak
    out = io.BytesIO()
    ids = torch.randint(0, PIPER_SYMBOLS, (1, 50))
    torch.onnx.export(
        model, (ids, torch.tensor([50]), torch.tensor([0.667, 1.0, 0.8])), out,
        input_names=["input", "input_lengths", "scales"], output_names=["output"],
        dynamic_axes={"input": {1: "phonemes"}, "output": {2: "time"}},
        opset_version=15, dynamo=False, verbose=False,
    )  # fmt: skip
    return out.getvalue()


def _set_durations(model: Any) -> None:
    """Log-durations pass the predictor's whole flow and end in a constant: the work stays real."""
    import math

    import torch

    frames = FRAMES_A_SYMBOL - 0.1  # the graph rounds up
    last = model.dp.flows[0]  # the elementwise affine that the reversed flow ends with
    with torch.no_grad():
        # x = (y - m) * exp(-logs): a large logs squeezes y away, m = -value * exp(logs)
        last.logs.fill_(12.0)
        last.m.fill_(-math.log(frames) * math.exp(12.0))


def own_voice() -> bytes:
    """The shipped base, folded to one of its voices, as int8."""
    from voicevault.export import onnx as onnx_export
    from voicevault.export import piper
    from voicevault.export.info import VoiceInfo
    from voicevault.export.quantise import quantise
    from voicevault.students.shipped import load_base

    base = load_base()
    base.student.fold(base.speakers[0])
    graph = onnx_export.voice_onnx(base.student.eval(), {})
    return piper.with_metadata(quantise(graph)[0], VoiceInfo(name="bench"))


CHILD = """
import json, struct, sys, time
import numpy as np
import onnxruntime as ort
def peak():
    lines = open('/proc/self/status')
    return int(next(line for line in lines if line.startswith('VmHWM')).split()[1])
data = sys.stdin.buffer.read()
size = struct.unpack_from('<I', data)[0]
head, model = json.loads(data[4:4 + size]), data[4 + size:]
before = peak()
options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = ort.InferenceSession(model, options, providers=['CPUExecutionProvider'])
scales = np.array([0.667, 1.0, 0.8], np.float32)
def say(ids):
    feed = {'input': np.array([ids], np.int64), 'input_lengths': np.array([len(ids)], np.int64),
            'scales': scales}
    return session.run(None, feed)[0].size
say(head['ids'][0])
rows = []
for ids in head['ids']:
    cpu, clock = time.process_time(), time.perf_counter()
    samples = say(ids)
    rows.append([time.process_time() - cpu, time.perf_counter() - clock, samples])
print(json.dumps({'rows': rows, 'memory_kb': peak() - before}))
"""


def turn(model: bytes, ids: list[list[int]]) -> dict[str, Any]:
    """One process: load, warm up, say everything once."""
    head = json.dumps({"ids": ids}).encode()
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=struct.pack("<I", len(head)) + head + model,
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compare(voice: bytes, rate_hz: int, turns: int) -> dict[str, dict[str, float]]:
    """Medians over turns of each graph: rtf, clock rtf, speech, memory, size."""
    from voicevault.text.frontend import phonemise
    from voicevault.text.symbols import piper_ids

    ids = [piper_ids(sentence) for text in TEXTS for sentence in phonemise(text)]
    graphs = {"piper-medium": (piper_medium(), PIPER_RATE_HZ), "voicevault": (voice, rate_hz)}
    gathered: dict[str, list[dict[str, Any]]] = {name: [] for name in graphs}
    for _ in range(turns):
        for name, (model, _) in graphs.items():
            gathered[name].append(turn(model, ids))
    out = {}
    for name, (model, rate) in graphs.items():
        rtf, clock = [], []
        for one in gathered[name]:
            speech_s = sum(row[2] for row in one["rows"]) / rate
            rtf.append(sum(row[0] for row in one["rows"]) / speech_s)
            clock.append(sum(row[1] for row in one["rows"]) / speech_s)
        out[name] = {
            "rtf": statistics.median(rtf),
            "rtf_clock": statistics.median(clock),
            "speech_s": speech_s,
            "memory_mb": statistics.median(one["memory_kb"] for one in gathered[name]) / 1e3,
            "size_mb": len(model) / 1e6,
        }
    return out


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--voice", default="", help="an exported voice; the base when not given")
    parser.add_argument("--turns", type=int, default=5)
    args = parser.parse_args(argv)
    warnings.simplefilter("ignore")  # the tracer's remarks on piper's code
    voice = Path(args.voice).read_bytes() if args.voice else own_voice()
    at = time.perf_counter()
    found = compare(voice, 16_000, args.turns)
    print("| Graph | RTF, one core | by the clock | speech | memory | file |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, one in found.items():
        print(
            f"| {name} | {one['rtf']:.4f} | {one['rtf_clock']:.4f} | {one['speech_s']:.1f} s "
            f"| {one['memory_mb']:.0f} MB | {one['size_mb']:.1f} MB |"
        )
    ratio = found["piper-medium"]["rtf"] / found["voicevault"]["rtf"]
    print(f"\n{ratio:.1f} times as fast as Piper-medium ({time.perf_counter() - at:.0f} s)")


if __name__ == "__main__":
    main(sys.argv[1:])

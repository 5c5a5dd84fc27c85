# SPDX-License-Identifier: GPL-3.0-or-later
"""The TTS student as one ONNX graph for Piper and sherpa-onnx, and its parity check.

The legacy exporter at opset 15 is the reference: it is what Piper exports with and what every phone
build loads. Text never enters the graph; ids do.

Shapes: N ids as the host feeds them, T framed ids, F frames, S samples.
"""

import io
import warnings
from collections.abc import Mapping

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from voicevault.errors import ExportFailed
from voicevault.export.basis import generate_basis
from voicevault.export.framing import Framing, durations_at_input
from voicevault.students.tts import TtsStudent, f0_from

OPSET = 15
IR_VERSION = 8

PARITY_TOLERANCE = 0.01
"""Largest root-mean-square difference between torch and onnxruntime, relative to the signal's. Both
run the same float32 operators, but the 60th harmonic turns a difference of 1e-6 in predicted pitch
into a hundredth of its phase after some seconds; nobody hears that, and 0.01 is -40 dB."""


class VoiceGraph(nn.Module):
    """What is traced: framing, student, level. Inputs and outputs are Piper's contract."""

    def __init__(self, student: TtsStudent) -> None:
        super().__init__()
        self.framing = Framing()
        self.student = student
        self.fixed_noise = False

    def forward(self, ids: Tensor, lengths: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
        """ids [1, N], lengths [1], scales [3] -> audio [1, 1, S] and frames of each id [1, N]."""
        place = torch.cumsum(torch.ones_like(ids), 1)  # [1, N] 1..N
        ids = ids * (place <= lengths[:, None]).to(ids.dtype)  # beyond the length: padding
        framed, source = self.framing(ids)
        noise_scale, length_scale, noise_w = scales[0], scales[1], scales[2]
        mel, pitch, voiced, durations = self.student.predict(
            framed, noise_scale=noise_scale, length_scale=length_scale, noise_w=noise_w
        )
        wave = self.student.vocoder(
            mel,
            pitch,
            voiced,
            f0_from(pitch),
            noise=self._same_noise(mel) if self.fixed_noise else None,
        )
        audio = (wave * self.student.level).clamp(-1.0, 1.0)
        return audio[:, None], durations_at_input(durations, source, ids)

    def _same_noise(self, mel: Tensor) -> Tensor:
        """Signs in turn, [1, F, 2 * bins]: a click in the middle of each window."""
        signs = 1.0 - 2.0 * (torch.arange(2 * self.student.vocoder.bins) % 2)
        return signs.expand(*mel.shape[:2], -1)


def voice_onnx(student: TtsStudent, metadata: Mapping[str, str]) -> bytes:
    """Export a folded student.

    Args:
        student: one voice (``fold`` was called), on the CPU, in float32.
        metadata: ``metadata_props`` to write beside rate and hop, which the student knows; the
            export contract fixes most keys.

    Returns:
        The ONNX file, float32 weights, no external data.

    Raises:
        ExportFailed: the graph breaks the contract (an input was optimised away, say).
    """
    model = onnx.load_model_from_string(_trace(VoiceGraph(student).eval()))
    generate_basis(model, full_band=student.vocoder.high is not None)
    names = [i.name for i in model.graph.input]
    if names != ["input", "input_lengths", "scales"]:
        raise ExportFailed(
            f"the graph's inputs are {names}", hint="this is a fault of the exporter"
        )
    ceils = sum(node.op_type == "Ceil" for node in model.graph.node)
    if ceils != 1:
        raise ExportFailed(f"{ceils} Ceil nodes in the graph, 1 expected")
    model.ir_version = IR_VERSION
    own = {"sample_rate": str(student.rate_hz), "vv_hop_length": str(student.hop)}
    onnx.helper.set_model_props(model, {**metadata, **own})
    onnx.checker.check_model(model)
    exported: bytes = model.SerializeToString()
    return exported


def _trace(graph: VoiceGraph) -> bytes:
    ids = torch.tensor(
        [[1, 0, 20, 0, 59, 0, 3, 0, 24, 0, 120, 0, 27, 0, 8, 0, 3, 0, 17, 0, 10, 0, 2]]
    )
    example = (ids, torch.tensor([ids.shape[1]]), torch.tensor([0.667, 1.0, 0.8]))
    buffer = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        # Legacy exporter: its deprecation and shape-tracing warnings say nothing about this graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph,
            example,
            buffer,  # type: ignore[arg-type]  # the legacy exporter takes any writer
            opset_version=OPSET,
            input_names=["input", "input_lengths", "scales"],
            output_names=["output", "durations"],
            dynamic_axes={
                "input": {0: "batch_size", 1: "phonemes"},
                "input_lengths": {0: "batch_size"},
                "output": {0: "batch_size", 2: "time"},
                "durations": {0: "batch_size", 1: "phonemes"},
            },
            dynamo=False,
        )
    return buffer.getvalue()


def parity(student: TtsStudent, ids: list[int]) -> float:
    """Relative RMS difference of torch and onnxruntime for host-fed ``ids``, all noise off.

    The breath of the voice is random in the shipped graph and cannot be compared; the same graph is
    therefore traced a second time with a noise spectrum that is always the same.

    Raises:
        ExportFailed: the lengths differ, or the difference exceeds ``PARITY_TOLERANCE``.
    """
    graph = VoiceGraph(student).eval()
    graph.fixed_noise = True
    session = onnxruntime.InferenceSession(_trace(graph), providers=["CPUExecutionProvider"])
    feeds = {
        "input": np.array([ids], np.int64),
        "input_lengths": np.array([len(ids)], np.int64),
        "scales": np.array([0.0, 1.0, 0.0], np.float32),
    }
    made = session.run(["output"], feeds)[0]
    with torch.no_grad():
        wanted = graph(*(torch.from_numpy(x) for x in feeds.values()))[0].numpy()
    if made.shape != wanted.shape:
        raise ExportFailed(f"onnxruntime gave {made.shape} samples, torch {wanted.shape}")
    signal = float(np.sqrt((wanted.astype(np.float64) ** 2).mean()))
    difference = float(np.sqrt(((made - wanted).astype(np.float64) ** 2).mean())) / max(
        signal, 1e-6
    )
    if not difference <= PARITY_TOLERANCE:
        raise ExportFailed(
            f"torch and onnxruntime differ by {difference:.4f} (at most {PARITY_TOLERANCE})"
        )
    return difference


def _rms(x: np.ndarray) -> float:
    return float(np.sqrt((x.astype(np.float64) ** 2).mean()))

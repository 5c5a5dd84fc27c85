# SPDX-License-Identifier: GPL-3.0-or-later
"""The in-graph framing equals the pure-Python rule, in torch and in onnxruntime."""

import io

import numpy as np
import onnxruntime as ort
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from voicevault.export.framing import Framing, durations_at_input, frame_ids
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import HOST_DEPENDENT, PAUSE_MARKS, SYMBOLS, framed_ids, piper_ids

PHONEMES = st.lists(
    st.sampled_from([*"  ,.!?;:əaˈː'-(", "_", "^", "$"]) | st.sampled_from(sorted(SYMBOLS)),
    max_size=40,
)


def _rule(phonemes: list[str]) -> list[int]:
    """The rule in words of its own: one space at each gap, never before a mark or at an end."""
    text = "".join(p for p in phonemes if p not in ("_", "^", "$", *HOST_DEPENDENT))
    for mark in PAUSE_MARKS:
        text = text.replace(mark, f"{mark} ")
    text = " ".join(text.split(" ")).strip(" ")
    while "  " in text:
        text = text.replace("  ", " ")
    for mark in PAUSE_MARKS:
        text = text.replace(f" {mark}", mark)
    return [1, *(SYMBOLS[p] for p in text), 2]


class _Graph(nn.Module):
    """ids -> framed ids and the durations 1, 2, 3, ... at the host's positions."""

    def __init__(self) -> None:
        super().__init__()
        self.framing = Framing()

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        framed, source = self.framing(ids)
        frames = torch.cumsum(torch.ones_like(framed), dim=1)  # [1, M]
        return framed, durations_at_input(frames, source, ids)


@pytest.fixture(scope="module")
def session() -> ort.InferenceSession:
    out = io.BytesIO()
    torch.onnx.export(
        _Graph(),
        (torch.tensor([piper_ids(list("həl, ˈoʊ."))]),),
        out,
        opset_version=15,
        dynamo=False,
        input_names=["input"],
        output_names=["framed", "durations"],
        dynamic_axes={"input": {1: "n"}, "framed": {1: "m"}, "durations": {1: "n"}},
    )
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(out.getvalue(), options, providers=["CPUExecutionProvider"])


@settings(max_examples=150, deadline=None)
@given(phonemes=PHONEMES)
def test_graph_equals_the_rule(session: ort.InferenceSession, phonemes: list[str]) -> None:
    ids = piper_ids(phonemes)
    wanted = _rule(phonemes)
    assert framed_ids(phonemes) == wanted  # the same rule in training
    assert frame_ids(torch.tensor([ids])).tolist() == [wanted]
    framed, durations = session.run(None, {"input": np.array([ids], dtype=np.int64)})
    assert framed.tolist() == [wanted]
    assert durations.shape == (1, len(ids))
    assert durations.sum() == sum(range(1, len(wanted) + 1))


def test_what_espeak_writes_is_framed_as_in_training() -> None:
    text = "Well, it is real: the apple; we see it! Isn't she, too?"
    for sentence in phonemise(text):
        fed = torch.tensor([piper_ids(sentence)])
        assert frame_ids(fed).tolist() == [framed_ids(sentence)]


def test_hosts_that_frame_otherwise_give_the_same() -> None:
    body = [SYMBOLS[p] for p in "hˈaɪ ðɛɹ"]
    wanted = [1, *body, 2]
    old_sherpa = [1] + [i for p in body for i in (p, 0)] + [2]
    spaced = [1, 0, 3, 0] + [i for p in body for i in (p, 0)] + [3, 0, 2]
    for fed in (old_sherpa, spaced, body, [0, *wanted, 0]):
        assert frame_ids(torch.tensor([fed])).tolist() == [wanted]


def test_durations_stand_where_the_host_put_its_ids(session: ort.InferenceSession) -> None:
    phonemes = list(" a , b")  # two of the three spaces are dropped
    ids = piper_ids(phonemes)
    durations = session.run(None, {"input": np.array([ids], dtype=np.int64)})[1][0]
    a, comma, space, b = 4, 8, 10, 12
    assert [durations[i] for i in (0, a, comma, space, b, len(ids) - 1)] == [1, 2, 3, 4, 5, 6]
    assert np.count_nonzero(durations) == 6
    inserted = session.run(None, {"input": np.array([[14, 8, 15]], dtype=np.int64)})
    assert inserted[0].tolist() == [[1, 14, 8, 3, 15, 2]]
    assert inserted[1].tolist() == [[1 + 2, 3 + 4, 5 + 6]]
    without_frame = session.run(None, {"input": np.array([[14, 15]], dtype=np.int64)})[1]
    assert without_frame.tolist() == [[1 + 2, 3 + 4]]

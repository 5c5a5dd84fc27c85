# SPDX-License-Identifier: GPL-3.0-or-later
"""The recogniser's network: what it must not hear, and that it learns."""

import dataclasses

import pytest
import tiny_recogniser
import torch

from voicevault.students.blocks import dropped
from voicevault.students.recogniser import (
    UNKNOWN,
    Recogniser,
    RecogniserConfig,
    frames_out,
    recognition_loss,
)

torch.manual_seed(0)
FEATURES = torch.randn(2, 90, 80) * 2 - 8


@pytest.fixture(scope="module")
def tiny() -> Recogniser:
    return tiny_recogniser.network()


def test_neighbours_in_a_batch_do_not_matter(tiny: Recogniser) -> None:
    together, lengths = tiny(FEATURES, torch.tensor([90, 53]))
    alone, length = tiny(FEATURES[1:, :53], torch.tensor([53]))
    assert lengths.tolist() == [23, 14] == frames_out(torch.tensor([90, 53])).tolist()
    assert length.tolist() == [14]
    torch.testing.assert_close(together[1, :14], alone[0], atol=1e-5, rtol=1e-4)


def test_what_lies_in_the_padding_does_not_matter(tiny: Recogniser) -> None:
    changed = FEATURES.clone()
    changed[1, 53:] = 30.0
    lengths = torch.tensor([90, 53])
    torch.testing.assert_close(
        tiny(changed, lengths)[0][1, :14], tiny(FEATURES, lengths)[0][1, :14]
    )


def test_level_and_colour_of_the_microphone_do_not_matter(tiny: Recogniser) -> None:
    colour = torch.linspace(-3.0, 1.0, 80)
    lengths = torch.tensor([90, 90])
    plain, coloured = tiny(FEATURES, lengths)[0], tiny(FEATURES + colour, lengths)[0]
    torch.testing.assert_close(plain, coloured, atol=1e-3, rtol=1e-3)


def test_answers_are_log_probabilities(tiny: Recogniser) -> None:
    log_probs, _ = tiny(FEATURES, torch.tensor([90, 90]))
    torch.testing.assert_close(log_probs.exp().sum(-1), torch.ones(2, 23))


def test_what_is_dropped_is_dropped_in_training_alone() -> None:
    network = Recogniser(dataclasses.replace(tiny_recogniser.CONFIG, dropout=0.5))
    lengths = torch.tensor([90, 90])
    first, again = (network.train()(FEATURES, lengths)[0] for _ in range(2))
    assert (first - again).abs().max() > 1e-3
    first, again = (network.eval()(FEATURES, lengths)[0] for _ in range(2))
    torch.testing.assert_close(first, again)


def test_dropout_is_as_often_as_said_and_keeps_the_mean() -> None:
    ones = torch.ones(2, 300, 500)
    torch.manual_seed(3)
    first, other = dropped(ones, 0.1), dropped(ones, 0.1)
    assert (first == 0).float().mean().item() == pytest.approx(0.1, abs=0.003)
    assert first.mean().item() == pytest.approx(1.0, abs=0.004)
    assert (first != other).float().mean().item() == pytest.approx(0.18, abs=0.01)  # independent
    torch.manual_seed(3)
    torch.testing.assert_close(dropped(ones, 0.1), first)
    half = dropped(ones.to(torch.bfloat16), 0.5)
    assert half.dtype == torch.bfloat16
    assert sorted(half.unique().tolist()) == [0.0, 2.0]


def test_the_shipped_size() -> None:
    parameters = sum(p.numel() for p in Recogniser(RecogniserConfig()).parameters())
    assert 4.5e6 < parameters < 5.3e6


def test_it_learns_two_utterances() -> None:
    network = tiny_recogniser.network(1).train()
    targets = [tiny_recogniser.PIECES.encode(["the", "ring"]), [5, 6]]
    labels = torch.full((2, 46), UNKNOWN)
    labels[0, :40] = torch.arange(40) % 7
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    curve = []
    for _ in range(40):
        heard = network.hear(FEATURES, torch.tensor([90, 60]))
        total, ctc, spoken = recognition_loss(heard, targets, labels, 0.5)
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        curve.append((float(ctc.detach()), float(spoken.detach())))
    assert curve[-1][0] < 0.2 * curve[0][0]
    assert curve[-1][1] < 0.7 * curve[0][1]


def test_no_alignment_and_too_little_sound_cost_nothing() -> None:
    heard = tiny_recogniser.network().hear(FEATURES[:1, :8], torch.tensor([8]))
    unknown = torch.full((1, 4), UNKNOWN)
    losses = recognition_loss(heard, [[5, 6, 7, 8, 9]], unknown, 1.0)
    assert [float(loss.detach()) for loss in losses] == [0.0, 0.0, 0.0]

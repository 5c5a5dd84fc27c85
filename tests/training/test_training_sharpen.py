# SPDX-License-Identifier: GPL-3.0-or-later
"""Sharpening: averaged mels get the mean and covariance of the recorded ones, in one layer."""

import pytest
import torch
from torch import nn

from voicevault.students.acoustic import set_off
from voicevault.training import sharpen

BINS = 80


def frames(count: int, spread: float, seed: int) -> torch.Tensor:
    """Correlated frames of speech level, [count, BINS]."""
    random = torch.Generator().manual_seed(seed)
    mixing = torch.eye(BINS) + 0.3 * torch.randn(BINS, BINS, generator=random) / BINS**0.5
    return spread * torch.randn(count, BINS, generator=random) @ mixing + 0.4


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """Recorded frames, and the same averaged with their neighbours: too smooth."""
    real = frames(6000, 0.6, 1)
    return (real + real.roll(1, 1) + real.roll(-1, 1)) / 3, real


def test_mean_and_covariance_are_those_of_the_recordings(
    pair: tuple[torch.Tensor, torch.Tensor],
) -> None:
    made, real = pair
    found = sharpen.match(made, real, ridge=0.0)
    assert found is not None
    sharp = found(made)
    assert torch.allclose(sharp.mean(0), real.mean(0), atol=1e-3)
    wanted, before = torch.cov(real.T), torch.cov(made.T)
    assert (torch.cov(sharp.T) - wanted).norm() < 0.15 * (before - wanted).norm()


def test_what_already_matches_is_not_moved(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    _, real = pair
    found = sharpen.match(real, real)
    assert found is not None
    assert torch.allclose(found(real), real, atol=1e-3)


def test_of_all_maps_that_match_it_is_the_one_that_moves_least(
    pair: tuple[torch.Tensor, torch.Tensor],
) -> None:
    made, real = pair
    found = sharpen.match(made, real, ridge=0.0)
    assert found is not None
    moved = (found(made) - made).square().sum(1).mean()
    # Whitening by Cholesky factors gives the same covariance by a longer way.
    low, high = (torch.linalg.cholesky(torch.cov(x.T)) for x in (made, real))
    other = (made - made.mean(0)) @ (high @ torch.linalg.inv(low)).T + real.mean(0)
    assert moved < (other - made).square().sum(1).mean()


def test_too_little_speech_is_left_alone(pair: tuple[torch.Tensor, torch.Tensor]) -> None:
    made, real = pair
    assert sharpen.match(made[:399], real[:399]) is None
    assert sharpen.match(made, torch.full_like(real, -1.5)) is None  # only pauses


def test_a_bin_that_never_changes_does_not_explode(
    pair: tuple[torch.Tensor, torch.Tensor],
) -> None:
    made, real = (x.clone() for x in pair)
    made[:, 0] = real[:, 0] = 0.7
    found = sharpen.match(made, real)
    assert found is not None
    assert torch.isfinite(found.matrix).all()
    assert found(made)[:, 0].sub(0.7).abs().max() < 0.05


def test_the_last_layer_carries_the_map_and_leaves_the_rest(
    pair: tuple[torch.Tensor, torch.Tensor],
) -> None:
    made, real = pair
    found = sharpen.match(made, real)
    assert found is not None
    layer, hidden = nn.Linear(24, BINS + 2), torch.randn(50, 24)
    before = layer(hidden)
    sharpen.fold(layer, found)
    after = layer(hidden)
    assert torch.allclose(after[:, :BINS], found(before[:, :BINS]), atol=1e-4)
    assert torch.equal(after[:, BINS:], before[:, BINS:])


def test_slopes_become_as_large_as_the_recorded_ones() -> None:
    random = torch.Generator().manual_seed(3)
    real = [0.6 * torch.randn(700, BINS, generator=random) + 0.4 for _ in range(4)]
    real = [(x + x.roll(1, 0)) / 2**0.5 for x in real]  # neighbours are alike, as in speech
    made = [(x + 0.35 * (x.roll(1, 0) + x.roll(-1, 0))) / 1.7 for x in real]  # and more than alike
    found = sharpen.fit(made, real)
    assert found is not None
    assert found.contrast > 0.3

    def slope(mels: list[torch.Tensor]) -> float:
        return float(torch.cat([mel.diff(dim=0) for mel in mels]).std(0).mean())

    only_mapped = sharpen.match(torch.cat(made), torch.cat(real))
    assert only_mapped is not None
    before = slope([only_mapped(mel) for mel in made]) / slope(real)
    after = slope([found.map(set_off(mel[None], found.contrast)[0]) for mel in made]) / slope(real)
    assert abs(after - 1) < 0.05 < abs(before - 1)


def test_what_has_its_slopes_gets_no_contrast() -> None:
    random = torch.Generator().manual_seed(4)
    real = [0.6 * torch.randn(700, BINS, generator=random) + 0.4 for _ in range(3)]
    found = sharpen.fit(real, real)
    assert found is not None
    assert found.contrast == 0.0

# SPDX-License-Identifier: GPL-3.0-or-later
"""How the training device is chosen: by measuring, with a handicap, and never by moving seeds."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from voicevault.errors import UsageError  # noqa: E402
from voicevault.training import devices  # noqa: E402
from voicevault.training.devices import Measured, choose, decide  # noqa: E402


def row(device: str, dtype: str, step_ms: float, note: str = "") -> Measured:
    return Measured(device, dtype, "test", step_ms, note)


@pytest.mark.parametrize(
    ("fp32_ms", "bf16_ms", "chosen"),
    [(60.0, 30.0, "bfloat16"), (60.0, 55.0, "float32"), (60.0, 400.0, "float32")],
)
def test_bf16_has_to_win_clearly(fp32_ms: float, bf16_ms: float, chosen: str) -> None:
    found = decide([row("cpu", "float32", fp32_ms), row("cpu", "bfloat16", bf16_ms)])
    assert (found.device, found.dtype) == ("cpu", chosen)
    assert f"{min(fp32_ms, bf16_ms):.1f}" in found.reason


@pytest.mark.parametrize(("gpu_ms", "chosen"), [(5.0, "cuda"), (28.0, "cpu"), (90.0, "cpu")])
def test_a_gpu_has_to_win_clearly(gpu_ms: float, chosen: str) -> None:
    rows = [row("cuda", "float32", gpu_ms), row("cpu", "float32", 30.0)]
    assert decide(rows).device == chosen


def test_a_device_that_fails_is_named_and_passed_over() -> None:
    rows = [
        row("cuda", "float32", 0.0, "no kernel image is available"),
        row("cuda", "bfloat16", 0.0, "no kernel image is available"),
        row("cpu", "float32", 30.0),
    ]
    found = decide(rows)
    assert found.device == "cpu"
    assert "no kernel image" in found.reason


def test_nothing_that_works_is_an_error_a_person_can_act_on() -> None:
    with pytest.raises(UsageError, match="out of memory"):
        decide([row("mps", "float32", 0.0, "out of memory")])


def test_a_full_spelling_is_taken_as_it_is_without_measuring() -> None:
    def never(kinds: list[str]) -> list[Measured]:
        pytest.fail("measured although told")

    found = choose("cpu:bfloat16", never)
    assert (found.device, found.dtype, found.spelling) == ("cpu", "bfloat16", "cpu:bfloat16")


def test_a_kind_alone_measures_only_that_kind() -> None:
    asked: list[list[str]] = []

    def measured(kinds: list[str]) -> list[Measured]:
        asked.append(kinds)
        return [row("cpu", "float32", 30.0), row("cpu", "bfloat16", 31.0)]

    assert choose("cpu", measured).spelling == "cpu:float32"
    assert asked == [["cpu"]]


@pytest.mark.parametrize("spelling", ["tpu", "cpu:int8", "auto:bfloat16", "", "CPU"])
def test_what_is_not_here_is_refused_with_what_is(spelling: str) -> None:
    with pytest.raises(UsageError, match="cpu"):
        choose(spelling)


def test_the_probe_leaves_random_numbers_where_they_were() -> None:
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    devices.measure(["cpu"])
    assert torch.equal(torch.rand(3), wanted)


def test_the_real_probe_finds_a_working_cpu() -> None:
    rows = devices.measure(["cpu"])
    assert [one.dtype for one in rows] == ["float32", "bfloat16"]
    assert rows[0].works
    with decide(rows).autocast():
        assert torch.ones(2).sum() == 2


def test_what_devices_tells_is_complete_and_plain() -> None:
    told = devices.probe()
    assert told["training"]["device"] in devices.KINDS
    assert told["training"]["reason"]
    assert told["inference"]["provider"] in told["inference"]["available"]

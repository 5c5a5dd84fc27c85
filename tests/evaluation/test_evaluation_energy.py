# SPDX-License-Identifier: GPL-3.0-or-later
"""Energy: which counter is believed, how it is read, and that two methods are never divided."""

from __future__ import annotations

import ctypes
import math
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from voicevault.evaluation import energy, speed
from voicevault.evaluation.energy import Energy, Nvml, metered, times_less

RANGE_UJ = 262_143_328_850


class Clock:
    """Seconds that tests decide."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def write(path: Path, **values: object) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, value in values.items():
        part = path / f"{name}.part"  # whole or not at all, as the system's files are
        part.write_text(f"{value}\n")
        part.replace(path / name)


def package(sys: Path, number: int, energy_uj: int, name: str = "") -> Path:
    path = sys / f"class/powercap/intel-rapl:{number}"
    name = name or f"package-{number}"
    write(path, name=name, energy_uj=energy_uj, max_energy_range_uj=RANGE_UJ)
    write(path, constraint_0_name="long_term", constraint_0_power_limit_uw=28_000_000)
    write(path, constraint_1_name="short_term", constraint_1_power_limit_uw=64_000_000)
    return path


def battery(sys: Path, **values: object) -> Path:
    path = sys / "class/power_supply/BAT0"
    write(path, type="Battery", status="Discharging", **values)
    return path


def test_packages_are_added_and_followed_round(tmp_path: Path) -> None:
    one, two = package(tmp_path, 0, 1_000_000), package(tmp_path, 1, RANGE_UJ - 2_000_000)
    write(tmp_path / "class/powercap/intel-rapl:0:0", name="core", energy_uj=5)
    write(tmp_path / "class/powercap/intel-rapl-mmio:0", name="package-0", energy_uj=5)
    write(tmp_path / "class/powercap/intel-rapl:2", name="psys", energy_uj=5)
    with metered(sys=tmp_path) as meter:
        write(one, energy_uj=4_000_000)
        write(two, energy_uj=7_000_000)  # went round: 2 J to the end and 7 J on
    assert meter.energy.joules == pytest.approx(3 + 9)
    assert meter.energy.method == "RAPL, 2 packages"
    assert meter.energy.facts() == {
        "energy_wh": pytest.approx(12 / 3600),
        "energy": "RAPL, 2 packages",
    }


def test_two_rounds_are_seen_because_it_is_looked_at_in_between(tmp_path: Path) -> None:
    one = package(tmp_path, 0, 100)
    with metered(sys=tmp_path, poll_s=0.01) as meter:
        for value in (50, 20):
            time.sleep(0.1)
            write(one, energy_uj=value)
        time.sleep(0.1)
    assert meter.energy.joules == pytest.approx((2 * RANGE_UJ - 80) / 1e6)


def test_it_is_told_while_the_work_goes_on_and_never_after(tmp_path: Path) -> None:
    one, listening = package(tmp_path, 0, 1_000_000), threading.Event()
    told: list[float | None] = []

    def slowly(energy: Energy) -> None:
        listening.set()
        time.sleep(0.1)
        told.append(energy.joules)

    with metered(sys=tmp_path, poll_s=0.01, tell=slowly) as meter:
        write(one, energy_uj=4_000_000)
        assert any(told[-1:] == [pytest.approx(3.0)] or time.sleep(0.01) for _ in range(1000))
        write(one, energy_uj=6_000_000)
        listening.clear()
        assert listening.wait(10)  # the block ends in the middle of a telling
    heard = len(told)
    write(one, energy_uj=9_000_000)
    time.sleep(0.3)
    assert len(told) == heard
    assert meter.energy.joules == pytest.approx(5.0)


def test_without_a_counter_it_is_told_once_why(tmp_path: Path) -> None:
    told: list[Energy] = []
    with metered(sys=tmp_path, poll_s=0.01, tell=told.append):
        time.sleep(0.1)
    assert [one.missing for one in told] == [energy.NONE]


def test_a_counter_for_root_alone_is_told_and_an_estimate_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, 0, 1_000_000)
    monkeypatch.setattr(energy.os, "access", lambda path, mode: False)
    monkeypatch.setattr(energy.os, "cpu_count", lambda: 4)
    monkeypatch.setattr(energy.time, "process_time", iter([10.0, 12.0]).__next__)
    with metered(sys=tmp_path) as meter:
        pass
    assert meter.energy.joules == pytest.approx(28 * 2 / 4)
    assert "28 W, an estimate" in meter.energy.method
    assert "root alone" in " ".join(energy.available("cpu", tmp_path)[1])


@pytest.mark.parametrize(
    ("before", "after", "joules"),
    [
        ({"energy_now": 50_000_000}, {"energy_now": 49_900_000}, 0.1 * 3600),
        # 10 mAh at 12 V; that the volts sag by one is no energy
        (
            {"charge_now": 4_000_000, "voltage_now": 13_000_000},
            {"charge_now": 3_990_000, "voltage_now": 12_000_000},
            0.010 * 12 * 3600,
        ),
    ],
)
def test_a_battery_tells_what_went_out_of_it(
    tmp_path: Path, before: dict[str, int], after: dict[str, int], joules: float
) -> None:
    path, clock = battery(tmp_path, **before), Clock()
    with metered(sys=tmp_path, clock=clock) as meter:
        write(path, **after)
        clock.now = 61.0
    assert meter.energy.joules == pytest.approx(joules)
    assert meter.energy.method == "battery, the whole machine"


def test_a_battery_says_nothing_of_seconds_nor_while_it_is_charged(tmp_path: Path) -> None:
    path, clock = battery(tmp_path, energy_now=50_000_000), Clock()
    with metered(sys=tmp_path, clock=clock) as meter:
        write(path, energy_now=49_000_000)
        clock.now = 5.0
    assert math.isnan(meter.energy.joules)
    assert "too short" in meter.energy.missing
    with metered(sys=tmp_path, clock=clock) as meter:
        write(path, energy_now=48_000_000, status="Charging")
        clock.now = 100.0
    assert math.isnan(meter.energy.joules)
    assert "did not move" in meter.energy.missing


def test_where_nothing_counts_it_is_said(tmp_path: Path) -> None:
    with metered(sys=tmp_path) as meter:
        pass
    assert meter.energy.missing == energy.NONE == "no energy counter on this machine"
    assert meter.energy.facts() == {"energy": energy.NONE}


def test_two_methods_are_never_divided() -> None:
    rapl, other = Energy(10.0, 1, "RAPL, 1 package"), Energy(30.0, 1, "NVML energy counter, 1 GPU")
    assert math.isnan(times_less(rapl, other))
    assert math.isnan(times_less(Energy(missing="x"), Energy(missing="x")))
    assert times_less(rapl, Energy(30.0, 1, rapl.method)) == pytest.approx(3)
    assert times_less(rapl, Energy(30.0, 1, rapl.method), per=2, other_per=1) == pytest.approx(6)


class Driver:
    """What the NVIDIA library answers: millijoules of each GPU, more with every question."""

    def __init__(self, gpus: int = 2, counts: bool = True) -> None:
        self.gpus, self.counts, self.asked = gpus, counts, 0

    def nvmlInit_v2(self) -> int:
        return 0

    def nvmlDeviceGetCount_v2(self, out: object) -> int:
        ctypes.cast(out, ctypes.POINTER(ctypes.c_uint)).contents.value = self.gpus  # type: ignore[arg-type]
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, number: int, out: object) -> int:
        ctypes.cast(out, ctypes.POINTER(ctypes.c_void_p)).contents.value = number + 1  # type: ignore[arg-type]
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(self, gpu: object, out: object) -> int:
        self.asked += 1
        value = 1_000_000 + 500 * self.asked
        ctypes.cast(out, ctypes.POINTER(ctypes.c_ulonglong)).contents.value = value  # type: ignore[arg-type]
        return 0 if self.counts else 3


def test_gpus_are_counted_by_their_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setattr(energy.ctypes, "CDLL", lambda name: driver)
    package(tmp_path, 0, 1_000_000)  # is not asked: it knows nothing of a GPU's work
    with metered("cuda:0", sys=tmp_path) as meter:
        pass
    assert meter.energy.joules == pytest.approx(
        2.0
    )  # two GPUs, half a joule a question, two of them
    assert meter.energy.method == "NVML energy counter, 2 GPUs"
    monkeypatch.setattr(energy.ctypes, "CDLL", lambda name: Driver(counts=False))
    with metered("cuda:0", sys=tmp_path) as meter:
        pass
    assert meter.energy.missing == energy.NONE
    assert Nvml.open(Driver(gpus=0)) is None
    assert Nvml.open(Driver(counts=False)) is None


def test_a_minute_of_speech_is_what_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = package(tmp_path, 0, 0)

    class Voice:
        rate_hz = 100
        spoken = 0

        def speak(self, text: str) -> np.ndarray:
            self.spoken += 1
            write(one, energy_uj=self.spoken * 2_000_000)
            return np.zeros(300, np.float32)  # 3 s for 2 J

    monkeypatch.setattr(speed, "metered", lambda: metered(sys=tmp_path))
    found = speed.energy_of(Voice(), ["a", "b"], repeats=4)
    assert found.joules == pytest.approx(40.0)
    assert found.method == "RAPL, 1 package"

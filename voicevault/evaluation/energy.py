# SPDX-License-Identifier: GPL-3.0-or-later
"""How much energy a stretch of work took, by whatever counter this machine has; or why none says.

In this order, and the first that can tell is the one that counts:

    NVML    the energy counters of NVIDIA GPUs, where the work is on one; the CPU is not in it
    RAPL    the processor packages' counters (powercap), which go round and are followed
    battery what went out of it, of the whole machine, screen included; a minute at least
    TDP     the packages' power limit times this process's share of the cores: an estimate

The first three count everything that ran meanwhile. The method's name stays with each figure:
``times_less`` refuses to divide two figures of different methods.
"""

import ctypes
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

SYS = Path("/sys")
NONE = "no energy counter on this machine"
POLL_S = 30.0
"""The smallest package counter (65 kJ) goes round in less than three minutes at 400 W."""
BATTERY_LEAST_S = 60.0
"""Batteries count in steps of some 36 J, which a few seconds do not reach."""
_JOULES_A_WH = 3600.0


@dataclass(frozen=True, slots=True)
class Energy:
    """What a stretch of work took."""

    joules: float = math.nan
    """nan: nothing could tell."""
    seconds: float = 0.0
    method: str = ""
    missing: str = ""
    """Why there is no figure."""

    @property
    def wh(self) -> float:
        """In watt-hours."""
        return self.joules / _JOULES_A_WH

    def facts(self) -> dict[str, Any]:
        """What a run keeps of it."""
        if self.missing:
            return {"energy": self.missing}
        return {"energy_wh": self.wh, "energy": self.method}


class Counter(Protocol):
    """One way to know."""

    method: str

    def joules(self) -> float:
        """So far, from some moment on; nan where it cannot say. Asked in turn, never at once."""
        ...


@dataclass(slots=True)
class Metering:
    """A measurement in the making; ``energy`` once it is over."""

    energy: Energy = field(default_factory=Energy)


@contextmanager
def metered(
    device: str = "cpu",
    *,
    sys: Path = SYS,
    clock: Callable[[], float] = time.monotonic,
    poll_s: float = POLL_S,
    tell: Callable[[Energy], None] | None = None,
) -> Iterator[Metering]:
    """Count what the block takes.

    Args:
        device: where its work is: "cpu", or "cuda" with or without a number.
        sys: the system's files.
        poll_s: how often counters that go round are looked at.
        tell: told as often what it was so far, in a thread of its own, or once that nothing counts;
            never after the block.
    """
    counters, reasons = available(device, sys)
    found = Metering()
    before, at = [one.joules() for one in counters], clock()
    over = threading.Event()

    def so_far() -> Energy:
        now = [one.joules() for one in counters]
        return _first(counters, before, now, clock() - at, reasons)

    def follow() -> None:
        while not over.wait(poll_s):
            energy = so_far()
            if tell is not None:
                tell(energy)

    watch = threading.Thread(target=follow, name="energy", daemon=True)
    if counters:
        watch.start()
    elif tell is not None:
        tell(so_far())
    try:
        yield found
    finally:
        over.set()
        if counters:
            watch.join()
        found.energy = so_far()


def _first(
    counters: list[Counter],
    before: list[float],
    after: list[float],
    seconds: float,
    reasons: list[str],
) -> Energy:
    """The first counter that can tell."""
    reasons = list(reasons)
    for one, start, end in zip(counters, before, after, strict=True):
        if isinstance(one, Battery) and seconds < BATTERY_LEAST_S:
            reasons.append(f"battery: {seconds:.0f} s are too short for its steps")
        elif math.isfinite(end - start) and end - start > 0:
            return Energy(end - start, seconds, one.method)
        else:
            reasons.append(f"{one.method}: it did not move")
    return Energy(seconds=seconds, missing="; ".join([NONE, *reasons]))


def available(device: str, sys: Path = SYS) -> tuple[list[Counter], list[str]]:
    """The counters that see this device's work, best first, and why others are left out."""
    counters: list[Counter] = []
    reasons: list[str] = []
    on_gpu = not device.startswith("cpu")
    if device.startswith("cuda"):
        gpus = Nvml.open()
        counters += [gpus] if gpus else []
    packages = [] if on_gpu else sorted(_packages(sys))  # a package's counter knows no GPU
    if packages and all(os.access(one / "energy_uj", os.R_OK) for one in packages):
        counters.append(Rapl(packages))
    elif packages:
        reasons.append("RAPL: its counter may be read by root alone")
    batteries = [one for one in sorted(sys.glob("class/power_supply/*")) if _discharging(one)]
    if batteries:
        counters.append(Battery(batteries))
    watts = sum(map(_limit_w, packages))
    if watts:
        counters.append(Tdp(watts, os.cpu_count() or 1))
    return counters, reasons


def times_less(one: Energy, other: Energy, per: float = 1.0, other_per: float = 1.0) -> float:
    """How many times less energy ``one`` took; nan unless both were told by the same method.

    Args:
        per: what ``one`` made with it (minutes of speech, say).
        other_per: the same of ``other``.
    """
    if not one.method or one.method != other.method:
        return math.nan
    return (other.joules / other_per) / (one.joules / per)


class Rapl:
    """The processor packages; memory and the rest of the machine are not in it."""

    def __init__(self, packages: list[Path]) -> None:
        self.method = f"RAPL, {len(packages)} package{'s' * (len(packages) > 1)}"
        self._packages = packages
        self._ranges = [_number(one / "max_energy_range_uj") for one in packages]
        self._last = [_number(one / "energy_uj") for one in packages]
        self._total_uj = 0.0

    def joules(self) -> float:
        now = [_number(one / "energy_uj") for one in self._packages]
        for value, last, span in zip(now, self._last, self._ranges, strict=True):
            self._total_uj += value - last if value >= last else value + span - last
        self._last = now
        return self._total_uj / 1e6


class Battery:
    """What is gone from the batteries; nan once one of them is charged."""

    method = "battery, the whole machine"

    def __init__(self, batteries: list[Path]) -> None:
        self._batteries = batteries
        self._last = [_left(one) for one in batteries]
        self._total = 0.0

    def joules(self) -> float:
        now = [_left(one) for one in self._batteries]
        for (left, volts), (before, _) in zip(now, self._last, strict=True):
            self._total += (before - left) * volts
        self._last = now
        return self._total if all(map(_discharging, self._batteries)) else math.nan


class Tdp:
    """Not a counter: the power limit times the share of the cores that this process had."""

    def __init__(self, watts: float, cores: int) -> None:
        self.method = f"TDP x utilisation, {watts:.0f} W, an estimate"
        self._watts, self._cores = watts, cores

    def joules(self) -> float:
        return self._watts * time.process_time() / self._cores


class Nvml:
    """Every NVIDIA GPU here: which one a library works on is not asked."""

    def __init__(self, library: Any, gpus: list[Any]) -> None:
        self.method = f"NVML energy counter, {len(gpus)} GPU{'s' * (len(gpus) > 1)}"
        self._library, self._gpus = library, gpus

    @classmethod
    def open(cls, library: Any = None) -> "Nvml | None":
        """None where there is no driver, no GPU, or one without a counter (before Volta)."""
        try:
            library = library or ctypes.CDLL("libnvidia-ml.so.1")
            count = ctypes.c_uint()
            if library.nvmlInit_v2() or library.nvmlDeviceGetCount_v2(ctypes.byref(count)):
                return None
            gpus = [ctypes.c_void_p() for _ in range(count.value)]
            for number, gpu in enumerate(gpus):
                if library.nvmlDeviceGetHandleByIndex_v2(number, ctypes.byref(gpu)):
                    return None
        except (OSError, AttributeError):
            return None
        found = cls(library, gpus)
        return found if gpus and math.isfinite(found.joules()) else None

    def joules(self) -> float:
        total, value = 0, ctypes.c_ulonglong()
        for gpu in self._gpus:
            if self._library.nvmlDeviceGetTotalEnergyConsumption(gpu, ctypes.byref(value)):
                return math.nan
            total += value.value
        return total / 1e3  # it counts thousandths


def _packages(sys: Path) -> list[Path]:
    """Top domains named package-N: their parts would be counted twice, psys is not everywhere."""
    found = sys.glob("class/powercap/intel-rapl:*")
    return [one for one in found if _text(one / "name").startswith("package")]


def _limit_w(package: Path) -> float:
    """The long-term power limit, which is the thermal design power unless somebody changed it."""
    for name in package.glob("constraint_*_name"):
        if _text(name) == "long_term":
            watts = _number(name.with_name(name.name[: -len("name")] + "power_limit_uw")) / 1e6
            return watts if math.isfinite(watts) else 0.0
    return 0.0


def _discharging(supply: Path) -> bool:
    return _text(supply / "type") == "Battery" and _text(supply / "status") == "Discharging"


def _left(battery: Path) -> tuple[float, float]:
    """What is in a battery, and the volts to multiply a difference with: 1 where it tells joules.

    Volts sag under load: multiplied with the whole charge, that would look like energy.
    """
    energy_uwh = _number(battery / "energy_now")
    if math.isfinite(energy_uwh):
        return energy_uwh * 1e-6 * _JOULES_A_WH, 1.0
    charge_uah, voltage_uv = _number(battery / "charge_now"), _number(battery / "voltage_now")
    return charge_uah * 1e-6 * _JOULES_A_WH, voltage_uv * 1e-6


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""


def _number(path: Path) -> float:
    try:
        return float(_text(path))
    except ValueError:
        return math.nan

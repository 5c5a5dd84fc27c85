# SPDX-License-Identifier: GPL-3.0-or-later
"""Where training runs: every device here takes the same short step, and the quickest is used.

Asking what a machine has is not enough. For a student of four million parameters a laptop's
integrated GPU may lose to its CPU, and bf16 is a gain on some CPUs and tenfold loss on others.
Shapes: B batch, C channels, F frames.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from voicevault.errors import UsageError

KINDS = ("cuda", "mps", "xpu", "cpu")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# bf16 costs accuracy, and a choice near the margin would differ from one day to the next, so it
# has to win clearly. A GPU has to win clearly too: it costs start-up time and battery.
BF16_MUST_GAIN = 1.3
GPU_MUST_GAIN = 1.2
PROBE_S = 0.3  # for each device and dtype, of a round, after the warm-up
WARM_UP_STEPS = 3
BATCH, CHANNELS, FRAMES = 8, 192, 300  # as in personalisation: [B, C, F]


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """What training uses, and why."""

    device: str
    dtype: str
    reason: str

    @property
    def spelling(self) -> str:
        """The form `device=` takes, for example `cpu:bfloat16`; a resumed run is given this."""
        return f"{self.device}:{self.dtype}"

    def autocast(self) -> torch.autocast:
        """A context for forward passes: bf16 where chosen, otherwise nothing at all."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.dtype == "bfloat16")


@dataclass(frozen=True, slots=True)
class Measured:
    """One device and dtype, and how long the probe's step takes there."""

    device: str
    dtype: str
    name: str
    step_ms: float
    note: str = ""

    @property
    def works(self) -> bool:
        """False where the step failed; `note` says how."""
        return self.step_ms > 0


def available() -> list[str]:
    """Kinds of device that torch can see here; the CPU is always last."""
    seen: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "xpu": lambda: hasattr(torch, "xpu") and torch.xpu.is_available(),
        "cpu": lambda: True,
    }
    return [kind for kind in KINDS if seen[kind]()]


def choose(
    device: str = "auto", measured: Callable[[list[str]], list[Measured]] | None = None
) -> DeviceChoice:
    """The device and dtype for training.

    Args:
        device: `auto`, a kind (`cuda`, `mps`, `xpu`, `cpu`), or a kind with a dtype
            (`cpu:bfloat16`), which is taken as it is.
        measured: the probe; tests give their own.

    Raises:
        UsageError: there is no such device, or it does not work.
    """
    kind, _, dtype = device.partition(":")
    here = available()
    if kind not in ("auto", *here) or (dtype and (dtype not in DTYPES or kind == "auto")):
        raise UsageError(
            f"device={device} is not possible; here: auto, {', '.join(here)}, "
            f"each but auto also with :{' or :'.join(DTYPES)}",
            hint="voicevault devices",
        )
    if dtype:
        return DeviceChoice(kind, dtype, "as asked")
    kinds = here if kind == "auto" else [kind]
    return decide((measured or measure)(kinds))


def decide(results: list[Measured]) -> DeviceChoice:
    """The quickest device, with a handicap for bf16 and for leaving the CPU.

    Raises:
        UsageError: nothing works.
    """
    best: dict[str, Measured] = {}
    for one in sorted(results, key=lambda one: one.dtype != "float32"):
        if not one.works:
            continue
        before = best.get(one.device)
        if before is None or before.step_ms >= one.step_ms * BF16_MUST_GAIN:
            best[one.device] = one
    if not best:
        notes = "; ".join(f"{one.device} {one.dtype}: {one.note}" for one in results)
        raise UsageError(f"no device can train: {notes}", hint="device=cpu")
    quickest = min(best.values(), key=lambda one: one.step_ms)
    cpu = best.get("cpu")
    reasons = []
    if cpu and quickest is not cpu and cpu.step_ms < quickest.step_ms * GPU_MUST_GAIN:
        reasons.append(f"{quickest.device} gains less than {GPU_MUST_GAIN} times")
        quickest = cpu
    reasons.append(_against(quickest, results))
    return DeviceChoice(quickest.device, quickest.dtype, "; ".join(one for one in reasons if one))


def _against(chosen: Measured, results: list[Measured]) -> str:
    """What the choice was measured against, in one line."""
    others = [
        f"{one.device} {one.dtype} {one.step_ms:.1f} ms" if one.works
        else f"{one.device} {one.dtype} does not work ({one.note})"
        for one in results
        if (one.device, one.dtype) != (chosen.device, chosen.dtype)
    ]  # fmt: skip
    said = f"a training step of {chosen.step_ms:.1f} ms in {chosen.dtype}"
    return f"{said}, against {', '.join(others)}" if others else said


def measure(kinds: list[str]) -> list[Measured]:
    """Time one small training step for each kind and dtype: the operations the students are of.

    The candidates take turns, so that whatever else the machine does meets all of them alike.
    A CPU that only competes with itself is measured on one core: on a busy machine several
    threads wait for each other, and that noise (tenfold, seen) hides which dtype is quicker.
    """
    threads = torch.get_num_threads()
    if kinds == ["cpu"]:
        torch.set_num_threads(1)
    try:
        return _measure(kinds)
    finally:
        torch.set_num_threads(threads)


def _measure(kinds: list[str]) -> list[Measured]:
    out: dict[tuple[str, str], Measured] = {}
    probes: dict[tuple[str, str], _Probe] = {}
    for kind in kinds:
        for dtype in DTYPES:
            try:
                probe = _Probe(kind, DTYPES[dtype])
                for _ in range(WARM_UP_STEPS):  # these start threads, compile and allocate
                    probe.step_s()
                probes[kind, dtype] = probe
            except (RuntimeError, NotImplementedError, TypeError) as error:
                first = (str(error).strip().splitlines() or [type(error).__name__])[0]
                out[kind, dtype] = Measured(kind, dtype, _name(kind), 0.0, first[:160])
    times_s: dict[tuple[str, str], list[float]] = {key: [] for key in probes}
    started = time.perf_counter()
    while probes and time.perf_counter() - started < PROBE_S * len(probes):
        for key, probe in probes.items():
            times_s[key].append(probe.step_s())
    for key in probes:
        out[key] = Measured(*key, _name(key[0]), 1000.0 * min(times_s[key]))
    return [out[kind, dtype] for kind in kinds for dtype in DTYPES]


class _Probe:
    """One block of a student on one device."""

    def __init__(self, device: str, dtype: torch.dtype) -> None:
        self._device = device
        self._dtype = dtype
        state = torch.random.get_rng_state()  # the probe must not move the run's random numbers
        try:
            self._block = nn.Sequential(
                nn.Conv1d(CHANNELS, CHANNELS, 7, padding=3, groups=CHANNELS),
                nn.Conv1d(CHANNELS, 3 * CHANNELS, 1),
                nn.GELU(approximate="tanh"),
                nn.Conv1d(3 * CHANNELS, CHANNELS, 1),
            ).to(device)
            self._x = torch.randn(BATCH, CHANNELS, FRAMES).to(device)  # [B, C, F]
        finally:
            torch.random.set_rng_state(state)

    def step_s(self) -> float:
        """Forward and backward once; seconds."""
        started = time.perf_counter()
        bf16 = self._dtype is not torch.float32
        with torch.autocast(self._device, dtype=torch.bfloat16, enabled=bf16):
            loss = self._block(self._x).float().square().mean()
        loss.backward()
        _wait(self._device)
        return time.perf_counter() - started


def _wait(device: str) -> None:
    """GPU work is queued: without waiting the clock would see only the queueing."""
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()
    elif device == "xpu":
        torch.xpu.synchronize()


def _name(device: str) -> str:
    if device == "cuda":
        return torch.cuda.get_device_name()
    if device == "xpu":
        return str(torch.xpu.get_device_name())
    if device == "mps":
        return "Apple GPU"
    return platform.processor() or platform.machine()


def probe() -> dict[str, Any]:
    """Everything `voicevault devices` tells."""
    results = measure(available())
    choice = decide(results)
    rows = [
        {**asdict(one), "step_ms": round(one.step_ms, 2), "works": one.works} for one in results
    ]
    return {
        "training": {"device": choice.device, "dtype": choice.dtype, "reason": choice.reason},
        "measured": rows,
        "inference": _inference(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def _inference() -> dict[str, Any]:
    import onnxruntime

    return {
        "device": "cpu",
        "provider": "CPUExecutionProvider",
        "reason": "a voice of a few megabytes speaks much faster than real time on one core; "
        "moving it to a GPU would cost more than it saves",
        "available": list(onnxruntime.get_available_providers()),
        "onnxruntime": onnxruntime.__version__,
    }

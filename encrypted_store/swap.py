# SPDX-License-Identifier: GPL-3.0-or-later
"""Where this machine's memory may be written to when it runs short: what Linux says about swap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from encrypted_store.fsio import Fsio

SwapKind = Literal["none", "encrypted", "compressed-memory", "plain", "unknown"]

# The weakest area decides, and not knowing is no reason to be calm.
_WORST_FIRST: tuple[SwapKind, ...] = ("plain", "unknown", "encrypted", "compressed-memory")
_ESCAPE = re.compile(r"\\([0-7]{3})")
_MAX_TEXT = 2**20
_MAX_DEPTH = 8  # partition, RAID, crypt, LVM: four; a loop in forged text must end


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """What /sys/block says about one device."""

    uuid: str = ""
    """dm/uuid; the device mapper's crypt target begins it with CRYPT-."""
    mapper_name: str = ""
    """dm/name: its name under /dev/mapper."""
    slaves: tuple[str, ...] = ()
    """Devices it is made of."""
    backing: str = ""
    """zram's backing_dev: where it writes what it does not keep in memory."""


def classify(swaps: str, mounts: str, devices: Mapping[str, BlockDevice]) -> SwapKind:
    """The weakest of the swap areas in use.

    A device counts as encrypted when it is a dm-crypt one, or made of such devices only; a file
    when it lies on one. Drives that encrypt by themselves look plain from here.

    Args:
        swaps: text of /proc/swaps.
        mounts: text of /proc/self/mountinfo, for swap files.
        devices: /sys/block by kernel name; partitions and plain disks may be absent.
    """
    kinds: set[SwapKind] = set()
    for line in swaps.splitlines()[1:]:
        fields = line.split()
        if len(fields) != 5:
            return "unknown"
        name = _plain(fields[0])
        source = _mounted_from(name, mounts) if fields[1] == "file" else name
        kinds.add(_kind_of(source, devices, _MAX_DEPTH))
    return next((kind for kind in _WORST_FIRST if kind in kinds), "none")


def swap_kind(io: Fsio, root: Path = Path("/")) -> SwapKind:
    """What holds on this machine now. Systems without /proc/swaps are "unknown"."""
    try:
        swaps = _text(io, root / "proc/swaps")
        if len(swaps.splitlines()) == 1:
            return "none"
        return classify(swaps, _text(io, root / "proc/self/mountinfo"), _devices(io, root))
    except OSError:
        return "unknown"


def _kind_of(source: str, devices: Mapping[str, BlockDevice], depth: int) -> SwapKind:
    name = source.removeprefix("/dev/")
    if source.startswith("/dev/mapper/"):
        wanted = source.removeprefix("/dev/mapper/")
        name = next((n for n, device in devices.items() if device.mapper_name == wanted), "dm-?")
    device = devices.get(name)
    if depth == 0 or not source.startswith("/dev/"):
        return "unknown"
    if device is None:
        # A partition or a disk: nothing below it could encrypt, as far as the kernel is concerned.
        return "unknown" if name.startswith(("dm-", "loop", "zram", "md")) else "plain"
    if name.startswith("zram"):
        if device.backing in ("", "none"):
            return "compressed-memory"
        return _kind_of(device.backing, devices, depth - 1)
    if device.uuid.startswith("CRYPT-"):
        return "encrypted"
    if name.startswith("loop"):
        return "unknown"  # its file may lie anywhere
    below = {_kind_of(f"/dev/{slave}", devices, depth - 1) for slave in device.slaves}
    return next((kind for kind in _WORST_FIRST if kind in below), "plain")


def _mounted_from(path: str, mounts: str) -> str:
    """The device under the file system that holds `path`; the last of equal mounts hides others."""
    best, source = -1, ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 8 or "-" not in fields[6:-2]:
            continue
        point = _plain(fields[4]).rstrip("/")
        if path.startswith(f"{point}/") and len(point) >= best:
            best, source = len(point), _plain(fields[fields.index("-", 6) + 2])
    return source


def _devices(io: Fsio, root: Path) -> dict[str, BlockDevice]:
    block = root / "sys/block"
    return {
        name: BlockDevice(
            uuid=_line(io, block / name / "dm/uuid"),
            mapper_name=_line(io, block / name / "dm/name"),
            slaves=tuple(io.list_dir(block / name / "slaves")),
            backing=_line(io, block / name / "backing_dev"),
        )
        for name in io.list_dir(block)
        if name.startswith(("dm-", "md", "zram", "loop"))
    }


def _line(io: Fsio, path: Path) -> str:
    """A value of /sys, or nothing where the device has none."""
    return _text(io, path).strip() if io.exists(path) else ""


def _text(io: Fsio, path: Path) -> str:
    fd = io.open_read(path)
    try:
        return io.read_at(fd, 0, _MAX_TEXT).decode("utf-8", "replace")  # their size says 0
    finally:
        io.close(fd)


def _plain(field: str) -> str:
    """The kernel writes blanks in names as \\040."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), field)

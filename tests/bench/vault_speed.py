# SPDX-License-Identifier: GPL-3.0-or-later
"""What a vault costs, beside what the disk and the plainest peer take in the same run.

    python tests/bench/vault_speed.py [--folder DIR] [--takes 10000] [--json FILE]

DIR is on the disk to be measured (default: the system's temporary folder). Each line is a median
of several runs, with its peer and the ratio. Files are dropped from the system's cache before
they are read where that is said.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from encrypted_store import KdfParams, Kind, Vault
from encrypted_store.care.backup import backup
from encrypted_store.care.check import check
from encrypted_store.kdf import seconds_for

PASSPHRASE = "a bench has nothing to hide"
CHEAP = KdfParams.for_tests()
META = {
    "type": "take", "prompt_id": "p-0001", "duration_ms": 4200, "rate_hz": 44_100,
    "text": "The quick brown fox jumps over the lazy dog again and again and again.",
    "verdict": {"status": "keep", "reason": "ok", "snr_mdb": 42_000, "peak_mdb": -3_000},
}  # fmt: skip
TAKE_BYTES = 300_000  # four seconds of 44.1 kHz FLAC
PROBE = """
import resource, sys, time
from pathlib import Path
from encrypted_store import KdfParams, Vault
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
before = resident()
start = time.perf_counter()
vault = Vault.open(Path(sys.argv[1]), passphrase=sys.argv[2], min_kdf=KdfParams.for_tests(),
                   anchors=Path(sys.argv[3]))
opened = time.perf_counter()
count = len(vault.list())
listed = time.perf_counter()
grown = resident() - before
print(opened - start, listed - opened, count, grown)
vault.close()
"""


def median_s(do: Callable[[], Any], repeat: int) -> float:
    """Median seconds of one call."""
    spent = []
    for _ in range(repeat):
        start = time.perf_counter()
        do()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def plain_durable(folder: Path, data: bytes) -> None:
    """The least a durable new file costs: bytes, flush, rename, flush of the folder."""
    name = folder / os.urandom(8).hex()
    with open(f"{name}.tmp", "wb", buffering=0) as out:
        out.write(data)
        os.fsync(out.fileno())
    os.rename(f"{name}.tmp", name)
    flush_folder(folder)


def flush_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def forget(paths: Iterable[Path]) -> None:
    """Drop files from the system's cache, so that reading them is the disk's work."""
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def read_all(paths: Iterable[Path]) -> int:
    return sum(len(path.read_bytes()) for path in paths)


class Bench:
    """Measures, prints, remembers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[dict[str, Any]] = []

    def row(
        self, what: str, value: float, unit: str, peer: float | None = None, of: str = ""
    ) -> None:
        ratio = value / peer if peer else None
        self.rows.append({"what": what, "value": value, "unit": unit, "peer": peer, "of": of})
        beside = f"  {ratio:5.2f} x {of} ({peer:.4g} {unit})" if ratio is not None else ""
        print(f"{what:<46} {value:9.4g} {unit}{beside}", flush=True)

    def vault(self, name: str) -> Vault:
        return Vault.create(
            self.folder / name, PASSPHRASE, kdf=CHEAP, anchors=self.folder / "anchors"
        )[0]

    def open(self, name: str) -> Vault:
        return Vault.open(
            self.folder / name,
            passphrase=PASSPHRASE,
            min_kdf=CHEAP,
            anchors=self.folder / "anchors",
        )


def writing(bench: Bench) -> None:
    """Durable objects of three sizes, and a durable change of metadata."""
    plain = bench.folder / "plain"
    plain.mkdir()
    with bench.vault("writing") as vault:
        for size, repeat in ((TAKE_BYTES, 40), (3_000_000, 20), (30_000_000, 6)):
            data = os.urandom(size)
            ours = median_s(lambda data=data: vault.put(Kind.SAMPLE, data, META), repeat)
            disk = median_s(lambda data=data: plain_durable(plain, data), repeat)
            bench.row(f"durable put of {size / 1e6:g} MB", ours * 1e3, "ms", disk * 1e3, "disk")
        one = vault.put(Kind.SAMPLE, b"x", META)
        ours = median_s(lambda: vault.update(one, META), 100)
        disk = median_s(lambda: plain_durable(plain, bytes(600)), 100)
        bench.row(
            "durable update of metadata", ours * 1e3, "ms", disk * 1e3, "a durable small file"
        )
    shutil.rmtree(plain)


def growing(bench: Bench, takes: int) -> None:
    """One more take at 10 and at `takes`; open and list; check; all on one vault."""
    data = os.urandom(20_000)
    with bench.vault("grown") as vault:
        for _ in range(10):
            vault.put(Kind.SAMPLE, data, META)
        few = median_s(lambda: vault.put(Kind.SAMPLE, data, META), 60)
        for _ in range(takes - 70):
            vault.put(Kind.SAMPLE, data, META)
        again = median_s(lambda: vault.put(Kind.SAMPLE, data, META), 60)
    bench.row(f"one more take at {takes}", again * 1e3, "ms", few * 1e3, "at 10")
    words = [str(bench.folder / "grown"), PASSPHRASE, str(bench.folder / "anchors")]
    found = []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True
        )
        found.append([float(one) for one in done.stdout.split()])
    opened, listed, count, grown = (
        statistics.median(column) for column in zip(*found, strict=True)
    )
    lines = [json.dumps({"op": "put", "meta": META, "id": "0" * 32})] * int(count)
    peer = median_s(lambda: [json.loads(line) for line in lines], 5)
    bench.row(
        f"open and list {int(count)} takes, without Argon2id", (opened + listed) * 1e3, "ms",
        peer * 1e3, "json.loads of the same lines",
    )  # fmt: skip
    bench.row("memory that takes", grown / 1e6, "MB")
    objects = sorted((bench.folder / "grown" / "obj").rglob("*.vvo"))
    checking(bench, "grown", objects, f"{len(objects)} tiny objects")


def takes_as_they_are(bench: Bench) -> None:
    """A thousand takes of the usual size: the full check that a person waits for."""
    with bench.vault("takes") as vault:
        for _ in range(1000):
            vault.put(Kind.SAMPLE, os.urandom(TAKE_BYTES), META)
    objects = sorted((bench.folder / "takes" / "obj").rglob("*.vvo"))
    checking(bench, "takes", objects, "1000 takes")


def checking(bench: Bench, name: str, objects: list[Path], what: str) -> None:
    """A full check beside reading the same files, from the disk and from the cache."""
    total = sum(path.stat().st_size for path in objects)
    with bench.open(name) as vault:
        for where in ("disk", "cache"):
            if where == "disk":
                forget(objects)
            start = time.perf_counter()
            read_all(objects)
            plain_s = time.perf_counter() - start
            if where == "disk":
                forget(objects)
            report = check(vault, full=True)
            assert report.ok
            bench.row(
                f"full check, {what}, {total / 1e6:.0f} MB, {where}", report.seconds, "s",
                plain_s, f"reading them from the {where}",
            )  # fmt: skip
        quick = check(vault)
        bench.row(f"quick check, {what}", quick.seconds, "s")


def large(bench: Bench) -> None:
    """The same for checkpoints, and a backup of them."""
    with bench.vault("large") as vault:
        for _ in range(20):
            vault.put(Kind.CHECKPOINT, os.urandom(30_000_000), {"type": "checkpoint"})
        objects = sorted((bench.folder / "large" / "obj").rglob("*.vvo"))
        copied = bench.folder / "copied"
        copied.mkdir()
        start = time.perf_counter()
        for path in objects:
            plain_durable(copied, path.read_bytes())
        disk = time.perf_counter() - start
        start = time.perf_counter()
        backup(vault, bench.folder / "backup")
        ours = time.perf_counter() - start
        bench.row("backup of 600 MB, proved", ours, "s", disk, "a durable copy, unproved")
    checking(bench, "large", objects, "20 large objects")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bench.row("peak memory of this bench, 30 MB objects", peak, "MB")


def unlocking(bench: Bench) -> None:
    """What the default cost is here, and how long it takes."""
    params = KdfParams.calibrate()
    bench.row(
        f"unlock: Argon2id, {params.m_kib // 1024} MiB, t={params.t}, p={params.p}",
        median_s(lambda: seconds_for(params), 5), "s",
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--takes", type=int, default=10_000)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        bench = Bench(Path(name))
        unlocking(bench)
        writing(bench)
        growing(bench, options.takes)
        takes_as_they_are(bench)
        large(bench)
    if options.json:
        options.json.write_text(json.dumps(bench.rows, indent=1) + "\n")


if __name__ == "__main__":
    main()

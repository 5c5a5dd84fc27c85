# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz one target for a while: `python tests/fuzz/run_fuzz.py header --seconds 60`.

Uses atheris (coverage-guided) when it is installed, else random changes to the seeds. Stops at
the first input that breaks the target and prints it as hex.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "encrypted_store"), str(HERE.parents[1])]
LIMIT_S = 5.0  # for one input; the slowest genuine one takes a few hundredths


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--plain", action="store_true", help="random changes even with atheris")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") and not options.plain:
        return _guided(options.target, options.seconds)
    return _random(options.target, options.seconds, options.seed)


def _guided(name: str, seconds: int) -> int:
    import atheris

    with atheris.instrument_imports(include=["encrypted_store"]):
        import encrypted_store  # noqa: F401
    from store_fuzz_inputs import TARGETS, seeds

    target = TARGETS[name][0]
    count, start = 0, time.monotonic()

    def counted(data: bytes) -> None:
        nonlocal count
        count += 1
        target(data)

    with tempfile.TemporaryDirectory() as folder:  # the mutations; no voice is ever in there
        for index, seed in enumerate(seeds(name) or [bytes(16), bytes(range(64))]):
            (Path(folder) / f"seed-{index}").write_bytes(seed)
        arguments = [sys.argv[0], f"-max_total_time={seconds}", f"-timeout={LIMIT_S:.0f}"]
        arguments += ["-rss_limit_mb=1024", "-max_len=8192", "-print_final_stats=1", folder]
        atheris.Setup(arguments, counted)

        # libFuzzer leaves by exit: what must be said is said before each return of the target.
        import atexit

        atexit.register(lambda: _report(name, "atheris", count, time.monotonic() - start))
        atheris.Fuzz()
    return 0


def _random(name: str, seconds: int, seed: int | None) -> int:
    from store_fuzz_inputs import TARGETS, inputs

    chosen = int.from_bytes(os.urandom(4), "big") if seed is None else seed
    print(f"{name}: row {chosen}")
    target = TARGETS[name][0]
    count, start = 0, time.monotonic()
    for data in inputs(name, chosen):
        if time.monotonic() - start > seconds:
            break
        before = time.monotonic()
        try:
            target(data)
            if time.monotonic() - before > LIMIT_S:
                raise TimeoutError(f"one input took more than {LIMIT_S:.0f} s")
        except BaseException:
            print(f"{name}: broken by {data.hex()}")
            raise
        count += 1
    _report(name, "random changes", count, time.monotonic() - start)
    return 0


def _report(name: str, how: str, count: int, spent_s: float) -> None:
    print(f"{name}: {count} inputs in {spent_s:.0f} s by {how}, {count / spent_s:.0f} a second")


if __name__ == "__main__":
    sys.exit(main())

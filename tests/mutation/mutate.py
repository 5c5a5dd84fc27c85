# SPDX-License-Identifier: GPL-3.0-or-later
"""Plant small faults in encrypted_store and count those that no test notices.

    python tests/mutation/mutate.py vault log header [--jobs 2] [--out FOLDER] [--again]

Works on a copy of the package and its tests in FOLDER, never on this tree. First it runs the tests
of TESTS there once, to learn which of them walks which line for how long. Then, for each fault (see
mutants.py), it runs those that walk its line, the fastest first, until one fails. Every verdict is
written down at once, and a run that was stopped goes on where it was; `--again` repeats the faults
that survived, against the tests as they are now. Survivors that no test could notice are named with
their reason in survivors.toml and are listed apart.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from mutants import Mutant, mutants

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAMES = (
    "vault catalogue vectors header forged access reading compaction crash rollback every_bit "
    "secrets stream kat system segment freshness lock model syscalls"
)
TESTS = [f"tests/encrypted_store/test_store_{name}.py" for name in NAMES.split()]
SKIPPED = "not test_every_flipped_bit_of_the_catalogue and not fifty_rounds"
BUDGET_S = 40.0  # of tests for one mutant, by the time they took in the first run
GRACE_S = 20.0


class Measure:
    """Which test walks which line, and how long it takes."""

    def __init__(self, package: Path) -> None:
        import coverage

        self.coverage = coverage.Coverage(source=[str(package)], data_file=None, config_file=False)
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        self.coverage.switch_context(item.nodeid)
        start_s = time.perf_counter()
        result = yield
        self.seconds[item.nodeid] = time.perf_counter() - start_s
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def lines(self) -> dict[str, dict[str, list[str]]]:
        data = self.coverage.get_data()
        return {
            Path(file).stem: {
                str(line): [one for one in contexts if one]
                for line, contexts in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
            if Path(file).parent.name == "encrypted_store"
        }


class Choose:
    """Only these tests, in this order."""

    def __init__(self, chosen: list[str]) -> None:
        self.rank = {nodeid: place for place, nodeid in enumerate(chosen)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (one for one in items if one.nodeid in self.rank), key=lambda one: self.rank[one.nodeid]
        )


def copy_tree(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    leave = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis")
    for name in ("encrypted_store", "tests/encrypted_store"):
        shutil.copytree(ROOT / name, target / name, ignore=leave)
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, target / name)


def enter(tree: Path) -> None:
    """Make the copy the package that this process and its children import."""
    os.chdir(tree)
    sys.path[:] = [str(tree), *(one for one in sys.path if one not in ("", str(ROOT)))]
    os.environ.update(PYTHONPATH=str(tree), OMP_NUM_THREADS="1")


def run_tests(arguments: list[str], plugin: object, log: Path) -> int:
    with log.open("w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
        return int(pytest.main(["-q", "-p", "no:cacheprovider", *arguments], plugins=[plugin]))


def forked(work: Any) -> int:
    """Start `work` in a child of its own process group, whose exit status is its result."""
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            os.setsid()
            status = work()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return pid


def measure(tree: Path, log: Path, target: Path) -> None:
    def work() -> int:
        enter(tree)
        sys.dont_write_bytecode = False  # compiled once here, read by every short run
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        plugin = Measure(tree / "encrypted_store")
        plugin.coverage.start()
        run_tests(["-k", SKIPPED, *TESTS], plugin, log)
        plugin.coverage.stop()
        found = {"seconds": plugin.seconds, "lines": plugin.lines(), "failed": plugin.failed}
        target.write_text(json.dumps(found))
        return 0

    if os.waitpid(forked(work), 0)[1] != 0:
        raise SystemExit(f"the tests could not be measured, see {log}")


def choose(mutant: Mutant, lines: dict[str, list[str]], known: dict[str, Any]) -> list[str]:
    """The tests that walk the mutant's lines, or all when only an import does, fastest first."""
    walked = {
        one for line in range(mutant.first, mutant.last + 1) for one in lines.get(str(line), [])
    }
    seconds = known["seconds"]
    ranked = sorted((walked or set(seconds)) - set(known["failed"]), key=seconds.__getitem__)
    spent_s, chosen = 0.0, []
    for nodeid in ranked:
        spent_s += seconds[nodeid]
        if spent_s > BUDGET_S and chosen:
            break
        chosen.append(nodeid)
    return chosen


def some_of(chosen: list[str]) -> list[str]:
    """The tests of the two files with the most of the fastest: most mutants fall there already."""
    files = [nodeid.split("::")[0] for nodeid in chosen]
    best = [file for file, _ in Counter(files[:60]).most_common(2)]
    return [nodeid for nodeid, file in zip(chosen, files, strict=True) if file in best][:40]


def judge(tree: Path, module: str, text: str, chosen: list[str], limit_s: float) -> tuple[str, str]:
    """Run the tests against a module's text: killed, survived or timeout, and what noticed it."""
    path = tree / "encrypted_store" / f"{module}.py"
    good = path.read_text()
    for stale in (path.parent / "__pycache__").glob(f"{module}.*.pyc"):
        stale.unlink()
    path.write_text(text)

    def work() -> int:
        enter(tree)
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        files = sorted({nodeid.split("::")[0] for nodeid in chosen})
        return run_tests(["-x", *files], Choose(chosen), tree / "last.log")

    pid, end_s = forked(work), time.monotonic() + limit_s
    try:
        while time.monotonic() < end_s:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                code = os.waitstatus_to_exitcode(status)
                if code == 0:
                    return "survived", ""
                told = (tree / "last.log").read_text().splitlines()
                by = [one for one in told if one.startswith(("FAILED", "ERROR", "ImportError"))]
                if code in (1, 2, 4) and (by or code == 4):  # 4: not even conftest.py loads
                    return "killed", by[0][:160] if by else "import"
                raise SystemExit(f"{module}: pytest ended with {code}, see {tree / 'last.log'}")
            time.sleep(0.02)
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return "timeout", ""
    finally:
        path.write_text(good)


def worker(number: int, out: Path, jobs: int, modules: list[str], known: dict[str, Any]) -> int:
    """Judge every `jobs`-th mutant that has no verdict yet."""
    tree = out / f"tree-{number}"
    old = verdicts(out)
    with (out / f"verdicts-{number}.jsonl").open("a", buffering=1) as book:
        for module in modules:
            source = (tree / "encrypted_store" / f"{module}.py").read_text()
            everything = sorted(set(known["seconds"]) - set(known["failed"]))
            same = ast.unparse(ast.parse(source))
            if judge(tree, module, same, some_of(everything), 600)[0] != "survived":
                raise SystemExit(f"{module}: tests fail without any fault")
            for mutant in mutants(source):
                key = f"{module}:{mutant.first}:{mutant.index}:{mutant.what}"
                if mutant.index % jobs != number or key in old:
                    continue
                chosen = choose(mutant, known["lines"].get(module, {}), known)
                for part in (some_of(chosen), chosen):
                    need_s = sum(known["seconds"][one] for one in part)
                    verdict, by = judge(tree, module, mutant.text, part, 3 * need_s + GRACE_S)
                    if verdict != "survived":
                        break
                book.write(json.dumps([key, verdict, by, len(chosen)]) + "\n")
    return 0


def verdicts(out: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for book in sorted(out.glob("verdicts-*.jsonl")):
        for line in book.read_text().splitlines():
            key, verdict, *_ = json.loads(line)
            found[key] = verdict
    return found


def named(key: str, lines: list[str]) -> str:
    """A fault by the text of its line, which stays when lines above it come and go."""
    _, line, _, what = key.split(":", 3)
    return f"{lines[int(line) - 1].strip()}  |  {what}"


def table(found: dict[str, str], modules: list[str], out: Path) -> None:
    excused = tomllib.loads((HERE / "survivors.toml").read_text())
    print(f"{'module':14}{'mutants':>8}{'killed':>8}{'timeout':>8}{'excused':>8}{'left':>6}  score")
    left: list[str] = []
    for module in modules:
        mine = {key: verdict for key, verdict in found.items() if key.startswith(f"{module}:")}
        tally = Counter(mine.values())
        survivors = [key for key, verdict in mine.items() if verdict == "survived"]
        lines = (out / "tree-0" / "encrypted_store" / f"{module}.py").read_text().splitlines()
        alone = [key for key in survivors if named(key, lines) not in excused.get(module, {})]
        score = 100 * (tally["killed"] + tally["timeout"]) / max(1, len(mine))
        print(
            f"{module:14}{len(mine):8}{tally['killed']:8}{tally['timeout']:8}"
            f"{len(survivors) - len(alone):8}{len(alone):6}  {score:.1f} %"
        )
        left += [f"{key}\n    in: {named(key, lines)}" for key in alone]
    for key in sorted(left):
        print("survived", key)


def forget_survivors(out: Path) -> None:
    for book in out.glob("verdicts-*.jsonl"):
        lines = [one for one in book.read_text().splitlines() if json.loads(one)[1] == "killed"]
        book.write_text("".join(f"{one}\n" for one in lines))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "mutation")
    parser.add_argument("--again", action="store_true", help="copy, measure and try anew")
    parser.add_argument("--table", action="store_true", help="only print what is known")
    options = parser.parse_args()
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    if not options.table:
        known_file = out / "known.json"
        trees = [out / f"tree-{number}" for number in range(options.jobs)]
        if options.again or not known_file.exists():
            forget_survivors(out)
            copy_tree(trees[0])
            measure(trees[0], out / "measure.log", known_file)
            for tree in trees[1:]:  # with what was compiled, which is half of a short run
                shutil.rmtree(tree, ignore_errors=True)
                shutil.copytree(trees[0], tree)
        known = json.loads(known_file.read_text())
        if known["failed"]:
            print("left out, they fail without any fault:", *known["failed"])
        started = [
            forked(lambda n=n: worker(n, out, options.jobs, options.modules, known))
            for n in range(options.jobs)
        ]
        if sum(os.waitpid(pid, 0)[1] for pid in started):
            return 1
    table(verdicts(out), options.modules, out)
    return 0


if __name__ == "__main__":
    # Loaded once, before the forks: what the tests import and no mutant touches.
    import hypothesis  # noqa: F401

    raise SystemExit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""make translations: collect the texts of each page into its .ts file, and compile those to .qm.

One file for the frame (gui/*.py) and one for each page (gui/pages/NAME.py with NAME_*.py), so that
who adds a page touches no other's file. Compiled files are committed: an installation has no
compiler, and a test compares them with their sources.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
GUI = HERE.parent
LANGUAGES = ("de",)
FRAME = "frame"


def parts() -> dict[str, list[Path]]:
    """The sources of each translation file."""
    found = {FRAME: sorted(GUI.glob("*.py"))}
    for path in sorted((GUI / "pages").glob("*.py")):
        if path.name != "__init__.py":
            found.setdefault(path.stem.partition("_")[0], []).append(path)
    return found


def update(part: str, language: str, target: Path | None = None) -> Path:
    """Bring one .ts file up to date with its sources; what is gone from them leaves it."""
    target = target or HERE / f"{part}_{language}.ts"
    sources = [str(path) for path in parts()[part]]
    # No line numbers: they would change with every edit and say nothing to a translator.
    _run("lupdate", "-locations", "none", "-no-obsolete", *sources, "-ts", str(target))
    return target


def compile_ts(source: Path, target: Path) -> None:
    """The .qm of one .ts."""
    _run("lrelease", "-silent", str(source), "-qm", str(target))


def _run(tool: str, *words: str) -> None:
    program = Path(sys.executable).with_name(f"pyside6-{tool}")
    subprocess.run([str(program), *words], check=True, cwd=GUI.parent)


def main(arguments: Sequence[str] | None = None) -> None:
    """Update and compile everything, or only the named parts."""
    wanted = list(sys.argv[1:] if arguments is None else arguments) or list(parts())
    for part in wanted:
        for language in LANGUAGES:
            source = update(part, language)
            compile_ts(source, source.with_suffix(".qm"))


if __name__ == "__main__":
    main()

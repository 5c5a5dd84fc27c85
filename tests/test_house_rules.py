# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = [ROOT / "voicevault", ROOT / "encrypted_store", ROOT / "gui", ROOT / "recipes"]
SPDX = "# SPDX-License-Identifier: GPL-3.0-or-later"
MAX_LINES = 400


def python_files(*roots: Path) -> list[Path]:
    return sorted(path for root in roots for path in root.rglob("*.py"))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def longer_by_decision() -> set[str]:
    """Files that DECISIONS.md names as longer than the rule, with the reason beside them."""
    text = (ROOT / "DECISIONS.md").read_text()
    return set(re.findall(r"`([\w/.]+\.py)` is longer than", text))


def test_every_file_names_its_licence_and_says_what_it_is() -> None:
    wrong = {}
    for path in python_files(*PRODUCT, ROOT / "tests"):
        source = path.read_text()
        doc = ast.get_docstring(ast.parse(source)) or ""
        if not source.startswith(SPDX):
            wrong[relative(path)] = "the first line is the SPDX line"
        elif not 0 < len(doc.partition("\n")[0]) <= 100:
            wrong[relative(path)] = "a module says in one line what it is"
    assert wrong == {}


def test_a_file_is_one_concept() -> None:
    allowed = longer_by_decision()
    lengths = {
        relative(path): len(path.read_text().splitlines())
        for path in python_files(*PRODUCT, ROOT / "tests")
    }
    too_long = {name: length for name, length in lengths.items() if length > MAX_LINES}
    assert {name: length for name, length in too_long.items() if name not in allowed} == {}
    assert allowed <= set(too_long), "DECISIONS.md excuses a file that is short enough or gone"


def test_packages_have_a_docstring_and_nothing_else() -> None:
    for path in (ROOT / "voicevault").rglob("__init__.py"):
        if path.parent.name == "voicevault":
            continue  # it turns off onnxruntime's reports, before anything can load it
        body = ast.parse(path.read_text()).body
        assert len(body) == 1, f"{relative(path)} does something when imported"


def test_packaging_is_no_package() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists(), "it would hide PyPI's packaging"


def test_tests_are_no_packages_and_have_names_of_their_own() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
    names = [path.name for path in python_files(ROOT / "tests") if path.name != "conftest.py"]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice


BANNED = {
    "tempfile": "plaintext of a voice belongs in memory or in the vault",
    "pickle": "loading it runs code",
    "shelve": "it writes plaintext",
    "requests": "nothing here uses a network",
    "urllib.request": "nothing here uses a network",
    "http.client": "nothing here uses a network",
    "http.server": "nothing here uses a network",
    "socketserver": "nothing here uses a network",
    "asyncio": "nothing here uses a network",
    "socket": "nothing here uses a network",
}


# The two verbs that use a network, which ask first, and the worker, which refuses it by its names.
ALLOWED = {
    ("voicevault/home_network.py", "socket"),
    ("voicevault/sending.py", "socket"),
    ("voicevault/worker.py", "socket"),
    ("voicevault/teachers/fetch.py", "urllib.request"),
    ("voicevault/teachers/fetch.py", "http.client"),
}


def test_the_product_imports_nothing_that_leaks() -> None:
    wrong = []
    for path in python_files(*PRODUCT):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
            wrong += [
                f"{relative(path)}:{node.lineno}: {name}: {BANNED[name]}"
                for name in names
                if name in BANNED and (relative(path), name) not in ALLOWED
            ]
    assert wrong == []


def test_import_linter_contracts_hold() -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def test_the_front_ends_run_without_torch_installed() -> None:
    """A promise to people who only record and speak, shown by running it, not by reading."""
    script = (
        "import sys\n"
        "class Nowhere:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('torch', 'torchaudio', 'onnx', 'PySide6', "
        "'sounddevice', 'safetensors', 'pocketsphinx', 'parselmouth'):\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Nowhere())\n"
        "from voicevault import cli\n"
        "sys.exit(cli.run(['prompts', '--count', '1']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "|" in ended.stdout


LOADERS = [
    "import voicevault.runtime.voice",
    "from voicevault.text.frontend import phonemise; phonemise('Hi.')",
    "import voicevault.cli",
]


@pytest.mark.parametrize("statement", LOADERS)
def test_loading_onnxruntime_reports_nothing_and_leaves_nothing(
    statement: str, tmp_path: Path
) -> None:
    """Without the switch it leaves a session id in TMPDIR, a queue in HOME, and calls home."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    kept = ("PATH", "LANG", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    script = f"{statement}\nimport onnxruntime"
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_project_file_promises() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = " ".join(project["dependencies"])
    assert not re.search(r"torch|PySide|coqui|whisper|distributed", base)
    torch = [one for one in project["optional-dependencies"]["train"] if one.startswith("torch>")]
    assert torch == ["torch>=2.11,<2.14"], "never an unbounded torch"
    assert project["license"] == "GPL-3.0-or-later"
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text()[:200]

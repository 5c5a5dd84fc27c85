# SPDX-License-Identifier: GPL-3.0-or-later
"""House rules that a reader of the package may rely on."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import encrypted_store

PACKAGE = Path(encrypted_store.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
THIRD_PARTY = {"cryptography", "platformdirs", "keyring", "encrypted_store"}
BANNED = {"tempfile", "pickle", "random", "shelve", "marshal", "socket", "subprocess", "logging"}


def imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_module(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.startswith("# SPDX-License-Identifier: GPL-3.0-or-later\n")
    assert ast.get_docstring(tree)
    assert len(text.splitlines()) < 400
    used = imports(tree)
    assert used <= set(sys.stdlib_module_names) | THIRD_PARTY
    assert not used & BANNED
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name


FILE_CALLS = {"open", "replace", "rename", "unlink", "remove", "mkdir", "listdir", "fsync"} | {
    "read_bytes", "read_text", "write_bytes", "write_text", "touch", "rmdir", "stat", "truncate",
}  # fmt: skip


@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.stem not in ("fsio", "hostmemory")], ids=lambda p: p.stem
)
def test_files_are_touched_through_fsio_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            assert node.func.id != "open"
        elif isinstance(node.func, ast.Attribute) and node.func.attr in FILE_CALLS:
            owner = ast.unparse(node.func.value)
            assert owner.endswith(("io", "disk", "keychain", "Vault")), (
                f"{path.name}:{node.lineno} {owner}.{node.func.attr}"
            )


def test_importing_reaches_no_heavy_library() -> None:
    script = "import sys, encrypted_store; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"torch", "numpy", "PySide6", "voicevault", "tink"}

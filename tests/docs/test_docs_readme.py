# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents say is so: commands parse, recipes load, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from voicevault import lessons, paths
from voicevault.cli import build_app

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "DECISIONS.md", "CHANGELOG.md"]


def blocks(document: str) -> list[str]:
    text = (ROOT / document).read_text()
    return re.findall(r"^```(?:text|sh)\n(.*?)^```", text, re.M | re.S)


def commands() -> list[str]:
    found = []
    for block in blocks("README.md"):
        for line in block.splitlines():
            if line.startswith("voicevault "):
                found.append(re.split(r"\s{2,}#", line)[0].strip())
    return found


def test_the_readme_has_the_whole_road() -> None:
    verbs = {word for line in commands() for word in shlex.split(line)}
    assert {"create", "import", "train", "evaluate", "export", "speak", "runs", "demo"} <= verbs


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_readme_parses(line: str) -> None:
    """Parsed by the real parser, stopped before anything happens."""
    import typer.main

    words = shlex.split(re.sub(r"\s*\d?<\S+", "", line))[1:]
    command = typer.main.get_command(build_app())
    context = command.make_context("voicevault", list(words))
    while True:
        rest = [*context._protected_args, *context.args]
        group = context.command
        if not hasattr(group, "resolve_command") or not rest:
            break
        name, sub, rest = group.resolve_command(context, rest)
        assert sub is not None, f"{line}: no command {rest}"
        context = sub.make_context(name, rest, parent=context)


@pytest.mark.parametrize("name", sorted(lessons.recipes()))
def test_every_shipped_recipe_loads(name: str) -> None:
    recipe = lessons.checked_recipe(name, {"seed": "3"})
    assert (recipe.name, recipe.seed) == (name, 3)
    assert recipe.title


def test_recipes_are_found_in_a_checkout_and_inside_a_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (paths.recipes_dir() / "tts_quick.toml").is_file()
    inside = tmp_path / "voicevault" / "_recipes"
    inside.mkdir(parents=True)
    monkeypatch.setattr(paths, "package_dir", lambda: tmp_path / "voicevault")
    assert paths.recipes_dir() == inside
    inside.rmdir()
    with pytest.raises(FileNotFoundError, match="reinstall"):
        paths.recipes_dir()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere_and_no_path_of_a_machine_is_told(document: str) -> None:
    text = (ROOT / document).read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), f"{document} links to {target}"
    assert not re.search(r"(?:^|[\s`(])/(?:home|root|work|tmp|opt)/", text), document


@pytest.mark.parametrize("target", ["demo", "test", "app", "lint"])
def test_make_knows_its_targets(target: str) -> None:
    ended = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr

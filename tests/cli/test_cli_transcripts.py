# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line as transcripts that a person can read, and what only a real process shows."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from voicevault import cli

TRANSCRIPTS = sorted(Path(__file__).with_name("transcripts").glob("*.txt"))


@dataclass
class Command:
    """One `$` line and what is expected of it."""

    line: str
    secret: str | None
    where: str
    expected: list[str] = field(default_factory=list)


def parse(path: Path) -> list[Command]:
    commands: list[Command] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("$ voicevault"):
            words, marker, secret = line[2:].partition(" <3")
            commands.append(
                Command(words, secret.strip() if marker else None, f"{path.name}:{number}")
            )
        elif line and not line.startswith("#"):
            commands[-1].expected.append(line)
    return commands


def voicevault(line: str, secret: str | None, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command line in `folder`, with `secret` as a line on descriptor 3."""
    words = [sys.executable, "-P", "-m", "voicevault", *shlex.split(line)[1:]]
    environment = {**os.environ, "HOME": str(folder / "home"), "COLUMNS": "100", "TERM": "dumb"}
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "VOICEVAULT_VAULT"):
        environment.pop(name, None)
    script = 'exec "$@" 3</dev/null' if secret is None else 'exec "$@" 3<<<"$VV_TEST_SECRET"'
    environment["VV_TEST_SECRET"] = secret or ""
    return subprocess.run(
        ["bash", "-c", script, "bash", *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def inside(
    line: str, secret: str | None, folder: Path, capture: pytest.CaptureFixture[str]
) -> subprocess.CompletedProcess[str]:
    """The same within this process: a start costs a second, and most lines need no new one."""
    words = shlex.split(line)[1:]
    given: list[int] = []
    if secret is not None:
        reader, writer = os.pipe()
        os.write(writer, f"{secret}\n".encode())
        os.close(writer)
        given.append(reader)
        words = [str(reader) if word == "3" else word for word in words]
    capture.readouterr()
    try:
        code = cli.run(words)
    finally:
        for one in given:
            os.close(one)
    told = capture.readouterr()
    return subprocess.CompletedProcess(words, code, told.out, told.err)


def check(command: Command, ended: subprocess.CompletedProcess[str], folder: Path) -> None:
    told = f"\n{command.where}: {command.line}\n{ended.stdout}{ended.stderr}"
    for expectation in command.expected:
        verb, _, rest = expectation.partition(" ")
        if verb == "exit":
            assert re.fullmatch(rest, str(ended.returncode)), f"exit {ended.returncode}{told}"
        elif verb in ("stdout", "stderr"):
            assert re.search(rest, getattr(ended, verb), re.M), f"{expectation!r} not in{told}"
        elif verb == "!":
            stream, _, pattern = rest.partition(" ")
            assert not re.search(pattern, getattr(ended, stream), re.M), f"{expectation!r}{told}"
        elif verb == "empty":
            assert getattr(ended, rest) == "", f"{expectation!r}{told}"
        elif verb == "absent":
            assert not (folder / rest).exists(), f"{expectation!r}{told}"
        else:
            pytest.fail(f"{command.where}: no expectation {verb!r}")
    assert "Traceback" not in ended.stderr, told


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "VOICEVAULT_VAULT"):
        monkeypatch.delenv(name, raising=False)
    commands = parse(path)
    assert commands
    for command in commands:
        check(command, inside(command.line, command.secret, tmp_path, capfd), tmp_path)


def test_a_flipped_bit_in_the_vault_is_exit_code_4(tmp_path: Path) -> None:
    made = voicevault(
        "voicevault --vault V vault create --kdf-memory 64 --passphrase-fd 3", "words", tmp_path
    )
    assert made.returncode == 0
    for header in (tmp_path / "V").glob("vault.json*"):
        data = bytearray(header.read_bytes())
        data[len(data) // 2] ^= 1
        header.write_bytes(data)
    ended = voicevault("voicevault --vault V --passphrase-fd 3 takes list", "words", tmp_path)
    assert ended.returncode == 4
    assert ended.stderr.startswith("voicevault: error: ")
    assert ended.stdout == ""


def test_the_recovery_code_opens_the_vault(tmp_path: Path) -> None:
    made = voicevault(
        "voicevault --vault V vault create --kdf-memory 64 --passphrase-fd 3", "words", tmp_path
    )
    found = re.search(r"recovery code: (\S+)", made.stdout)
    assert found is not None
    opened = voicevault("voicevault --vault V --recovery-fd 3 vault status", found[1], tmp_path)
    assert opened.returncode == 0
    wrong = voicevault("voicevault --vault V --recovery-fd 3 vault status", "ABCD-1", tmp_path)
    assert wrong.returncode == 3


def test_a_passphrase_that_is_no_text_makes_no_vault(tmp_path: Path) -> None:
    ended = voicevault("voicevault --vault V vault create --passphrase-fd 3", "", tmp_path)
    assert ended.returncode == 2
    assert not (tmp_path / "V").exists()


def test_output_that_nobody_reads_to_its_end_is_no_error(tmp_path: Path) -> None:
    script = 'set -o pipefail; "$@" prompts --count 300 | head -n 1'
    words = ["bash", "-c", script, "bash", sys.executable, "-P", "-m", "voicevault"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ended.returncode, ended.stdout.count("|")) == (0, 1)
    assert "Traceback" not in ended.stderr

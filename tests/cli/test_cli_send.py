# SPDX-License-Identifier: GPL-3.0-or-later
"""`send` as a person meets it: a real process, what it says, one download over 127.0.0.1."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicevault import cli

sys.path.append(str(Path(__file__).resolve().parent.parent / "sending"))
from sent_voices import NAME, exported, write

from voicevault import bundle

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")
# A shell starts what it puts into the background with Ctrl-C ignored, and a test may run there.
INTERRUPTIBLE = (
    "import os, signal, sys; signal.signal(2, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)
HERE = ("--address", "127.0.0.1", "--no-check")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "D", exported())


@pytest.fixture
def sender(folder: Path) -> Iterator[subprocess.Popen[str]]:
    words = ["-P", "-m", "voicevault", "send", str(folder), *HERE, "--yes", "--qr"]
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TERM": "dumb"},
    ) as process:
        yield process
        process.kill()


def test_the_link_the_download_and_the_end(sender: subprocess.Popen[str]) -> None:
    assert sender.stdout is not None
    url = sender.stdout.readline().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[A-Za-z0-9_-]{22}", url)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=60) as answer:
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{NAME}.zip"'
        assert answer.read() == bundle.from_files(exported()).zipped()
    out, err = sender.communicate(timeout=60)
    assert (sender.returncode, out) == (0, "")
    said = err.splitlines()
    assert any(line.startswith(f"{NAME}.zip: ") and "consent: spoken by" in line for line in said)
    assert "Anyone with this file can make the voice say anything." in said
    assert any("plain HTTP, not encrypted" in line for line in said)
    assert sum("\x1b[48;2;255;255;255m" in line for line in said) == 21  # the code, 41 squares
    assert said[-1] == "one download arrived; the link is dead now"
    assert url.rpartition("/")[2] not in err, "the link is a secret and goes to stdout alone"


def test_ctrl_c_ends_it(sender: subprocess.Popen[str]) -> None:
    assert sender.stdout is not None
    sender.stdout.readline()
    sender.send_signal(signal.SIGINT)
    _, err = sender.communicate(timeout=60)
    assert sender.returncode == 130
    assert "stopped; the link is dead now" in err
    assert "Traceback" not in err


def test_nobody_came(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from voicevault import sending

    class Hasty(sending.Offer):
        def __init__(self, *given: object, seconds: float) -> None:
            assert seconds == 120.0
            super().__init__(*given, seconds=0.1)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "Offer", Hasty)
    assert cli.run(["send", str(folder), *HERE, "--yes", "--minutes", "2"]) == 1
    told = capsys.readouterr()
    assert "nobody fetched it within 2 min" in told.err
    assert "hint: is the phone in the same Wi-Fi" in told.err
    assert "\x1b[" not in told.err, "nobody sees this terminal"


REFUSED = {
    "nobody said yes": (["--no-check", "--address", "127.0.0.1"], 5, "hint: --yes"),
    "public": (["--no-check", "--yes", "--address", "8.8.8.8"], 5, "no address of a home network"),
    "everywhere": (["--no-check", "--yes", "--address", "0.0.0.0"], 5, "home network"),
    "no address": (["--no-check", "--yes", "--address", "phone"], 2, "no IPv4 address"),
    "no time": ([*HERE, "--yes", "--minutes", "0"], 2, "minutes"),
    "too long": ([*HERE, "--yes", "--minutes", "61"], 2, "minutes"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_and_nothing_listened(
    what: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from voicevault import sending

    monkeypatch.setattr(sending, "_listen", lambda address: pytest.fail("it listened"))
    words, code, said = REFUSED[what]
    assert cli.run(["send", str(folder), *words]) == code
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_voice_that_was_changed_is_not_offered(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tokens.txt").write_text("other")
    assert cli.run(["send", str(folder), *HERE, "--yes"]) == 1
    told = capsys.readouterr()
    assert "not as exported: tokens.txt" in told.err
    (folder / "manifest.json").unlink()
    assert cli.run(["send", str(folder), *HERE, "--yes"]) == 5
    assert "nothing says whose voice it is" in capsys.readouterr().err

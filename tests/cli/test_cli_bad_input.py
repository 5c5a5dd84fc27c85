# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input on the command line: a clear line each, the documented exit code, nothing lost.

The list is issue 2's. One folder holds all of it between good takes; the aligner stays out of it,
because the made-up speaker says no words.
"""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from toy_speaker import speak

from voicevault import cli, service
from voicevault.audio.files import encode_wav

RATE_HZ = 16_000
TEXT = "Twelve little words are read at a usual pace, number {}."
ODD_NAME = "e\u0301\u200b\U0001f3a4 \u05d0"  # decomposed, of no width, an emoji, right to left


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    told: str


Run = Callable[..., Ended]


@pytest.fixture
def voicevault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """The command line in this process, in an empty folder with the open vault V."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TERM", "dumb")
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "VOICEVAULT_VAULT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(service, "text_check", lambda: None)

    def run(*words: str) -> Ended:
        reader, writer = os.pipe()
        os.write(writer, b"an invented passphrase\n")
        os.close(writer)
        capfd.readouterr()
        try:
            code = cli.run(["--vault", "V", "--passphrase-fd", str(reader), *words])
        finally:
            os.close(reader)
        out, told = capfd.readouterr()
        assert "Traceback" not in out + told
        assert "should not have happened" not in told
        return Ended(code, out, told)

    assert run("vault", "create", "--kdf-memory", "64").code == 0
    return run


def wav(samples: np.ndarray, rate_hz: int = RATE_HZ, subtype: str = "PCM_16") -> bytes:
    out = io.BytesIO()
    sf.write(out, samples, rate_hz, format="WAV", subtype=subtype)
    return out.getvalue()


@functools.cache
def two_hours() -> bytes:
    """As FLAC it is small; the length stands in its header."""
    out = io.BytesIO()
    with sf.SoundFile(out, "w", 8_000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(120):
            file.write(np.zeros(8_000 * 60, np.int16))
    return out.getvalue()


def not_usable() -> dict[str, tuple[bytes, str]]:
    """File name -> its bytes and the line it gets."""
    good = encode_wav(speak(), RATE_HZ)
    with_nan = speak()
    with_nan[100] = np.nan
    damaged = "; copy it again from where it came, or record the sentence again"
    return {
        "empty.wav": (b"", "is empty (0 bytes)" + damaged),
        "truncated.wav": (good[: len(good) // 2], "is cut off: its end is missing" + damaged),
        "text.wav": (b"I am no sound at all.\n", "holds text, not sound; save it as WAV or FLAC"),
        "zero.wav": (encode_wav(np.zeros(0, np.float32), RATE_HZ), "holds no sound (0 s)"),
        "nan.wav": (wav(with_nan, subtype="FLOAT"), "holds values that are not numbers (NaN"),
        "long.flac": (two_hours(), "is 2 h 0 min long; a take is at most 5 min"),
    }


def unlike_good() -> dict[str, tuple[bytes, str, str]]:
    """Readable: file name -> its bytes, its verdict, and the line it gets, if it gets one."""
    stereo = np.stack([speak(rate_hz=96_000), 0.8 * speak(rate_hz=96_000)], axis=1)
    loud = np.clip(8 * speak(seed=3), -1, 1)
    return {
        "silent.wav": (
            encode_wav(np.zeros(48_000, np.float32), RATE_HZ),
            "redo",
            "no speech was found. Check that the right microphone is chosen",
        ),
        "clipped.wav": (encode_wav(loud, RATE_HZ), "redo", "clipped at 0.3 s. Move back"),
        "8k.wav": (encode_wav(speak(rate_hz=8_000, seed=4), 8_000), "keep_but", ""),
        "96k.wav": (wav(stereo, 96_000, "PCM_24"), "keep", ""),
        f"{ODD_NAME}.wav": (encode_wav(speak(seed=5), RATE_HZ), "keep", ""),
    }


ROWS = {
    b"missing|There is no recording of this.": "missing: there is no recording of this name; ",
    b"../../etc/hosts|Out of the folder.": "'../../etc/hosts' is no id: it is hidden or names",
    b"no separator here": "there is no '|' in it; write id|text",
    b"|A text without an id.": "it has no id; an id is the recording's file name",
    b"good-0|": "has no text; write what is said in the recording",
    b"good-1|\xf0\x9f\x8e\xa4 \xe2\x80\xae": "there is no text; write down what is said",
    b"good-2|caf\xe9": "byte 0xe9 is not UTF-8; save metadata.csv as UTF-8",
}


def folder_of_everything() -> Path:
    """All bad input between two good takes, the last line of the metadata good too."""
    folder = Path("recordings")
    folder.mkdir()
    files = {f"good-{n}.wav": encode_wav(speak(seed=20 + n), RATE_HZ) for n in range(3)}
    files |= {name: data for name, (data, _) in not_usable().items()}
    files |= {name: data for name, (data, _, _) in unlike_good().items()}
    lines = []
    for number, (name, data) in enumerate(files.items()):
        (folder / name).write_bytes(data)
        lines.append(f"{Path(name).stem}|{TEXT.format(number)}".encode())
    lines = [*lines[1:], *ROWS, lines[0]]
    (folder / "metadata.csv").write_bytes(b"\n".join(lines))
    return folder


def test_each_bad_thing_has_one_clear_line_and_the_good_is_kept(voicevault: Run) -> None:
    folder = folder_of_everything()
    ended = voicevault("import", str(folder))
    assert ended.code == 0, ended.told
    lines = ended.out.splitlines()
    unusable = [line for line in lines if line.startswith("not used  ")]
    for name, (_, expected) in not_usable().items():
        (line,) = [one for one in unusable if one.startswith(f"not used  {name}: ")]
        assert f": {expected}" in line
        assert line.count(name) == 1, "the file is named once"
    for expected in ROWS.values():
        (line,) = [one for one in unusable if expected in one]
        assert "; " in line, "what to do about it"
    assert len(unusable) == len(not_usable()) + len(ROWS)
    redo = {name: expected for name, (_, verdict, expected) in unlike_good().items() if expected}
    for name, expected in redo.items():
        (line,) = [one for one in lines if one.startswith(f"redo      {name}: ")]
        assert expected in line
    assert len(lines) == len(unusable) + len(redo) + 2, ended.out
    assert "5 good, 1 usable with a remark, 2 to record again" in lines[-2]
    takes = {one["prompt_id"]: one for one in json.loads(voicevault("takes", "list", "--json").out)}
    verdicts = {Path(name).stem: verdict for name, (_, verdict, _) in unlike_good().items()}
    verdicts |= {f"good-{n}": "keep" for n in range(3)}
    # An id is kept in NFC and without what cannot be printed.
    verdicts["\u00e9 \U0001f3a4 \u05d0"] = verdicts.pop(ODD_NAME)
    assert {name: one["verdict"]["status"] for name, one in takes.items()} == verdicts


def test_importing_the_same_again_loses_and_doubles_nothing(voicevault: Run) -> None:
    folder = folder_of_everything()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    first = json.loads(voicevault("import", str(folder), "--json").out)
    again = voicevault("import", str(folder), "--json")
    assert again.code == 0
    told = json.loads(again.out)
    assert (told["keep"], told["keep_but"], told["redo"]) == (0, 0, 0)
    assert told["duplicates"] == first["keep"] + first["keep_but"] + first["redo"] == 8
    assert told["failed"] == first["failed"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", not_usable())
def test_a_bad_file_alone_is_exit_code_1_with_a_hint(voicevault: Run, name: str) -> None:
    data, expected = not_usable()[name]
    Path(name).write_bytes(data)
    ended = voicevault("import", name, "--text", "Twelve little words are read.")
    assert (ended.code, ended.out) == (1, "")
    error, hint = ended.told.splitlines()
    assert error.startswith(f"voicevault: error: {name} ")
    assert expected.partition(";")[0] in error
    assert hint.startswith("voicevault: hint: ")
    assert json.loads(voicevault("takes", "list", "--json").out) == []


def test_only_bad_files_are_a_failure(voicevault: Run) -> None:
    folder = Path("recordings")
    folder.mkdir()
    (folder / "empty.wav").write_bytes(b"")
    (folder / "metadata.csv").write_text("empty|Nothing.\nmissing|Nowhere.\n")
    ended = voicevault("import", str(folder))
    assert ended.code == 1
    assert "none of 2 recordings could be used" in ended.told
    assert ended.out.count("not used  ") == 2


def test_what_is_no_folder_of_recordings(voicevault: Run) -> None:
    Path("nothing").mkdir()
    Path("notes.txt").write_text("hello")
    Path("one.wav").write_bytes(encode_wav(speak(), RATE_HZ))
    for words, code, expected in (
        (["nothing"], 1, "nothing has no metadata.csv"),
        (["nowhere"], 2, "nowhere is no folder"),
        (["notes.txt"], 2, "notes.txt is neither a folder nor a recording"),
        (["one.wav"], 2, "one.wav is one recording; its text is missing"),
        (["one.wav", "--text", "\U0001f3a4"], 1, "there is no text"),
    ):
        ended = voicevault("import", *words)
        assert (ended.code, ended.out) == (code, "")
        error, hint = ended.told.splitlines()
        assert error == f"voicevault: error: {expected}"
        assert hint.startswith("voicevault: hint: ")

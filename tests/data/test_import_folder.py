# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing folders: good takes in, bad ones named, nothing lost, nothing twice, no escape."""

from __future__ import annotations

import io
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from toy_speaker import speak

from encrypted_store import Vault
from encrypted_store.errors import DiskFull
from voicevault.audio.files import encode_flac, encode_wav, resample
from voicevault.data.importer import ImportStopped, import_file, import_folder
from voicevault.data.takes import list_takes
from voicevault.errors import BadAudio, BadDataset, Cancelled, UsageError
from voicevault.events import Event, Progress

MakeDataset = Callable[..., Path]
TEXT = "Twelve little words are read at a usual pace."


def written(samples: np.ndarray, rate_hz: int, container: str, subtype: str) -> bytes:
    out = io.BytesIO()
    sf.write(out, samples, rate_hz, format=container, subtype=subtype)
    return out.getvalue()


def add(folder: Path, name: str, data: bytes, text: str | None = TEXT) -> None:
    (folder / name).write_bytes(data)
    if text is not None:
        with (folder / "metadata.csv").open("a", encoding="utf-8") as file:
            file.write(f"{Path(name).stem}|{text}\n")


def test_a_folder_is_taken_in_untouched(vault: Vault, dataset: MakeDataset) -> None:
    folder = dataset(3)
    summary = import_folder(vault, folder)
    assert (summary.kept, summary.stored, summary.failed) == (3, 3, ())
    assert summary.minutes == pytest.approx(9 / 60)
    takes = list_takes(vault)
    assert [one.prompt_id for one in takes] == ["take-0", "take-1", "take-2"]
    for take in takes:
        assert vault.get(take.id) == (folder / "wavs" / f"{take.prompt_id}.wav").read_bytes()


@pytest.mark.parametrize(
    ("container", "subtype", "suffix"),
    [("FLAC", "PCM_16", "flac"), ("MP3", "MPEG_LAYER_III", "MP3"), ("OGG", "OPUS", "opus")],
)
def test_other_formats_beside_the_metadata(
    memory_vault: Vault, dataset: MakeDataset, container: str, subtype: str, suffix: str
) -> None:
    folder = dataset(0, where=".")
    add(folder, f"one.{suffix}", written(speak(rate_hz=48_000), 48_000, container, subtype))
    assert import_folder(memory_vault, folder).kept == 1


def bad_files() -> dict[str, tuple[bytes, str]]:
    """The list of issue 2: file name -> its bytes and a word its message must hold."""
    good = speak()
    wav = encode_wav(good, 16_000)
    nan = good.copy()
    nan[100] = np.nan
    long = io.BytesIO()
    with sf.SoundFile(long, "w", 8_000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(120):
            file.write(np.zeros(8_000 * 60, np.int16))
    return {
        "empty.wav": (b"", "empty"),
        "truncated.wav": (wav[: len(wav) // 2], "cut off"),
        "truncated.flac": (encode_flac(good, 16_000)[:20_000], "cut off"),
        "text.wav": (b"I am no sound\n" * 20, "text"),
        "zero.wav": (encode_wav(good[:0], 16_000), "0 s"),
        "nan.wav": (written(nan, 16_000, "WAV", "FLOAT"), "NaN"),
        "long.flac": (long.getvalue(), "2 h 0 min"),
    }


def odd_files() -> dict[str, tuple[bytes, str]]:
    """Readable and unlike a good take: file name -> its bytes and its verdict."""
    good = speak()
    stereo = np.stack([speak(rate_hz=96_000)] * 2, axis=1)
    return {
        "silent.wav": (encode_wav(np.zeros(48_000, np.float32), 16_000), "redo"),
        "clipped.wav": (encode_wav(np.clip(good * 8, -1, 1), 16_000), "redo"),
        "8k.wav": (encode_wav(resample(good, 16_000, 8_000), 8_000), "keep_but"),
        "96k.wav": (written(stereo, 96_000, "WAV", "PCM_24"), "keep"),
    }


def test_bad_input_is_named_and_never_stops_the_rest(vault: Vault, dataset: MakeDataset) -> None:
    folder = dataset(2, where=".")
    for number, (name, (data, _)) in enumerate({**bad_files(), **odd_files()}.items()):
        unique = folder / f"{number}-{name}"
        add(folder, unique.name, data)
    add(folder, "orphan.wav", encode_wav(speak(seed=9), 16_000), text=None)
    with (folder / "metadata.csv").open("a", encoding="utf-8") as file:
        file.write("not there|A row whose recording is missing.\n")
    summary = import_folder(vault, folder)
    # 2 good + 96k | 8k | silent + clipped
    assert (summary.kept, summary.kept_but, summary.redo, summary.duplicates) == (3, 1, 2, 0)
    failed = {one.name: one for one in summary.failed}
    for number, (name, (_, word)) in enumerate(bad_files().items()):
        failure = failed.pop(f"{number}-{name}")
        assert word in failure.message
        assert failure.hint
        assert "\n" not in failure.message + failure.hint
    assert "no row" in failed.pop("orphan.wav").message
    assert "no recording" in failed.pop("not there").message
    assert failed == {}
    assert [name.split("-")[1] for name, _ in summary.to_redo] == ["silent.wav", "clipped.wav"]
    by_name = {one.prompt_id.split("-")[1]: one for one in list_takes(vault)}
    for name, (data, status) in odd_files().items():
        take = by_name[Path(name).stem]
        assert take.verdict.status == status
        assert vault.get(take.id) == data
    assert not by_name["silent"].usable


def test_importing_again_stores_nothing_twice(memory_vault: Vault, dataset: MakeDataset) -> None:
    folder = dataset(4)
    assert import_folder(memory_vault, folder, limit=2).kept == 2
    again = import_folder(memory_vault, folder)
    assert (again.kept, again.duplicates) == (2, 2)
    third = import_folder(memory_vault, folder)
    assert (third.stored, third.duplicates, third.minutes) == (0, 4, 0)
    assert len(list_takes(memory_vault)) == 4


def test_the_same_recording_with_another_text_is_reported(
    memory_vault: Vault, dataset: MakeDataset
) -> None:
    folder = dataset(1)
    data = (folder / "wavs" / "take-0.wav").read_bytes()
    add(folder, "copy.wav", data, "Something entirely different was said here.")
    summary = import_folder(memory_vault, folder)
    assert (summary.kept, summary.duplicates) == (1, 0)
    ((name, message, hint),) = summary.failed
    assert name == "copy.wav"
    assert "another text" in message
    assert hint


METADATA = {
    "bom": b"\xef\xbb\xbftake-0|Hello out there, friends of mine.\n",
    "crlf": b"take-0|Hello out there, friends of mine.\r\n\r\n",
    "old mac": b"take-0|Hello out there, friends of mine.\r",
    "utf-16": "take-0|Hello out there, friends of mine.\r\n".encode("utf-16"),
    "normalised": b"take-0|Hello 2 friends|Hello out there, friends of mine.\n",
    "empty third": b"take-0|Hello out there, friends of mine.|\n",
    "heading": b"id|text\ntake-0|Hello out there, friends of mine.\n",
    "with its ending": b"take-0.wav|Hello out there, friends of mine.\n",
    "tab": b"take-0\tHello out there, friends of mine.\n",
    "no last line feed": b"take-0|Hello out there, friends of mine.",
}


@pytest.mark.parametrize("kind", METADATA)
def test_spellings_of_metadata(memory_vault: Vault, dataset: MakeDataset, kind: str) -> None:
    folder = dataset(1)
    (folder / "metadata.csv").write_bytes(METADATA[kind])
    summary = import_folder(memory_vault, folder)
    assert (summary.stored, summary.failed) == (1, ())
    assert list_takes(memory_vault)[0].text == "Hello out there, friends of mine."


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_odd_unicode(memory_vault: Vault, dataset: MakeDataset, form: str) -> None:
    folder = dataset(0, where=".")
    for number, name in enumerate(("Käse-Ω", "日本語", "naïve 😀 ﬁ", "e\u0301\u0327")):
        data = encode_wav(speak(seed=number), 16_000)
        (folder / (unicodedata.normalize(form, name) + ".wav")).write_bytes(data)
        other = unicodedata.normalize("NFD" if form == "NFC" else "NFC", name)
        with (folder / "metadata.csv").open("a", encoding="utf-8") as file:
            file.write(f"{other}|Œuvre nº {number}: the café’s “naïve” façade\u2028it was.\n")
    summary = import_folder(memory_vault, folder)
    assert (summary.stored, summary.failed) == (4, ())
    texts = [one.text for one in list_takes(memory_vault)]
    assert texts[0] == "Œuvre nº 0: the café’s “naïve” façade it was."


def test_a_file_name_that_is_no_unicode(memory_vault: Vault, dataset: MakeDataset) -> None:
    folder = dataset(1)
    strange = os.fsencode(folder) + b"/caf\xe9.wav"
    try:
        Path(os.fsdecode(strange)).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    (failure,) = import_folder(memory_vault, folder).failed
    assert failure.name == "caf?.wav"


def test_a_line_that_is_no_utf8_costs_one_line(memory_vault: Vault, dataset: MakeDataset) -> None:
    folder = dataset(2)
    lines = (folder / "metadata.csv").read_bytes().splitlines()
    (folder / "metadata.csv").write_bytes(b"take-1|Caf\xe9 au lait\n" + lines[0])
    summary = import_folder(memory_vault, folder)
    assert summary.stored == 1
    assert "0xe9" in summary.failed[0].message
    assert summary.failed[0].name == "metadata.csv line 1"


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/secret", "wavs/secret", "..", ".secret", "a\\b", ""]
)
def test_an_id_cannot_leave_the_folder(
    memory_vault: Vault, dataset: MakeDataset, name: str
) -> None:
    folder = dataset(1)
    (folder.parent / "secret.wav").write_bytes(encode_wav(speak(seed=5), 16_000))
    with (folder / "metadata.csv").open("a") as file:
        file.write(f"{name}|{TEXT}\n")
    summary = import_folder(memory_vault, folder)
    assert summary.stored == 1
    assert "no id" in summary.failed[0].message


def test_a_link_cannot_leave_the_folder(memory_vault: Vault, dataset: MakeDataset) -> None:
    folder = dataset(1)
    secret = folder.parent / "secret.wav"
    secret.write_bytes(encode_wav(speak(seed=5), 16_000))
    (folder / "link.wav").symlink_to(secret)
    (folder / "inside.wav").symlink_to(folder / "wavs" / "take-0.wav")
    with (folder / "metadata.csv").open("a") as file:
        file.write(f"link|{TEXT}\n")
    summary = import_folder(memory_vault, folder)
    assert summary.stored == 1
    failed = {name: message for name, message, _ in summary.failed}
    assert "leaves the folder" in failed["link.wav"]
    assert "no recording" in failed["link"]


def test_linked_folders_and_metadata_are_not_followed(
    memory_vault: Vault, dataset: MakeDataset, tmp_path: Path
) -> None:
    outside = dataset(1)
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "wavs").symlink_to(outside / "wavs")
    (folder / "metadata.csv").write_text(f"take-0|{TEXT}\n")
    summary = import_folder(memory_vault, folder)
    assert summary.stored == 0
    assert ("wavs", "a link that leaves the folder") in {one[:2] for one in summary.failed}
    (folder / "metadata.csv").unlink()
    (folder / "metadata.csv").symlink_to(outside / "metadata.csv")
    with pytest.raises(BadDataset, match="link"):
        import_folder(memory_vault, folder)


def test_a_pipe_named_like_a_recording_does_not_block(
    memory_vault: Vault, dataset: MakeDataset
) -> None:
    folder = dataset(1)
    os.mkfifo(folder / "pipe.wav")
    with (folder / "metadata.csv").open("a") as file:
        file.write(f"pipe|{TEXT}\n")
    assert import_folder(memory_vault, folder).failed[0].name == "pipe"


def test_rows_without_text_or_bar(memory_vault: Vault, dataset: MakeDataset) -> None:
    folder = dataset(3)
    (folder / "metadata.csv").write_text("take-0|\njust words\ntake-1|...\n")
    summary = import_folder(memory_vault, folder)
    assert summary.stored == 0
    said = {one.name: one.message for one in summary.failed}
    assert "no text" in said["take-0"]
    assert "'|'" in said["metadata.csv line 2"]
    assert "no text" in said["take-1.wav"]


def test_folders_that_are_none(memory_vault: Vault, tmp_path: Path, dataset: MakeDataset) -> None:
    with pytest.raises(UsageError, match="no folder"):
        import_folder(memory_vault, tmp_path / "nowhere")
    with pytest.raises(BadDataset, match=r"has no metadata\.csv"):
        import_folder(memory_vault, tmp_path)
    (tmp_path / "metadata.csv").write_bytes(b"\n \n")
    with pytest.raises(BadDataset, match="empty"):
        import_folder(memory_vault, tmp_path)
    with pytest.raises(UsageError, match="limit 0"):
        import_folder(memory_vault, dataset(1), limit=0)


def test_a_full_disk_keeps_what_was_stored(memory_vault: Vault, dataset: MakeDataset) -> None:
    folder = dataset(4)
    memory_vault.fail_at, memory_vault.failure = 2, DiskFull("storing an object: no space")
    with pytest.raises(ImportStopped, match="2 new recordings are kept") as caught:
        import_folder(memory_vault, folder)
    assert caught.value.summary.kept == 2
    assert "goes on" in caught.value.hint
    memory_vault.fail_at = None
    again = import_folder(memory_vault, folder)
    assert (again.kept, again.duplicates) == (2, 2)


def test_stopping_keeps_what_was_stored(memory_vault: Vault, dataset: MakeDataset) -> None:
    with pytest.raises(Cancelled, match="after 2 of 4"):
        import_folder(memory_vault, dataset(4), stop=lambda: len(memory_vault.list()) == 2)
    assert len(list_takes(memory_vault)) == 2


def test_progress_ends_at_the_total(memory_vault: Vault, dataset: MakeDataset) -> None:
    events: list[Event] = []
    import_folder(memory_vault, dataset(5), on_event=events.append)
    steps = [one for one in events if isinstance(one, Progress)]
    assert (steps[0].done, steps[0].total, steps[0].eta_s) == (0, 5, None)
    assert (steps[-1].done, steps[-1].eta_s) == (5, 0.0)
    assert [one.done for one in steps] == sorted(one.done for one in steps)


def test_a_single_file(memory_vault: Vault, dataset: MakeDataset, tmp_path: Path) -> None:
    path = dataset(1) / "wavs" / "take-0.wav"
    take = import_file(memory_vault, path, TEXT)
    assert (take.prompt_id, take.text, take.verdict.status) == ("take-0", TEXT, "keep")
    assert import_file(memory_vault, path, TEXT.upper()).id == take.id
    assert len(list_takes(memory_vault)) == 1
    with pytest.raises(BadDataset, match="another text"):
        import_file(memory_vault, path, "Other words altogether.")
    with pytest.raises(BadDataset, match="no text"):
        import_file(memory_vault, path, " ")
    with pytest.raises(UsageError, match="no file"):
        import_file(memory_vault, tmp_path, TEXT)
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    with pytest.raises(BadAudio, match=r"bad\.wav"):
        import_file(memory_vault, tmp_path / "bad.wav", TEXT)

# SPDX-License-Identifier: GPL-3.0-or-later
"""An invented owner walks the whole road on the command line, watched; and what must not leak."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leak_needles import Scanner, regular_files
from leak_trace import Trace, read_trace, strace_words

from encrypted_store import Kind, Vault
from encrypted_store.keys import KeyName, KeyPage
from voicevault.audio import files
from voicevault.data.features import log_mel, prepare
from voicevault.events import Event
from voicevault.text.frontend import phonemise, utterance_phonemes
from voicevault.text.symbols import framed_ids, piper_ids

PASSPHRASE = "marzipan Wachholder 47 trombone"
# Words that are in no dictionary, so that finding one means finding a transcript.
TEXTS = {
    "cn-1": "The old brindlequosh sleeps under a tall vathrigool tonight.",
    "cn-2": "Seven ombertwaddle boats carried the plinkersnood home again.",
    "cn-3": "Please bring my quorvashtin over to the kellimander house.",
    "cn-4": "Nobody had seen such a drumbelvane since the fostrimunder came.",
    "cn-5": "A yellow snavelkripp danced around the wubbershandy garden.",
    "cn-6": "We gave the jastelmoor and a small tringlevask to the baker.",
}
CANARIES = [word for text in TEXTS.values() for word in text.strip(".").split() if len(word) > 9]
SMALL = ["speaker_steps=3", "stages.norms.steps=4", "vocoder_steps=2", "device=cpu"]
XDG = ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "STATE_HOME", "RUNTIME_DIR")
LARGEST_SHARED = 16 << 20
CHECKOUT = Path(__file__).resolve().parents[2]
SHARED = [Path(one) for one in ("/tmp", "/var/tmp", "/dev/shm") if Path(one).is_dir()]


@dataclass
class Road:
    """Fresh folders, the commands walked so far, and what they said and did."""

    root: Path
    aside: Path
    """Recordings and traces: what the owner and the tests put there, not the product."""
    before: tuple[str, ...] = ()
    traced: bool = False
    traces: dict[str, Trace] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    code: str = ""
    started: float = field(default_factory=time.time)

    @property
    def vault(self) -> Path:
        return self.root / "cwd" / "V"

    @property
    def exported(self) -> Path:
        return self.root / "cwd" / "DIR"

    def environment(self) -> dict[str, str]:
        """A person's on the first day: nothing but places, and one thread."""
        kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
        fresh = {name: os.environ[name] for name in kept if name in os.environ}
        fresh |= {f"XDG_{name}": str(self.root / "xdg" / name.lower()) for name in XDG}
        fresh |= dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(self.root / "tmp"))
        return {**fresh, "HOME": str(self.root / "home"), "OMP_NUM_THREADS": "1"}

    def walk(self, verb: str, *words: str, codes: tuple[int, ...] = (0,)) -> int:
        """One command, its passphrase on descriptor 3; how it ended, one of `codes`."""
        log = self.aside / f"trace-{verb}"
        under = [*self.before, *(strace_words(log) if self.traced else ())]
        line = [sys.executable, "-P", "-m", "voicevault", "--vault", "V", "--passphrase-fd", "3"]
        reading, writing = os.pipe()  # a here-document would be a temporary file in some shells
        os.write(writing, PASSPHRASE.encode() + b"\n")
        os.close(writing)
        redirected = ["bash", "-c", f'exec "$@" 3<&{reading}', "bash"]
        ended = subprocess.run(
            [*redirected, *under, *line, *words],
            cwd=self.root / "cwd",
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=(reading,),
            timeout=150,
            check=False,
        )
        os.close(reading)
        out, told = ended.stdout.decode(), ended.stderr.decode()
        assert ended.returncode in codes, f"{verb}: {ended.returncode}\n{out}{told}"
        if verb == "create":
            self.code = out.partition("recovery code: ")[2].split()[0]
            out = out.replace(self.code, "")  # shown once, here and nowhere else
        self.said[verb] = out + told
        if self.traced:
            self.traces[verb] = read_trace(log, self.root / "cwd")
        return ended.returncode

    def outside(self) -> list[Path]:
        """Files that are neither in the vault nor what an export was asked for."""
        return sorted(regular_files(self.root, without=[self.vault, self.exported]))

    def shared(self) -> list[Path]:
        """Files that anybody has changed since the start where everybody may write.

        Folders of other test runs are left out: they hold the same words. So are files too large
        to be a leak of this small road, on machines where others are busy in these folders, and the
        compiled modules of a checkout that lies in such a folder: the report page's own phrases.
        """
        mine = [self.root, self.aside, *CHECKOUT.rglob("__pycache__")]
        others = [path for place in SHARED for path in place.glob("pytest-of-*")]
        out = []
        for path in regular_files(*SHARED, without=[*mine, *others]):
            try:
                known = path.stat()
            except OSError:
                continue
            if known.st_ctime >= self.started - 2 and known.st_size <= LARGEST_SHARED:
                out.append(path)
        return out


class Quiet:
    """A context that keeps nothing."""

    def emit(self, event: Event) -> None: ...

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None: ...

    def stopping(self) -> bool:
        return False


def write_recordings(folder: Path) -> None:
    """What the owner has on the disk already: an LJSpeech folder with nobody's voice."""
    from voicevault.training.invent import invent_owner

    folder.mkdir()
    for name, _, data in invent_owner(list(TEXTS.items()), 20, Quiet()):
        (folder / f"{name}.flac").write_bytes(data)
    lines = "".join(f"{name}|{text}\n" for name, text in TEXTS.items())
    (folder / "metadata.csv").write_text(lines)


def said_by_the_owner(road: Road) -> None:
    """The sentence that was drawn, in a file that the owner's recorder made."""
    from voicevault.training.invent import invent_owner

    text = json.loads(road.said["ask"][: road.said["ask"].rindex("}") + 1])["text"]
    ((_, _, data),) = invent_owner([("consent", text)], 20, Quiet())
    (road.aside / "consent.flac").write_bytes(data)


@contextmanager
def spied_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Every key that is on the key page once a vault has been opened, the master key included."""
    kept: list[bytes] = []
    derive = KeyPage.derive_from_master

    def spying(page: KeyPage, vault_id: bytes) -> None:
        derive(page, vault_id)
        for name in KeyName:
            with page.view(name) as view:
                kept.append(bytes(view[:32]))

    with monkeypatch.context() as patched:
        patched.setattr(KeyPage, "derive_from_master", spying)
        yield kept


def needles_of(road: Road, monkeypatch: pytest.MonkeyPatch) -> Scanner:
    """What must be nowhere: gathered from the recordings, and from the vault by its owner."""
    scanner = Scanner()
    for path in [*sorted((road.aside / "recordings").glob("*.flac")), road.aside / "consent.flac"]:
        _add_sound(scanner, path)
    _add_words(scanner)
    scanner.add_text("key", PASSPHRASE)
    for code in (road.code, road.code.replace("-", "")):
        scanner.add_text("key", code)
    anchor = next(iter(regular_files(road.root / "xdg" / "state_home")))
    with (
        spied_keys(monkeypatch) as keys,
        Vault.open(road.vault, passphrase=PASSPHRASE, anchors=anchor.parent) as vault,
    ):
        for entry in vault.list():
            keys.append(bytes(vault.ticket(entry.id).key))
            _add_object(scanner, entry.kind, str(entry.meta.get("type")), vault.get(entry.id))
    for key in set(keys):
        if any(key):
            scanner.add_encoded("key", key)
    return scanner


def _add_sound(scanner: Scanner, path: Path) -> None:
    """A take in every form the road gives it."""
    data = path.read_bytes()
    scanner.add_windows("audio", data, 512)
    clip = files.decode(data, name=path.name)
    wave = prepare(clip.samples, clip.rate_hz)
    for samples in (clip.samples, wave):
        scanner.add_windows("audio", samples.astype("<f4").tobytes(), 512)
        scanner.add_windows("audio", samples.astype("<f8").tobytes(), 2048)
        scanner.add_windows("audio", files.encode_wav(samples, 16_000)[44:], 256)
        scanner.add_windows("audio", np.round(samples * 32768).astype("<i2").tobytes(), 256)
    mel = log_mel(wave)  # [F, M]
    for features in (mel, np.ascontiguousarray(mel.T)):
        scanner.add_windows("features", features.astype("<f4").tobytes(), 512)
        scanner.add_windows("features", features.astype("<f2").tobytes(), 512)


def _add_words(scanner: Scanner) -> None:
    """Canary words, and every dozen phonemes of the takes as symbols and as ids."""
    for word in CANARIES:
        scanner.add_text("transcript", word)
    for text in TEXTS.values():
        phonemes = utterance_phonemes(text)
        for start in range(len(phonemes) - 11):
            part = phonemes[start : start + 12]
            scanner.add("phonemes", "".join(part).encode())
            scanner.add("phonemes", json_text(part))
            scanner.add("phonemes", repr(part)[1:-1].encode())
        for ids in (framed_ids(phonemes), piper_ids(phonemise(text)[0])):
            for start in range(1, len(ids) - 11):
                numbers = np.array(ids[start : start + 12])
                for kind in ("<i8", "<i4", "<i2", "u1"):
                    scanner.add("phonemes", numbers.astype(kind).tobytes())
                scanner.add("phonemes", str(numbers.tolist())[1:-1].encode())
                scanner.add("phonemes", str(numbers.tolist())[1:-1].replace(" ", "").encode())


def json_text(part: list[str]) -> bytes:
    """Phonemes as a program would write them into JSON with its default settings."""
    return "".join(part).encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00")


def _add_object(scanner: Scanner, kind: Kind, record: str, data: bytes) -> None:
    """What the vault keeps of a run."""
    if kind is Kind.MODEL or kind is Kind.CHECKPOINT:
        scanner.add_windows("weights", data, 2048)
    elif kind is Kind.CONSENT:
        scanner.add_windows("consent", data, 128)
    elif record == "signing-key":
        scanner.add_encoded("key", data[-32:])
    elif record.startswith("report"):
        scanner.add_windows("report", data, 512)

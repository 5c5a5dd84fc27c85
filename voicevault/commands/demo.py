# SPDX-License-Identifier: GPL-3.0-or-later
"""demo: the whole road with an invented owner, through the same commands a person types."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from voicevault import egress, jobs, paths
from voicevault.commands.session import Session
from voicevault.errors import Refused, VoiceVaultError
from voicevault.terminal import duration
from voicevault.text.prompts import prompts

SEED = 20  # any number makes another owner; this one's pitch lies in the middle
PROMPTS = 20
SAID_AT_MOST = 8  # a true sentence is not always understood
VOICE = "en_US-invented-medium"
SENTENCE = "I was never recorded, and still this is my voice."
FOLDER = "demo-voice"


@dataclass(slots=True)
class Walk:
    """One walk along the road: where it writes, and how long each step took."""

    folder: Path
    passphrase: str
    times: list[tuple[str, float]]

    @property
    def vault(self) -> Path:
        """The demo's own vault."""
        return self.folder / "vault"

    def step(self, title: str, action: Callable[[], None]) -> None:
        """Announce, do, and time one step."""
        number = len(self.times) + 1
        print(f"\n{number}. {title}", flush=True)
        started_s = time.monotonic()
        action()
        self.times.append((title, time.monotonic() - started_s))
        print(f"   ({duration(self.times[-1][1])})", flush=True)

    def voicevault(self, *words: str, told: list[str] | None = None) -> None:
        """Run one command as a person would, in its own process, passphrase by descriptor.

        Args:
            told: gets what the command printed, which is not shown then.

        Raises:
            VoiceVaultError: it failed; it has told why itself.
        """
        reader, writer = os.pipe()
        os.write(writer, f"{self.passphrase}\n".encode())
        os.close(writer)
        try:
            given = ["--vault", str(self.vault), "--passphrase-fd", str(reader)]
            shown = " ".join(_quoted(word) for word in words)
            print(f"   $ voicevault --vault {_shown(self.vault)} {shown}", flush=True)
            ended = subprocess.run(
                [sys.executable, "-P", "-m", "voicevault", *given, *words],
                pass_fds=[reader],
                stdin=subprocess.DEVNULL,
                env=paths.offline_environment(),
                stdout=subprocess.PIPE if told is not None else None,
                check=False,
            )
        finally:
            os.close(reader)
        if told is not None:
            told.append(ended.stdout.decode())
        if ended.returncode:
            error = VoiceVaultError(f"the demo stopped at: voicevault {words[0]}")
            error.exit_code = ended.returncode if ended.returncode > 0 else 1
            raise error


def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to make; it must not exist.")] = Path(FOLDER),
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier demo.")] = False,
    recipe: Annotated[str, typer.Option(help="Recipe to train with.")] = "tts_quick",
    seed: Annotated[int, typer.Option(help="Another number invents another owner.")] = SEED,
) -> None:
    """Walk the whole road with an owner who does not exist: no microphone, no network.

    An invented voice reads 20 prompts in an imperfect room. Then: vault, import, training,
    evaluation, export, speech. A few minutes on two cores.
    """
    session: Session = context.obj
    _make_room(out, force)
    began_s = time.monotonic()
    walk = Walk(out, secrets.token_hex(8), [])
    recordings = out / "recordings"
    spoken = out / "spoken.wav"
    voice = out / "voice" / f"{VOICE}.onnx"
    print(
        f"An owner who does not exist reads {PROMPTS} sentences and gets a voice. Offline, "
        "no microphone, a few minutes."
    )
    walk.step(
        "Invent an owner and let them read (a person would use their own recordings)",
        lambda: _record(recordings, seed, session),
    )
    walk.step("Create the vault", lambda: walk.voicevault("vault", "create"))
    walk.step(
        "Import: judge every recording, align it with its text, encrypt it",
        lambda: walk.voicevault("import", str(recordings)),
    )
    walk.step(
        "Consent: the owner says a sentence that was drawn just now (a person speaks it)",
        lambda: _consent(walk, out / "consent.flac", seed, session),
    )
    walk.step("Train a personal voice", lambda: walk.voicevault("train", recipe))
    walk.step("Evaluate it", lambda: walk.voicevault("evaluate", "latest", "--quick"))
    exported = ("export", "latest", "--to", "piper", "--out", str(voice.parent), "--name", VOICE)
    walk.step("Export it and let every installed runtime speak", lambda: walk.voicevault(*exported))
    said = ("speak", SENTENCE, "--voice", str(voice), "--out", str(spoken))
    walk.step("Speak with the exported file alone", lambda: walk.voicevault(*said))
    _farewell(walk, voice, spoken, time.monotonic() - began_s)


def _make_room(out: Path, force: bool) -> None:
    if out.exists() and any(out.iterdir() if out.is_dir() else [out]):
        ours = (out / "vault" / "vault.json").is_file() and (out / "recordings").is_dir()
        if not (force and ours):
            raise Refused(
                f"{out} is there already",
                hint="--force replaces an earlier demo" if ours else "choose another --out",
            )
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)


def _record(folder: Path, seed: int, session: Session) -> None:
    """An LJSpeech folder read by nobody. Plain files are right here: it is no person's voice."""
    chosen = [(one.id, one.text) for one in prompts()[:PROMPTS]]
    texts = dict(chosen)

    def keep(name: str, data: bytes, meta: dict[str, Any]) -> None:
        egress.write_file(folder / "wavs" / f"{name}.flac", data)

    _invent(chosen, seed, session, keep)
    lines = "".join(f"{name}|{text}\n" for name, text in texts.items())
    egress.write_file(folder / "metadata.csv", lines.encode())
    print(f"   {len(texts)} recordings in {_shown(folder)}")


def _consent(walk: Walk, file: Path, seed: int, session: Session) -> None:
    """The same gate as a person's: the sentence is drawn, said by the owner, and checked."""
    for tries_left in reversed(range(SAID_AT_MOST)):
        try:
            _say(walk, file, seed, session)
            return
        except VoiceVaultError as error:
            if error.exit_code != Refused.exit_code or not tries_left:
                raise
            print("   (not understood: another sentence)", flush=True)


def _say(walk: Walk, file: Path, seed: int, session: Session) -> None:
    told: list[str] = []
    walk.voicevault("consent", "ask", "--json", told=told)
    text = str(json.loads(told[0])["text"])
    print(f"   the owner says: {text}", flush=True)

    def keep(name: str, data: bytes, meta: dict[str, Any]) -> None:
        egress.write_file(file, data)

    _invent([("consent", text)], seed, session, keep)
    walk.voicevault("consent", "record", "--file", str(file))


def _invent(prompts: list[tuple[str, str]], seed: int, session: Session, keep: jobs.OnBlob) -> None:
    """Prompts (id, text) read by the owner of this seed."""
    request = jobs.Request("invent", {"prompts": prompts, "seed": seed})
    try:
        jobs.run_job(request, session.teller, keep)
    finally:
        session.teller.done()


def _farewell(walk: Walk, voice: Path, spoken: Path, took_s: float) -> None:
    print(f"\nDone in {duration(took_s)}:")
    for title, seconds in walk.times:
        print(f"  {duration(seconds):>12}  {title.partition(':')[0].partition(' (')[0]}")
    command = "voicevault" if shutil.which("voicevault") else _shown(Path(sys.argv[0]))
    print(
        f"""
The files:
  {_shown(spoken)}   listen to this
  {_shown(voice)}   the voice; copy its whole folder to a phone
  {_shown(walk.folder / "recordings")}   what the owner who does not exist read
  {_shown(walk.vault)}   the encrypted vault; its passphrase is {walk.passphrase}

Try next:
  {command} speak "Anything you like." --voice {_shown(voice)} --out mine.wav
  {command} verify {_shown(voice.parent)}
  {command} --vault MY_VAULT vault create
and then your own recordings: {command} --help"""
    )


def _shown(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word

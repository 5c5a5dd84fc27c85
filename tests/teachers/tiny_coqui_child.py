# SPDX-License-Identifier: GPL-3.0-or-later
"""A hardened worker that tries coqui-tts's teachers: python tiny_coqui_child.py FOLDER

It prints one JSON object: what each trial found, and what was attempted on the way. The trials are
in one process because coqui-tts takes seconds to import.
"""

from __future__ import annotations

import gc
import hashlib
import io
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

ATTEMPTS: list[str] = []
"""Sockets, temporary files, programs and files for writing, in the order of asking."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def listen(event: str, args: tuple[Any, ...]) -> None:
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto")):
        ATTEMPTS.append(f"{event} {args[1:]}")
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.mkdir"):
        ATTEMPTS.append(f"{event} {args[0]}")
    elif event in ("tempfile.mkstemp", "tempfile.mkdtemp") and args[0]:
        ATTEMPTS.append(f"{event} {args[0]}")  # without a name it is the question for a worker
    elif event == "open" and args[2] & WRITING and str(args[0]) != os.devnull:
        ATTEMPTS.append(f"open {args[0]}")


sys.addaudithook(listen)

import numpy as np  # noqa: E402  (after the ear is in place)

from voicevault import worker  # noqa: E402
from voicevault.errors import Cancelled, VoiceVaultError  # noqa: E402
from voicevault.events import Event, Progress  # noqa: E402
from voicevault.teachers.protocols import OpenedTeacher, Recording, TeacherCard  # noqa: E402

KINDS = {"xtts": "tts", "vits": "tts"}
LICENCES = {"xtts": "CPML-1.0"}
WEIGHTS = {
    "xtts": ("model.pth",),
    "vits": ("model_file.pth",),
    "openvoice": ("checkpoint.pth",),
    "freevc": ("model.pth", "WavLM-Large.pt", "speaker_encoder.pt"),
    "knnvc": ("model.pth", "WavLM-Large.pt"),
}
TEXTS = ("one two three.", "four, five!", "six seven eight nine ten.")
MAPS = Path("/proc/self/maps")
FAMILIES = ("xtts", "vits", "openvoice", "freevc", "knnvc")


def opened(folder: Path, **changes: Any) -> OpenedTeacher:
    family = folder.name.partition("-")[0]
    files = {one.name: "0" * 64 for one in sorted(folder.iterdir())}  # the registry's to check
    licence = LICENCES.get(family, "MIT")
    card = TeacherCard(family, "tiny", KINDS.get(family, "vc"), licence, licence == "MIT", files)
    return OpenedTeacher(replace(card, **changes), folder)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def voice(length_s: float, pitch_hz: float, rate_hz: int = 16_000) -> Recording:
    """A buzz with a formant, loud enough to count as speech."""
    t = np.arange(int(length_s * rate_hz)) / rate_hz
    buzz = sum(np.sin(2 * np.pi * pitch_hz * n * t) / n for n in range(1, 12))
    shape = 0.6 + 0.4 * np.sin(2 * np.pi * 3 * t)
    return Recording((0.2 * buzz * shape).astype(np.float32), rate_hz, "buzz")


REFERENCE = (voice(1.7, 120), voice(1.2, 125, 22_050))
SPEECH = tuple(voice(length, 210, 44_100) for length in (0.9, 1.3, 0.7))


def load(family: str, teacher: OpenedTeacher, **options: Any) -> Any:
    from voicevault.teachers.adapters import coqui_vc, coqui_vits, coqui_xtts

    if family == "xtts":
        return coqui_xtts.XttsTeacher(teacher, device="cpu", **options)
    if family == "vits":
        return coqui_vits.VitsTeacher(teacher, device="cpu", **options)
    return coqui_vc.open_converter(teacher, device="cpu", **options)


def teach(family: str, teacher: Any) -> Callable[[Sequence[Any]], Sequence[Recording]]:
    if family == "vits":
        return teacher.synthesise_all
    if family == "xtts":
        return lambda texts: teacher.synthesise_all(texts, REFERENCE)
    return lambda clips: teacher.convert_all(clips, REFERENCE)


def things(family: str) -> Sequence[Any]:
    return TEXTS if family in KINDS else SPEECH


class Parent:
    def __init__(self, patience: int = 1000) -> None:
        self.told: list[Event] = []
        self.patience = patience

    def emit(self, event: Event) -> None:
        self.told.append(event)

    def stopping(self) -> bool:
        self.patience -= 1
        return self.patience < 0


def refusal(act: Callable[[], Any]) -> dict[str, Any]:
    """The error of something that has to be one."""
    try:
        act()
    except VoiceVaultError as error:
        return {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
    except Exception as error:
        return {"kind": "crash", "message": repr(error), "trace": traceback.format_exc()}
    return {"kind": "nothing", "message": ""}


def sound(made: Recording) -> dict[str, Any]:
    return {
        "rate_hz": made.rate_hz,
        "samples": len(made.samples),
        "dtype": str(made.samples.dtype),
        "peak": float(np.abs(made.samples).max()),
        "spread": float(made.samples.std()),
        "digest": hashlib.sha256(made.samples.tobytes()).hexdigest(),
        "text": made.text,
    }


def whole_lesson(family: str, teacher: Any) -> dict[str, Any]:
    """All at once, then stopped after one batch and gone on with."""
    from voicevault.teachers.adapters.lesson import Item, lesson

    items = [Item(f"id{n}", what) for n, what in enumerate(things(family))]
    parent = Parent()

    def run(listener: Parent, done: Any) -> Iterator[tuple[str, str]]:
        taught = lesson(items, teach(family, teacher), listener, stage=family, done=done)
        for one in taught:
            yield one.id, sound(one.result)["digest"] if one.result else one.refused

    at_once = dict(run(parent, ()))
    kept: dict[str, str] = {}
    stopped = False
    try:
        for key, value in run(Parent(patience=1), ()):
            kept[key] = value
    except Cancelled:
        stopped = True
    first = list(kept)
    kept |= run(Parent(), tuple(kept))
    progress = [one.done for one in parent.told if isinstance(one, Progress)]
    return {
        "stopped": stopped,
        "first": first,
        "same": kept == at_once,
        "ids": sorted(kept),
        "progress": progress,
    }


@contextmanager
def starved() -> Iterator[None]:
    """Every layer asks the real allocator for more than any machine has."""
    import torch

    before = torch.nn.Module.__call__
    torch.nn.Module.__call__ = lambda *_args, **_more: torch.empty(1 << 50)  # type: ignore
    try:
        yield
    finally:
        torch.nn.Module.__call__ = before  # type: ignore[method-assign]


def copied(source: Path, name: str) -> Path:
    """The same files under another folder: ``rewrite`` them, and the others stay."""
    target = source.parent / "broken" / name / source.name
    shutil.rmtree(target.parent, ignore_errors=True)
    shutil.copytree(source, target, copy_function=os.link)
    return target


def rewrite(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


class Bomb:
    """Unpickling it makes a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def with_bomb(path: Path, mark: Path) -> None:
    """The weights as they were, and a pickle that runs something."""
    import torch

    held = torch.load(path, weights_only=False)
    small = {key: value if key == "cfg" else {} for key, value in held.items()}
    path.unlink()
    torch.save({**small, "notes": Bomb(mark)}, path)


def trials_of(family: str, root: Path) -> dict[str, Any]:
    import torch

    folder = root / family
    before = {one.name: digest(one) for one in folder.iterdir()}
    found: dict[str, Any] = {}
    found["little memory"] = refusal(lambda: load(family, opened(folder), probe=lambda: 9_000_000))
    teacher = load(family, opened(folder))
    gc.collect()
    found["mapped"] = MAPS.exists() and str(folder) in MAPS.read_text()
    one = things(family)[0]
    say = teach(family, teacher)
    found["sound"] = sound(say([one])[0])
    torch.rand(5)  # what else is drawn in between does not matter
    found["again"] = sound(say([one])[0])["digest"] == found["sound"]["digest"]
    other = teach(family, load(family, opened(folder), seed=5))
    found["other seed"] = sound(other([one])[0])["digest"] != found["sound"]["digest"]
    found["lesson"] = whole_lesson(family, teacher)
    with starved():
        found["out of memory"] = refusal(lambda: say([one]))
    if family == "vits":
        found["reference"] = refusal(lambda: teacher.synthesise("hello", REFERENCE))
        found["speaker"] = refusal(lambda: load(family, opened(folder), speaker="p999"))
        found["speakers"] = [teacher.speakers, teacher.speaker]
        by_another = load(family, opened(folder), speaker="p227")
        found["another"] = sound(by_another.synthesise(one))["digest"]
        found["together"] = [sound(made) for made in teacher.synthesise_all(TEXTS)]
        found["ids"] = [len(teacher._ids(text)) for text in TEXTS]
    else:
        call = teacher.synthesise if family == "xtts" else teacher.convert
        silence = replace(REFERENCE[0], samples=np.zeros(40_000, np.float32))
        found["no reference"] = refusal(lambda: call(one, ()))
        found["short reference"] = refusal(lambda: call(one, (voice(0.4, 120),)))
        found["silent reference"] = refusal(lambda: call(one, (silence,)))
        found["other voice"] = sound(call(one, (voice(2.0, 80),)))["digest"]
    if family in KINDS:
        references = () if family == "vits" else REFERENCE
        found["nothing to say"] = refusal(lambda: teacher.synthesise(" ...! ", references))
    found["unchanged"] = before == {one.name: digest(one) for one in folder.iterdir()}
    found["wrong kind"] = refusal(lambda: load(family, opened(folder, kind="asr")))
    return found


def damages_of(family: str, root: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    source = root / family
    for name in sorted(one.name for one in source.iterdir()):
        target = copied(source, "missing")
        (target / name).unlink()
        found[f"missing {name}"] = refusal(lambda target=target: load(family, opened(target)))
    for name in (*WEIGHTS[family], "config.json"):
        target = copied(source, "cut")
        data = (target / name).read_bytes()
        rewrite(target / name, data[: len(data) // 2])
        found[f"cut {name}"] = refusal(lambda target=target: load(family, opened(target)))
    for name in WEIGHTS[family]:
        mark = root / f"bomb-{family}-{name}"
        target = copied(source, "bomb")
        with_bomb(target / name, mark)
        shutil.rmtree(mark, ignore_errors=True)
        found[f"bomb {name}"] = refusal(lambda target=target: load(family, opened(target)))
        found[f"bomb {name}"]["went off"] = mark.exists()
    name = WEIGHTS[family][0]
    target = copied(source, "other")
    rewrite(target / name, empty_checkpoint())
    found["other weights"] = refusal(lambda: load(family, opened(target)))
    teacher = opened(source)
    card = replace(teacher.card, files={"config.json": "0" * 64})
    found["unchecked"] = refusal(lambda: load(family, OpenedTeacher(card, source)))
    return found


def empty_checkpoint() -> bytes:
    import torch

    data = io.BytesIO()
    torch.save({"model": {"something": torch.zeros(3)}}, data)
    return data.getvalue()


def mels(root: Path) -> dict[str, float]:
    """The largest difference from what librosa made, in parts of the largest figure."""
    from voicevault.teachers.adapters import coqui_mel

    theirs = np.load(root / "librosa.npz")
    ours = {
        "mel": coqui_mel.encoder_mel(theirs["noise"]),
        "bank": coqui_mel.mel_filters(sr=16_000, n_fft=1280, n_mels=80, fmin=0.0, fmax=None),
    }
    return {
        name: float(np.abs(made - theirs[name]).max() / theirs[name].max())
        for name, made in ours.items()
    }


def special(root: Path) -> dict[str, Any]:
    """Traps of single families."""
    import torch

    found: dict[str, Any] = {}
    for changes in ({"licence": "MIT", "commercial": True}, {"commercial": True}):
        name = f"licence {' '.join(changes)}"
        found[name] = refusal(
            lambda changes=changes: load("xtts", opened(root / "xtts", **changes))
        )
    found["language"] = refusal(lambda: load("xtts", opened(root / "xtts"), language="xx"))
    inside = load("freevc", opened(root / "freevc-inside"))
    found["freevc inside"] = sound(inside.convert(SPEECH[0], REFERENCE))
    target = copied(root / "knnvc", "eval")
    held = torch.load(target / "WavLM-Large.pt", weights_only=True)
    mark = root / "bomb-eval"
    held["cfg"]["conv_feature_layers"] = f"__import__('os').mkdir({str(mark)!r}) or [(16,10,5)]"
    (target / "WavLM-Large.pt").unlink()
    torch.save(held, target / "WavLM-Large.pt")
    found["eval"] = refusal(lambda: load("knnvc", opened(target)))
    found["eval"]["went off"] = mark.exists()
    for key, value in (
        ("characters_class", "antigravity.Characters"),
        ("use_d_vector_file", True),
        ("phonemizer", "gruut"),
    ):
        target = copied(root / "vits", key)
        settings = json.loads((target / "config.json").read_text())
        where = settings["characters"] if key == "characters_class" else settings
        where[key] = value
        rewrite(target / "config.json", json.dumps(settings).encode())
        found[f"vits {key}"] = refusal(lambda target=target: load("vits", opened(target)))
    return found


def main(root: Path) -> None:
    from voicevault.teachers.adapters import coqui

    found: dict[str, Any] = {"not hardened": refusal(lambda: coqui.import_coqui("TTS"))}
    worker.harden()
    early = {
        one: refusal(lambda one=one: load(one, opened(root / one), probe=lambda: 9_000_000))
        for one in FAMILIES
    }
    found["asked before importing"] = "TTS" not in sys.modules and early["xtts"]["kind"]
    for family in FAMILIES:
        found[family] = trials_of(family, root)
    found["mels"] = mels(root)
    found["attempts"] = list(ATTEMPTS)
    found["damages"] = {family: damages_of(family, root) for family in FAMILIES}
    found["special"] = special(root)
    found["attempts of damages"] = [
        one for one in ATTEMPTS[len(found["attempts"]) :] if str(root / "broken") not in one
    ]
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

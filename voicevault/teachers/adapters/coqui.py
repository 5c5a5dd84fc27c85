# SPDX-License-Identifier: GPL-3.0-or-later
"""What every teacher on coqui-tts shares: its import, its files, its weights, one computation.

coqui-tts fetches what it misses, keeps voices and texts in files, and runs what its weight files
tell it to. None of that may happen here, and so:

- it is imported in a hardened worker only, after the switches that keep libraries at home;
- it is handed dictionaries, tensors and open teachers, never a path to speech, a name that it would
  look up, or a config with paths of another machine in it;
- weights are read here, as data. What else a file holds is refused.
"""

import contextlib
import hashlib
import importlib
import json
import logging
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from voicevault import paths
from voicevault.errors import MissingExtra, Refused, TrainingFailed, UsageError
from voicevault.teachers.adapters.lesson import OutOfMemory
from voicevault.teachers.adapters.memory import MEGABYTE, Probe, available_bytes, require_memory
from voicevault.teachers.protocols import FloatArray, OpenedTeacher, TeacherKind

# torch's compiler makes its cache folder in TMPDIR when transformers imports it, although nothing
# is compiled here. A folder that exists makes it stop: nothing is ever put there, see
# TORCH_COMPILE_DISABLE in paths.
_STAY_HOME: Mapping[str, str] = {
    "TORCHINDUCTOR_CACHE_DIR": os.sep,
    "MPLBACKEND": "Agg",
}

# Memory of loading in sizes of the file: 1.1 was measured where torch maps it (XTTS of 690 MB), and
# its pages can be given back; an old pickle is read as a whole beside the network.
MAPPED_FACTOR = 1.2
READ_FACTOR = 2.2
LIBRARIES_BYTES = 500 * MEGABYTE
"""coqui-tts, torch and transformers (390 MB measured), and a sentence's sound (30 to 70 MB)."""

# Keys of configs that name files, or data of whoever trained the teacher. Each would be opened.
_NAMES_FILES = frozenset(
    {
        *("output_path", "logger_uri", "restore_path", "continue_path", "model_dir"),
        *("datasets", "eval_dataset", "test_sentences", "test_sentences_file"),
        *("phoneme_cache_path", "f0_cache_path", "energy_cache_path"),
        *("stats_path", "mel_stats_path", "tokenizer_file", "language_ids_file"),
        *("speaker_file", "speakers_file", "d_vector_file"),
        *("speaker_encoder_model_path", "speaker_encoder_config_path", "pretrained_model_path"),
        *("gpt_checkpoint", "clvp_checkpoint", "decoder_checkpoint"),
    }
)

Device = str
"""auto, cpu, or a name torch knows, such as cuda:0."""


class _Husk:
    """Stands where a checkpoint keeps a settings object of coqui-tts: it holds and does nothing."""


def import_coqui(module: str) -> Any:
    """A module of coqui-tts.

    Raises:
        Refused: this process is not a hardened worker.
        MissingExtra: coqui-tts or something that it needs is not installed.
    """
    _require_worker()
    os.environ.update({**paths.OFFLINE_SWITCHES, **_STAY_HOME})
    # Warnings of coqui-tts quote the text, and stderr ends up in error messages.
    for noisy in ("TTS", "trainer"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL + 1)
    try:
        importlib.import_module("voicevault.torchaudio_guard")  # before anyone imports torchaudio
        return importlib.import_module(module)
    except ImportError as error:
        name = error.name or "a part of it"
        raise MissingExtra(
            f"coqui-tts does not start: {name} is missing", extra="teachers"
        ) from error


def _require_worker() -> None:
    """A worker refuses temporary files; so ask for one, by the event alone."""
    try:
        sys.audit("tempfile.mkstemp", "")
    except PermissionError:
        return
    raise Refused(
        "coqui-tts runs in a worker process only, which has no network and no temporary files",
        hint="call voicevault.worker.harden() first",
    )


@contextlib.contextmanager
def replaced(module: Any, **parts: Any) -> Iterator[None]:
    """Other parts under these names of a module, for as long as the block lasts."""
    before = {name: getattr(module, name) for name in parts if hasattr(module, name)}
    try:
        for name in before:
            setattr(module, name, parts[name])
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


# files


def teacher_file(opened: OpenedTeacher, *names: str) -> Path:
    """The first of these files that the teacher has and its card vouches for.

    Raises:
        Refused: there is none; coqui-tts would fetch it.
    """
    root = opened.folder.resolve()
    for name in names:
        path = root / name
        if name in opened.card.files and path.is_file() and path.resolve().is_relative_to(root):
            return path
    unchecked = [name for name in names if (root / name).is_file()]
    if unchecked:
        raise Refused(
            f"{opened.card.name}: {unchecked[0]} is not among the files that were checked",
            hint="add the teacher again",
        )
    raise Refused(
        f"{opened.card.name}: {' or '.join(names)} is missing in {opened.folder}",
        hint="put the whole teacher into the folder; it is not fetched from here",
    )


def require_kind(opened: OpenedTeacher, kind: TeacherKind) -> None:
    """Refuse a card of another kind than the adapter's."""
    if opened.card.kind != kind:
        raise Refused(f"{opened.card.name} is a teacher of kind {opened.card.kind}, not {kind}")


def require_room(
    opened: OpenedTeacher, weights: Iterable[Path], device: Device, probe: Probe = available_bytes
) -> None:
    """Refuse to load what does not fit, before anything large is imported.

    Raises:
        OutOfMemory: with what it needs and what there is.
    """
    sizes = {path: path.stat().st_size for path in weights}
    need = LIBRARIES_BYTES + sum(
        int(size * (MAPPED_FACTOR if zipfile.is_zipfile(path) else READ_FACTOR))
        for path, size in sizes.items()
    )
    require_memory(need, opened.card.name, probe)
    if torch.device(choose_device(device)).type == "cuda":
        require_memory(
            int(MAPPED_FACTOR * sum(sizes.values())),
            f"{opened.card.name} on {device}",
            lambda: torch.cuda.mem_get_info()[0],
        )


def read_settings(path: Path) -> dict[str, Any]:
    """A config.json without what would make coqui-tts open files.

    Raises:
        TrainingFailed: it is no JSON object.
    """
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise _broken(path) from error
    if not isinstance(settings, dict):
        raise _broken(path)
    return _without_paths(settings)


def _without_paths(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_paths(value) if isinstance(value, dict) else value
        for key, value in settings.items()
        if key not in _NAMES_FILES
    }


def _broken(path: Path) -> TrainingFailed:
    return TrainingFailed(
        f"{path.name} of the teacher in {path.parent} is broken",
        hint="fetch or copy the teacher again",
    )


@contextlib.contextmanager
def building(path: Path) -> Iterator[None]:
    """What a network says of settings and weights that do not fit it, as an error of the file."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _out_of_memory(error) from error
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, AssertionError) as error:
        if _ran_out(error):
            raise _out_of_memory(error) from error
        raise _broken(path) from error


# weights


def read_weights(path: Path, settings_objects: Sequence[str] = ()) -> dict[str, Any]:
    """What a .pth file holds: tensors, numbers and names, on the CPU, mapped where possible.

    Args:
        path: the file.
        settings_objects: full names of classes that may lie in it; they come back empty.

    Raises:
        Refused: it holds more than data, that is instructions to run something.
        TrainingFailed: it cannot be read.
    """
    husks: list[Any] = [(_Husk, name) for name in settings_objects]
    try:
        with torch.serialization.safe_globals(husks):
            held = torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except MemoryError as error:
        raise _out_of_memory(error) from error
    except Exception as error:
        # torch unpickles by a list of harmless types; its error says which other one it met.
        if "Unsupported" in str(error) or "GLOBAL" in str(error):
            raise Refused(
                f"{path.name} holds code, not only weights",
                hint="do not use this file; get the teacher from its maker",
            ) from error
        raise _broken(path) from error
    if not isinstance(held, dict):
        raise _broken(path)
    return held


def part_of(held: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    """A dictionary inside a checkpoint, such as its "model".

    Raises:
        TrainingFailed: it is not there.
    """
    part = held.get(key)
    if not isinstance(part, dict):
        raise _broken(path)
    return part


# computing


def choose_device(device: Device) -> Device:
    """auto is CUDA where there is one, and the CPU elsewhere: Apple's GPU was not tried.

    Raises:
        UsageError: torch does not know the name, or has no such device here.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(device).type
    except RuntimeError as error:
        raise UsageError(f"no device {device!r}", hint="auto, cpu or cuda") from error
    if kind not in ("cpu", "cuda") or (kind == "cuda" and not torch.cuda.is_available()):
        raise UsageError(f"no device {device!r} here", hint="auto or cpu")
    return device


def seed_of(seed: int, *parts: str | FloatArray) -> int:
    """A seed for one computation by what goes into it, so that going on changes nothing."""
    digest = hashlib.blake2b(str(seed).encode(), digest_size=7)
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part.tobytes())
        digest.update(b"\0")
    return int.from_bytes(digest.digest())


@contextlib.contextmanager
def computing(seed: int, device: Device) -> Iterator[None]:
    """Without gradients, with a random state of its own, and with errors of memory as ours.

    Raises:
        OutOfMemory: an allocation failed.
    """
    devices = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.inference_mode():
        torch.manual_seed(seed)
        try:
            yield
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise _out_of_memory(error) from error
        except RuntimeError as error:
            if _ran_out(error):
                raise _out_of_memory(error) from error
            raise


def _ran_out(error: BaseException) -> bool:
    said = str(error)
    return "not enough memory" in said or "allocate memory" in said or "out of memory" in said


def _out_of_memory(error: BaseException) -> OutOfMemory:
    return OutOfMemory(
        "the teacher ran out of memory",
        hint="close other programs, use fewer items at a time, or a smaller teacher",
    )

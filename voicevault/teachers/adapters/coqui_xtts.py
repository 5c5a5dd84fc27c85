# SPDX-License-Identifier: GPL-3.0-or-later
"""XTTS-v2: speaks any text in the voice of a few recordings, under a licence of its own.

The network is called below coqui-tts's own conveniences: those keep the cloned voice in a file of
the person's data folder, split long texts with a library that is not there, and put a checkpoint
that came with its settings back on the disk in another form.
"""

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from voicevault.errors import MissingExtra, Refused, UsageError
from voicevault.teachers.adapters import coqui, coqui_sound
from voicevault.teachers.adapters.memory import Probe, available_bytes
from voicevault.teachers.protocols import FloatArray, OpenedTeacher, Recording, TeacherCard

LICENCE = "CPML"
MIN_REFERENCE_S = 1.0
_HEARS_HZ = 22050
# What the makers' checkpoint holds beside weights, under the names of old and new versions.
_SETTINGS_OBJECTS = (
    *(f"TTS.tts.models.xtts.{name}" for name in ("XttsArgs", "XttsAudioConfig")),
    *(f"TTS.tts.configs.xtts_config.Xtts{name}" for name in ("Args", "AudioConfig", "Config")),
    "TTS.config.shared_configs.BaseDatasetConfig",
)
_SENTENCE_END = re.compile(r"(?<=[.!?。！？।؟])\s+")


class XttsTeacher:
    """A loaded XTTS-v2. It knows nobody: each call says whose voice it is."""

    batch_size = 1
    """Items for one call that are faster together than one by one: none."""

    def __init__(
        self,
        opened: OpenedTeacher,
        *,
        language: str = "en",
        device: coqui.Device = "auto",
        seed: int = 0,
        probe: Probe = available_bytes,
    ) -> None:
        """Load the network.

        Args:
            opened: the teacher's folder, its licence accepted.
            language: of the texts, as XTTS names it.
            device: auto, cpu or cuda.
            seed: the same text, recordings and seed make the same speech on the same machine.
            probe: tells the memory that there is.

        Raises:
            Refused: the folder lacks a file, holds code, or its card misstates the licence.
            OutOfMemory: it does not fit; told before anything is loaded.
            TrainingFailed: a file is broken.
            UsageError: a language that this XTTS does not speak.
            MissingExtra: coqui-tts is not installed.
        """
        coqui.require_kind(opened, "tts")
        _require_licence(opened.card)
        config, weights, vocabulary = (
            coqui.teacher_file(opened, name) for name in ("config.json", "model.pth", "vocab.json")
        )
        coqui.require_room(opened, [weights], device, probe)
        self.card = opened.card
        self.language = language
        self._seed = seed
        self._device = coqui.choose_device(device)
        self._model = _load(config, weights, vocabulary).to(self._device)
        self._voice: tuple[int, tuple[Any, Any]] | None = None
        spoken = [str(one) for one in self._model.config.languages]
        if language not in spoken:
            raise UsageError(
                f"{self.card.name} does not speak {language!r}", hint=f"it speaks {spoken}"
            )

    def synthesise(self, text: str, reference: Sequence[Recording]) -> Recording:
        """Say a text in the voice of these recordings.

        Raises:
            UsageError: nothing to say, or no recordings.
            BadAudio: recordings that are too short or silent, or no sound came out.
            OutOfMemory: it does not fit.
        """
        pieces = split_text(text, self._most_letters())
        voices = coqui_sound.references_at_rate(reference, _HEARS_HZ, MIN_REFERENCE_S)
        who = coqui.seed_of(self._seed, *voices)
        with coqui.computing(coqui.seed_of(who, text), self._device):
            latents, embedding = self._listen(who, voices)
            spoken = [self._say(piece, latents, embedding) for piece in pieces]
        made = torch.cat([torch.as_tensor(one).reshape(-1) for one in spoken])
        return coqui_sound.sounding(made.numpy(), int(self._model.args.output_sample_rate), text)

    def synthesise_all(
        self, texts: Sequence[str], reference: Sequence[Recording]
    ) -> list[Recording]:
        """Several texts, one by one: the network speaks a single text at a time."""
        return [self.synthesise(text, reference) for text in texts]

    def _listen(self, who: int, voices: Sequence[FloatArray]) -> tuple[Any, Any]:
        """What the network keeps of a voice; the last one is remembered, in memory alone."""
        if self._voice is None or self._voice[0] != who:
            config = self._model.config
            most = int(config.max_ref_len) * _HEARS_HZ
            heard = [torch.from_numpy(one[:most].copy())[None] for one in voices]  # [1, S] each
            latents = self._model.get_gpt_cond_latents(
                torch.cat(heard, dim=1),
                _HEARS_HZ,
                length=int(config.gpt_cond_len),
                chunk_length=int(config.gpt_cond_chunk_len),
            )
            embeddings = [self._model.get_speaker_embedding(one, _HEARS_HZ) for one in heard]
            self._voice = (who, (latents, torch.stack(embeddings).mean(dim=0)))
        return self._voice[1]

    def _say(self, piece: str, latents: Any, embedding: Any) -> FloatArray:
        config = self._model.config
        wanted = ("temperature", "length_penalty", "repetition_penalty", "top_k", "top_p")
        try:
            wav: FloatArray = self._model.inference(
                piece,
                self.language,
                latents,
                embedding,
                **{name: config[name] for name in wanted},
            )["wav"]
        except ImportError as error:
            raise MissingExtra(
                f"texts in {self.language} need {error.name or error}",
                hint=f"pip install 'coqui-tts[{self.language.partition('-')[0]}]'",
            ) from error
        except AssertionError as error:
            raise UsageError("a sentence has more tokens than XTTS takes") from error
        return wav

    def _most_letters(self) -> int:
        """Longer pieces are cut off by the network, and coqui-tts logs their text."""
        limits = self._model.tokenizer.char_limits
        return int(limits.get(self.language.partition("-")[0], min(limits.values())))


def split_text(text: str, most: int) -> list[str]:
    """Pieces of at most ``most`` characters, cut at ends of sentences where that is possible.

    Raises:
        UsageError: there is nothing to say.
    """
    if not any(letter.isalnum() for letter in text):
        raise UsageError("a text without letters", hint="leave it out")
    pieces: list[str] = []
    for sentence in _SENTENCE_END.split(text.strip()):
        if pieces and len(pieces[-1]) + 1 + len(sentence) <= most:
            pieces[-1] += f" {sentence}"
        else:
            pieces += textwrap.wrap(sentence, most, break_on_hyphens=False)
    return [one for one in pieces if any(letter.isalnum() for letter in one)]


def _require_licence(card: TeacherCard) -> None:
    """XTTS has no other licence: a card that says so was not made by accepting it."""
    if card.commercial or not card.licence.startswith(LICENCE):
        said = f"{card.licence}, commercial use {'allowed' if card.commercial else 'not allowed'}"
        raise Refused(
            f"{card.name}: XTTS is under the {LICENCE}, which forbids commercial use; "
            f"its card says {said}",
            hint="add the teacher again and accept its licence",
        )


def _load(config_path: Path, weights_path: Path, vocabulary_path: Path) -> Any:
    xtts = coqui.import_coqui("TTS.tts.models.xtts")
    held = coqui.read_weights(weights_path, _SETTINGS_OBJECTS)
    weights = coqui.part_of(held, "model", weights_path)
    with coqui.building(config_path):
        config = coqui.import_coqui("TTS.tts.configs.xtts_config").XttsConfig()
        config.from_dict(coqui.read_settings(config_path))
        model = xtts.Xtts(config)
    # Its own reader would look elsewhere for what is missing, and may write the file anew.
    model._load_checkpoint = lambda _path: weights
    with coqui.building(weights_path):
        model.load_checkpoint(
            config,
            checkpoint_path=str(weights_path),
            vocab_path=str(vocabulary_path),
            speaker_file_path="",  # none: made-up speakers, in one more pickle
            eval=True,
        )
    del model._load_checkpoint  # it holds the mapped file
    return model

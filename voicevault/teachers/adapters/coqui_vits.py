# SPDX-License-Identifier: GPL-3.0-or-later
"""VITS with many built-in speakers, such as VCTK's: speech of others for a voice converter.

It clones nobody. Its texts become phonemes by the espeak-ng inside piper-tts, in this process:
coqui-tts would put each text into a temporary file and start a program to read it.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from voicevault.errors import Refused, TrainingFailed, UsageError
from voicevault.teachers.adapters import coqui, coqui_sound
from voicevault.teachers.adapters.memory import Probe, available_bytes
from voicevault.teachers.protocols import OpenedTeacher, Recording
from voicevault.text import frontend

# A config names classes by their path, and coqui-tts imports what it names.
_ALPHABETS = frozenset(
    {
        "TTS.tts.models.vits.VitsCharacters",
        "TTS.tts.utils.text.characters.Graphemes",
        "TTS.tts.utils.text.characters.IPAPhonemes",
    }
)
_WEIGHTS = ("model_file.pth", "model.pth", "model_file.pth.tar")
# coqui-tts's names of voices that espeak-ng inside piper-tts knows by others.
_VOICES = {"en": "en-us", "en-gb": "en-gb-x-rp", "zh-cn": "cmn"}


class VitsTeacher:
    """A loaded VITS that speaks as one of its own speakers."""

    batch_size = 8

    def __init__(
        self,
        opened: OpenedTeacher,
        *,
        speaker: str = "",
        device: coqui.Device = "auto",
        seed: int = 0,
        probe: Probe = available_bytes,
    ) -> None:
        """Load the network.

        Args:
            opened: the teacher's folder.
            speaker: one of ``speakers``; the first where none is named.
            device: auto, cpu or cuda.
            seed: the same texts and seed make the same speech on the same machine.
            probe: tells the memory that there is.

        Raises:
            Refused: the folder lacks a file, holds code, or needs a speaker encoder.
            OutOfMemory: it does not fit; told before anything is loaded.
            TrainingFailed: a file is broken.
            UsageError: no such speaker, or a phonemiser that is not espeak-ng.
            MissingExtra: coqui-tts is not installed.
        """
        coqui.require_kind(opened, "tts")
        config = coqui.teacher_file(opened, "config.json")
        weights = coqui.teacher_file(opened, *_WEIGHTS)
        settings = coqui.read_settings(config)
        _refuse_surprises(settings, opened)
        ids = _speaker_ids(settings, opened, config)
        coqui.require_room(opened, [weights], device, probe)
        self.card = opened.card
        self.speakers: tuple[str, ...] = tuple(ids)
        self.speaker = _one_of(self.speakers, speaker, self.card.name)
        self._seed = seed
        self._device = coqui.choose_device(device)
        self._model = _load(settings, tuple(ids), config, weights).to(self._device)
        self._number = ids.get(self.speaker)

    def synthesise(self, text: str, reference: Sequence[Recording] = ()) -> Recording:
        """Say a text as the built-in speaker.

        Raises:
            UsageError: nothing to say, or recordings of a voice that this teacher cannot take.
            BadAudio: no sound came out.
            OutOfMemory: it does not fit.
        """
        return self.synthesise_all([text], reference)[0]

    def synthesise_all(
        self, texts: Sequence[str], reference: Sequence[Recording] = ()
    ) -> list[Recording]:
        """Say several texts together. Raises as ``synthesise``."""
        if reference:
            raise UsageError(
                f"{self.card.name} speaks as one of its own speakers, not as another person",
                hint="give no recordings here, and let a voice converter change its speech",
            )
        ids = [self._ids(text) for text in texts]
        lengths = torch.tensor([len(one) for one in ids], device=self._device)
        padded = torch.zeros(len(ids), max(map(len, ids)), dtype=torch.long)
        for row, one in enumerate(ids):
            padded[row, : len(one)] = torch.tensor(one)
        with coqui.computing(coqui.seed_of(self._seed, self.speaker, *texts), self._device):
            made = self._model.inference(padded.to(self._device), self._conditions(lengths))
        waves = made["model_outputs"].cpu()  # [B, 1, S]
        frames = made["y_mask"].sum(dim=(1, 2)).long()
        per_frame = waves.shape[-1] // made["y_mask"].shape[-1]
        rate_hz = int(self._model.config.audio.sample_rate)
        return [
            coqui_sound.sounding(wave[0, : int(count) * per_frame].numpy(), rate_hz, text)
            for wave, count, text in zip(waves, frames, texts, strict=True)
        ]

    def _conditions(self, lengths: torch.Tensor) -> dict[str, Any]:
        speakers = None
        if self._number is not None:
            speakers = torch.full_like(lengths, self._number)
        return {
            "x_lengths": lengths,
            "speaker_ids": speakers,
            "d_vectors": None,
            "language_ids": None,
            "durations": None,
        }

    def _ids(self, text: str) -> list[int]:
        found: list[int] = []
        if any(letter.isalnum() for letter in text):
            found = self._model.tokenizer.text_to_ids(text, language=None)
        if not found:
            raise UsageError("a text without anything to say", hint="leave it out")
        return found


def espeak_phonemes(text: str, voice: str) -> str:
    """The phonemes of a piece of text as espeak-ng writes them: words with blanks between them.

    Punctuation at the end is left out: coqui-tts cut it off before and puts it back.

    Raises:
        UsageError: espeak-ng does not know the voice.
    """
    sentences = frontend.phonemise(text, voice)
    words = " ".join("".join(one) for one in sentences).split()
    kept = [word.strip(".,:;?!") for word in words]
    # The runtimes take letters and marks apart; the alphabets of VITS have them as one.
    return unicodedata.normalize("NFC", " ".join(word for word in kept if word))


def _refuse_surprises(settings: Mapping[str, Any], opened: OpenedTeacher) -> None:
    """What would make coqui-tts import, run or fetch something.

    Raises:
        Refused: it is another network, or one that needs more than its own files.
        UsageError: its texts are prepared by something other than espeak-ng.
    """
    name, args = opened.card.name, settings.get("model_args") or {}
    if settings.get("model") != "vits":
        raise Refused(f"{name} is a {settings.get('model')!r}, not a VITS")
    if args.get("use_d_vector_file") or settings.get("use_d_vector_file"):
        raise Refused(f"{name} needs a speaker encoder, which is not one of its files")
    if args.get("use_language_embedding"):
        raise Refused(f"{name} speaks several languages; only VITS of one language are tried")
    alphabet = (settings.get("characters") or {}).get("characters_class")
    if alphabet and alphabet not in _ALPHABETS:
        raise Refused(f"{name} asks for a class {alphabet!r} that is none of coqui-tts's alphabets")
    if settings.get("use_phonemes") and settings.get("phonemizer") not in (None, "", "espeak"):
        raise UsageError(f"{name} needs the phonemiser {settings['phonemizer']!r}; espeak is here")


def _speaker_ids(
    settings: Mapping[str, Any], opened: OpenedTeacher, config: Path
) -> dict[str, int]:
    """Names of speakers and their rows, in the order of the rows; empty for a single speaker.

    Raises:
        TrainingFailed: the list does not number them 0, 1, 2...
    """
    args = settings.get("model_args") or {}
    if not (args.get("use_speaker_embedding") or settings.get("use_speaker_embedding")):
        return {}
    listed = settings.get("speakers")
    if listed:
        ids: dict[str, Any] = {str(name): row for row, name in enumerate(listed)}
    else:
        path = coqui.teacher_file(opened, "speaker_ids.json", "speakers.pth")
        ids = coqui.read_settings(path) if path.suffix == ".json" else coqui.read_weights(path)
    rows = sorted(ids.items(), key=lambda one: str(one[1]).zfill(9))
    if [row for _, row in rows] != list(range(len(rows))) or not rows:
        raise TrainingFailed(
            f"{opened.card.name} numbers its speakers in a way that is not 0, 1, 2, ...",
            hint="fetch or copy the teacher again",
        )
    return {str(name): int(row) for name, row in rows}


def _one_of(speakers: Sequence[str], wanted: str, teacher: str) -> str:
    if not wanted:
        return speakers[0] if speakers else ""
    if wanted not in speakers:
        some = ", ".join(name.strip() for name in speakers[:8]) or "only one, without a name"
        raise UsageError(
            f"{teacher} has no speaker {wanted!r}",
            hint=f"it has {some}{' and more' if len(speakers) > 8 else ''}",
        )
    return wanted


def _load(
    settings: dict[str, Any], speakers: tuple[str, ...], config_path: Path, weights_path: Path
) -> Any:
    vits = coqui.import_coqui("TTS.tts.models.vits")
    held = coqui.read_weights(weights_path)
    weights = coqui.part_of(held, "model", weights_path)
    voice = str(settings.get("phoneme_language") or "en-us")
    speaks_phonemes = bool(settings.get("use_phonemes"))
    plain = {key: value for key, value in settings.items() if key != "speakers"}
    with coqui.building(config_path):
        config = coqui.import_coqui("TTS.tts.configs.vits_config").VitsConfig()
        config.from_dict({**plain, "use_phonemes": False, "phonemizer": None})
        config.speakers = list(speakers)
        config.model_args.init_discriminator = False  # it judges speech in training only
        # What would turn files into spectrograms is not needed, and loads librosa's compiled parts.
        with coqui.replaced(coqui.import_coqui("TTS.tts.models.base_tts"), AudioProcessor=_nothing):
            model = vits.Vits(config)
    if speaks_phonemes:
        model.tokenizer.phonemizer = _phonemiser(_VOICES.get(voice, voice))
        model.tokenizer.use_phonemes = True
    needed = {
        key: value
        for key, value in weights.items()
        if not key.startswith("disc.") and "speaker_encoder" not in key
    }
    with coqui.building(weights_path):
        model.load_state_dict(needed, strict=True)
    return model.eval()


def _nothing(_config: Any) -> None:
    """Stands where coqui-tts would build its AudioProcessor."""


def _phonemiser(voice: str) -> Any:
    """espeak-ng in this process, under the interface that coqui-tts's tokenizer calls."""
    frontend.phonemise("a", voice)  # so that an unknown voice is told now
    base = coqui.import_coqui("TTS.tts.utils.text.phonemizers.base").BasePhonemizer
    members = {
        "name": staticmethod(lambda: "espeak"),
        "is_available": classmethod(lambda _cls: True),
        "supported_languages": staticmethod(lambda: {voice: voice}),
        "version": lambda _self: "inside piper-tts",
        "_phonemize": lambda _self, text, _separator: espeak_phonemes(text, voice),
    }
    return type("InProcess", (base,), members)(voice, keep_puncs=True)

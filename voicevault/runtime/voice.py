# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice that speaks: onnxruntime and the text front end, nothing else."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voicevault.errors import UsageError, VoiceVaultError
from voicevault.runtime import pitch, spans, voice_config
from voicevault.runtime.clauses import Joiner, Samples, pieces, sounds
from voicevault.runtime.spans import Clause
from voicevault.runtime.voice_config import VoiceConfig
from voicevault.text.breaths import with_breaths
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import BOS, EOS, PAD

if TYPE_CHECKING:
    import onnxruntime as ort

SPEEDS = (0.25, 4.0)
_INPUTS = {"input": "tensor(int64)", "input_lengths": "tensor(int64)", "scales": "tensor(float)"}
_RANDOM = (b"RandomNormal", b"RandomUniform", b"Bernoulli", b"Multinomial")
_PREFIX = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")
_FIRST_SEED = 0
_log = logging.getLogger(__name__)


class Voice:
    """One exported voice: VoiceVault's own or any Piper voice.

    It speaks text; it does not play sound, write files or know the vault. Not for use from two
    threads at once (espeak-ng keeps one state a process).
    """

    def __init__(
        self,
        session: ort.InferenceSession,
        model: bytes,
        config: VoiceConfig,
        name: str,
        threads: int,
    ) -> None:
        """Use :meth:`load`."""
        self.config = config
        self.name = name
        self.rate_hz = config.sample_rate_hz
        self._threads = threads
        self._random = any(word in model for word in _RANDOM)
        self._model = model if self._random else b""  # kept only where a seed needs a new session
        self._session = session
        self._fresh_seed: int | None = _FIRST_SEED
        self._inputs = _checked_inputs(session, name)

    @classmethod
    def load(
        cls,
        source: str | Path | bytes,
        config: Mapping[str, Any] | str | Path | None = None,
        *,
        threads: int = 1,
    ) -> Voice:
        """Loads a voice.

        Args:
            source: path of the ONNX file, or its bytes (a voice straight out of the vault).
            config: parsed JSON or its path; by default the file ``source + ".json"``, or for an
                own voice given as bytes the metadata inside it.
            threads: of one operator; 1 is as fast for small voices and leaves the machine alone,
                0 lets onnxruntime choose.

        Raises:
            VoiceVaultError: no such file, not an ONNX file, not a voice, settings missing or bad.
        """
        if not 0 <= threads <= 256:
            raise UsageError(f"threads is {threads}; 0 (choose) to 256 are possible")
        name = "the voice" if isinstance(source, bytes) else Path(source).name
        model = source if isinstance(source, bytes) else _read(Path(source))
        session = _session(model, name, threads, seed=_FIRST_SEED)
        if isinstance(config, Mapping):
            settings = voice_config.from_dict(config, f"{name}.json")
        elif config is not None:
            settings = voice_config.from_bytes(_read(Path(config)), Path(config).name)
        else:
            beside = None if isinstance(source, bytes) else Path(f"{source}.json")
            if beside is not None and beside.is_file():
                settings = voice_config.from_bytes(_read(beside), beside.name)
            else:
                settings = voice_config.from_metadata(_metadata(session), name)
        return cls(session, model, settings, name, threads)

    @property
    def metadata(self) -> dict[str, str]:
        """What the ONNX file says of itself (``vv_*``: from which run and base it came)."""
        return _metadata(self._session)

    def speak(
        self,
        text: str,
        *,
        speed: float = 1.0,
        seed: int | None = None,
        speaker: int | None = None,
        noise_scale: float | None = None,
        noise_w: float | None = None,
        pitch_semitones: float = 0.0,
    ) -> Samples:
        """Speaks a text, sentence by sentence, as every Piper host does.

        Args:
            text: any text of the voice's language.
            speed: 2.0 is twice as fast; 0.25 to 4.
            seed: the same seed gives the same samples on one machine, at the price of a new session
                (a quarter of a second) for voices with random nodes. None goes on from the last
                call, which began with seed 0 at :meth:`load`: a program that speaks one text gives
                the same samples each time it runs.
            speaker: of a voice with several.
            noise_scale: variation of the sound, by default what the voice's settings say.
            noise_w: variation of the durations, likewise.
            pitch_semitones: higher or lower, -6 to +6, as long as before. Formants move along,
                so it sounds like another throat too; why, says :mod:`voicevault.runtime.pitch`.

        Returns:
            float32 [S] at ``rate_hz``, peak at most -1 dBFS.
        """
        times = pitch.factor(pitch_semitones)
        scales = self._scales(speed, noise_scale, noise_w)
        chunks = self._run(text, scales, speed, seed, speaker, times, by_clause=False)
        return np.concatenate([*chunks, np.zeros(0, dtype=np.float32)])

    def stream(
        self,
        text: str,
        *,
        speed: float = 1.0,
        seed: int | None = None,
        speaker: int | None = None,
        noise_scale: float | None = None,
        noise_w: float | None = None,
        pitch_semitones: float = 0.0,
    ) -> Iterator[Samples]:
        """Like :meth:`speak`, one chunk a clause: the first sound comes after the first clause."""
        times = pitch.factor(pitch_semitones)
        scales = self._scales(speed, noise_scale, noise_w)
        return self._run(text, scales, speed, seed, speaker, times, by_clause=True)

    def narrate(
        self, text: str, *, speed: float = 1.0, pitch_semitones: float = 0.0
    ) -> Iterator[Clause]:
        """Like :meth:`stream`, with the words of the text in each chunk and when they are heard.

        Chunks join as those of :meth:`stream`; the words' times are near, not exact (`spans`).
        """
        chunks = self.stream(text, speed=speed, pitch_semitones=pitch_semitones)
        parts = pieces(self.sentences(text), by_clause=True)
        words = spans.weigh(text, self._sounds, breaths=self.config.espeak_voice.startswith("en"))
        said = spans.share(words, [sounds(part.phonemes) for part in parts])
        for number, (part, own) in enumerate(zip(parts, said, strict=True)):
            samples = next(chunks)
            pause = "" if number == len(parts) - 1 else part.pause
            length_s = len(samples) / self.rate_hz
            yield Clause(samples, spans.timed(own, length_s, pause, speed))
        yield from (Clause(rest, ()) for rest in chunks)

    def sentences(self, text: str) -> list[list[str]]:
        """The phonemes that :meth:`speak` will say, one list a sentence."""
        if self.config.phoneme_type == "text":
            return [list(unicodedata.normalize("NFD", text))] if text.strip() else []
        if self.config.espeak_voice.startswith("en"):
            text = with_breaths(text)
        return phonemise(text, self.config.espeak_voice)

    def ids(self, phonemes: Sequence[str]) -> list[int]:
        """Phoneme ids as a Piper host feeds them; symbols that the voice lacks are left out."""
        id_map = self.config.id_map
        pad = id_map[PAD]
        out = [*id_map[BOS], *pad]
        unknown: set[str] = set()
        for symbol in _clustered(phonemes, self.config.clusters):
            if symbol in id_map:
                out += [*id_map[symbol], *pad]
            else:
                unknown.add(symbol)
        if len(out) == len(id_map[BOS]) + len(pad):
            raise VoiceVaultError(
                f"{self.name} knows none of the symbols {' '.join(sorted(unknown))!r}",
                hint="the voice is for another language or was made with another symbol table",
            )
        if unknown:
            _log.warning("%s lacks the symbols %s", self.name, " ".join(sorted(unknown)))
        return [*out, *id_map[EOS]]

    def say_ids(
        self, ids: Sequence[int], scales: tuple[float, float, float], speaker: int | None = None
    ) -> Samples:
        """Raw audio of one id sequence, neither limited nor joined. float32 [S]."""
        feed: dict[str, NDArray[Any]] = {
            "input": np.array([ids], dtype=np.int64),  # [1, N]
            "input_lengths": np.array([len(ids)], dtype=np.int64),
            "scales": np.array(scales, dtype=np.float32),
        }
        if "sid" in self._inputs:
            feed["sid"] = np.array([self._speaker(speaker)], dtype=np.int64)
        self._fresh_seed = None
        try:
            audio = self._session.run([self._session.get_outputs()[0].name], feed)[0]
        except Exception as error:  # onnxruntime's errors share no base class of their own
            raise VoiceVaultError(
                f"{self.name} could not speak {len(ids)} ids: {_first_line(error)}",
                hint="verify the file (voicevault verify) or export the voice again",
            ) from error
        flat = np.asarray(audio, dtype=np.float32).reshape(-1)
        if not np.all(np.isfinite(flat)):
            bad = int(np.count_nonzero(~np.isfinite(flat)))
            raise VoiceVaultError(
                f"{self.name} gave {bad} of {flat.size} samples that are not numbers",
                hint="the voice file is damaged or its training diverged; export another run",
            )
        return flat

    def _sounds(self, word: str) -> int:
        return sum(sounds(one) for one in self.sentences(word))

    def _run(
        self,
        text: str,
        scales: tuple[float, float, float],
        speed: float,
        seed: int | None,
        speaker: int | None,
        times_as_high: float,
        *,
        by_clause: bool,
    ) -> Iterator[Samples]:
        parts = pieces(self.sentences(text), by_clause=by_clause)
        if self.config.phoneme_type != "text" and not parts:
            raise UsageError("there is nothing to say in the text", hint="give at least one word")
        self._seed(seed)
        joiner = Joiner(self.rate_hz, speed)
        noise, length, width = scales
        for number, part in enumerate(parts):
            longer = noise, length * times_as_high, width
            audio = self.say_ids(self.ids(part.phonemes), longer, speaker)
            audio = pitch.played_at(audio, self.rate_hz, times_as_high)
            yield joiner.add(audio, part.pause, last=number == len(parts) - 1)

    def _scales(
        self, speed: float, noise_scale: float | None, noise_w: float | None
    ) -> tuple[float, float, float]:
        if not SPEEDS[0] <= speed <= SPEEDS[1]:  # also false for NaN
            raise UsageError(
                f"speed is {speed}; {SPEEDS[0]} to {SPEEDS[1]} is possible",
                hint="1 is the usual pace, 2 twice as fast",
            )
        noise = self.config.noise_scale if noise_scale is None else noise_scale
        width = self.config.noise_w if noise_w is None else noise_w
        return noise, self.config.length_scale / speed, width

    def _speaker(self, speaker: int | None) -> int:
        number = self.config.default_speaker if speaker is None else speaker
        if not 0 <= number < max(1, self.config.num_speakers):
            last = max(1, self.config.num_speakers) - 1
            raise UsageError(f"speaker is {number}; {self.name} has 0 to {last}")
        return number

    def _seed(self, seed: int | None) -> None:
        # onnxruntime's random nodes take their seed when a session is made and then run on, so a
        # chosen seed needs a fresh session. Graphs without random nodes never pay for it.
        if seed is None or not self._random or seed == self._fresh_seed:
            return
        self._session = _session(self._model, self.name, self._threads, seed=seed)
        self._fresh_seed = seed


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise VoiceVaultError(
            f"{path} cannot be read: {why}", hint="give the path of a NAME.onnx file"
        ) from error


def _session(model: bytes, name: str, threads: int, *, seed: int) -> ort.InferenceSession:
    import onnxruntime as ort  # 20 MB that the app does without until something is spoken

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors come as exceptions; nothing is printed twice
    ort.set_seed(seed)
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class of their own
        raise VoiceVaultError(
            f"{name} is not an ONNX file that onnxruntime can load: {_first_line(error)}",
            hint="a voice is NAME.onnx with NAME.onnx.json beside it",
        ) from error


def _checked_inputs(session: ort.InferenceSession, name: str) -> frozenset[str]:
    found = {one.name: one.type for one in session.get_inputs()}
    wrong = [key for key, kind in _INPUTS.items() if found.get(key) != kind]
    extra = sorted(set(found) - set(_INPUTS) - {"sid"})
    outputs = session.get_outputs()
    if wrong or extra or not outputs or outputs[0].type != "tensor(float)":
        raise VoiceVaultError(
            f"{name} is an ONNX file but no voice: its inputs are {', '.join(sorted(found))}; "
            f"a voice has {', '.join(_INPUTS)}",
            hint="recognition models, vocoders and other networks cannot speak text",
        )
    return frozenset(found)


def _metadata(session: ort.InferenceSession) -> dict[str, str]:
    return dict(session.get_modelmeta().custom_metadata_map)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return _PREFIX.sub("", lines[0])[:200]


def _clustered(phonemes: Sequence[str], clusters: Sequence[str]) -> Iterator[str]:
    """Merges code points that some Piper voices treat as one vowel, longest first."""
    if not clusters:
        yield from phonemes
        return
    text, index = "".join(phonemes), 0
    while index < len(text):
        found = next((one for one in clusters if text.startswith(one, index)), text[index])
        yield found
        index += len(found)

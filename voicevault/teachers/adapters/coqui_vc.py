# SPDX-License-Identifier: GPL-3.0-or-later
"""Voice converters of coqui-tts: OpenVoice v2, FreeVC24 and kNN-VC, each from its own folder.

FreeVC and kNN-VC build on WavLM, which coqui-tts would fetch into the person's data folder when it
is not there. Here it is one of the teacher's files and read like the others; without it the folder
is refused.
"""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from voicevault.errors import UsageError
from voicevault.teachers.adapters import coqui, coqui_mel, coqui_sound, coqui_wavlm
from voicevault.teachers.adapters.memory import Probe, available_bytes
from voicevault.teachers.protocols import (
    FloatArray,
    OpenedTeacher,
    Recording,
    TeacherCard,
    VoiceConverter,
)

MIN_REFERENCE_S = 1.0
MIN_SPEECH_S = 0.2
WAVLM_HZ = 16_000
_WAVLM_HOP = 320
_WAVLM = "WavLM-Large.pt"
_FREEVC = ("model.pth", "model_file.pth", "freevc-24.pth")
_KNNVC = ("model.pth", "model_file.pth", "model_file.pth.tar", "prematch_g_02500000.pt")


class _Converter:
    """What the converters share: memory before loading, rates, one computation, the length."""

    batch_size = 1

    def __init__(
        self,
        opened: OpenedTeacher,
        *,
        device: coqui.Device = "auto",
        seed: int = 0,
        probe: Probe = available_bytes,
    ) -> None:
        """Load the network.

        Args:
            opened: the teacher's folder.
            device: auto, cpu or cuda.
            seed: the same speech, recordings and seed make the same speech on the same machine.
            probe: tells the memory that there is.

        Raises:
            Refused: the folder lacks a file, or one holds code.
            OutOfMemory: it does not fit; told before anything is loaded.
            TrainingFailed: a file is broken.
            MissingExtra: coqui-tts is not installed.
        """
        coqui.require_kind(opened, "vc")
        self.card: TeacherCard = opened.card
        self._files = self._find(opened)
        weights = [path for path in self._files.values() if path.suffix != ".json"]
        coqui.require_room(opened, weights, device, probe)
        self._seed = seed
        self._device = coqui.choose_device(device)
        self._hears_hz = WAVLM_HZ
        self._speaks_hz = WAVLM_HZ
        self._voice: tuple[int, Any] | None = None
        self._load()

    def convert(self, audio: Recording, reference: Sequence[Recording]) -> Recording:
        """The same words at the same times in the voice of the reference recordings.

        Raises:
            UsageError: no recordings of the voice.
            BadAudio: a recording that is too short, silent or broken.
            OutOfMemory: it does not fit.
        """
        voices = coqui_sound.references_at_rate(reference, self._hears_hz, MIN_REFERENCE_S)
        speech = coqui_sound.references_at_rate([audio], self._hears_hz, MIN_SPEECH_S)[0]
        who = coqui.seed_of(self._seed, *voices)
        with coqui.computing(coqui.seed_of(who, speech), self._device):
            if self._voice is None or self._voice[0] != who:
                self._voice = (who, self._listen([self._tensor(one) for one in voices]))
            made = self._change(self._tensor(speech), self._voice[1]).float().cpu().numpy()
        # Networks make whole frames; what they leave out at the end was the end's silence.
        want = round(len(audio.samples) * self._speaks_hz / audio.rate_hz)
        made = np.pad(made.reshape(-1)[:want], (0, max(0, want - made.size)))
        return coqui_sound.sounding(made, self._speaks_hz, audio.text)

    def convert_all(
        self, recordings: Sequence[Recording], reference: Sequence[Recording]
    ) -> list[Recording]:
        """Several recordings, one by one, into one voice."""
        return [self.convert(one, reference) for one in recordings]

    def _tensor(self, samples: FloatArray) -> torch.Tensor:
        return torch.from_numpy(samples.copy()).to(self._device)

    def _find(self, opened: OpenedTeacher) -> dict[str, Path]:
        raise NotImplementedError

    def _load(self) -> None:
        raise NotImplementedError

    def _listen(self, voices: Sequence[torch.Tensor]) -> Any:
        raise NotImplementedError

    def _change(self, speech: torch.Tensor, voice: Any) -> torch.Tensor:
        raise NotImplementedError


class OpenVoiceConverter(_Converter):
    """OpenVoice v1 and v2."""

    def _find(self, opened: OpenedTeacher) -> dict[str, Path]:
        names = {"config": "config.json", "weights": "checkpoint.pth"}
        return {role: coqui.teacher_file(opened, name) for role, name in names.items()}

    def _load(self) -> None:
        openvoice = coqui.import_coqui("TTS.vc.models.openvoice")
        settings = coqui.read_settings(self._files["config"])
        weights = coqui.read_weights(self._files["weights"])
        with coqui.building(self._files["config"]):
            config = coqui.import_coqui("TTS.vc.configs.openvoice_config").OpenVoiceConfig()
            sound = settings["data"]
            self._hears_hz = self._speaks_hz = int(sound["sampling_rate"])
            config.audio.from_dict(
                {
                    "input_sample_rate": self._hears_hz,
                    "output_sample_rate": self._speaks_hz,
                    "fft_size": sound["filter_length"],
                    "hop_length": sound["hop_length"],
                    "win_length": sound["win_length"],
                }
            )
            # coqui-tts keeps its own values and not the file's, which are others in v1.
            args = {key: value for key, value in settings["model"].items() if key in CONFIGURABLE}
            config.model_args.from_dict(args)
            self._model = openvoice.OpenVoice(config)
        with coqui.building(self._files["weights"]):
            self._model.load_state_dict(coqui.part_of(weights, "model", self._files["weights"]))
        self._model.eval().to(self._device)

    def _listen(self, voices: Sequence[torch.Tensor]) -> Any:
        return torch.stack([self._model.extract_se(one)[0] for one in voices]).mean(dim=0)

    def _change(self, speech: torch.Tensor, voice: Any) -> torch.Tensor:
        own, spectrogram = self._model.extract_se(speech)
        made = self._model.inference(spectrogram, {"g_src": own, "g_tgt": voice})
        wave: torch.Tensor = made["model_outputs"][0, 0]
        return wave


CONFIGURABLE = frozenset(
    {
        *("zero_g", "inter_channels", "hidden_channels", "filter_channels", "n_heads", "n_layers"),
        *("kernel_size", "p_dropout", "resblock", "resblock_kernel_sizes"),
        *("resblock_dilation_sizes", "upsample_rates", "upsample_initial_channel"),
        *("upsample_kernel_sizes", "n_layers_q", "use_spectral_norm", "gin_channels"),
    }
)
"""What OpenVoice's config.json may say of the network."""


class FreeVcConverter(_Converter):
    """FreeVC24: WavLM's features, and 24 kHz speech."""

    def _find(self, opened: OpenedTeacher) -> dict[str, Path]:
        found = {
            "wavlm": coqui.teacher_file(opened, _WAVLM),
            "config": coqui.teacher_file(opened, "config.json"),
            "weights": coqui.teacher_file(opened, *_FREEVC),
        }
        if (coqui.read_settings(found["config"]).get("model_args") or {}).get("use_spk"):
            found["speaker"] = coqui.teacher_file(opened, "speaker_encoder.pt")
        return found

    def _load(self) -> None:
        freevc = coqui.import_coqui("TTS.vc.models.freevc")
        wavlm = coqui_wavlm.read_wavlm(self._files["wavlm"])
        weights = coqui.read_weights(self._files["weights"])
        with coqui.building(self._files["config"]):
            config = coqui.import_coqui("TTS.vc.configs.freevc_config").FreeVCConfig()
            config.from_dict(coqui.read_settings(self._files["config"]))
            self._hears_hz = int(config.audio.input_sample_rate)
            self._speaks_hz = int(config.audio.output_sample_rate)
            with coqui_wavlm.instead_of_fetching(freevc, wavlm, self._files.get("speaker")):
                self._model = freevc.FreeVC(config)
        with coqui.building(self._files["weights"]):
            state = coqui.part_of(weights, "model", self._files["weights"])
            own = {
                key: value
                for key, value in state.items()
                if not key.startswith(("wavlm.", "enc_spk_ex."))
            }
            missing, strange = self._model.load_state_dict(own, strict=False)
            missing = [one for one in missing if not one.startswith(("wavlm.", "enc_spk_ex."))]
            if missing or strange:
                raise ValueError(f"{len(missing)} weights are missing, {len(strange)} unknown")
        self._model.eval().to(self._device)

    def _listen(self, voices: Sequence[torch.Tensor]) -> Any:
        return coqui_mel.voice_of(self._model, list(voices))

    def _change(self, speech: torch.Tensor, voice: Any) -> torch.Tensor:
        features = self._model.extract_wavlm_features(speech[None])
        wave: torch.Tensor = self._model.inference(features, g=voice)[0][0]
        return wave


class KnnVcConverter(_Converter):
    """kNN-VC: each frame of speech by the most similar frames of the voice, then a vocoder."""

    def _find(self, opened: OpenedTeacher) -> dict[str, Path]:
        return {
            "wavlm": coqui.teacher_file(opened, _WAVLM),
            "config": coqui.teacher_file(opened, "config.json"),
            "weights": coqui.teacher_file(opened, *_KNNVC),
        }

    def _load(self) -> None:
        knnvc = coqui.import_coqui("TTS.vc.models.knnvc")
        generator = coqui.import_coqui("TTS.vocoder.models.hifigan_generator").HifiganGenerator
        wavlm = coqui_wavlm.read_wavlm(self._files["wavlm"])
        held = coqui.read_weights(self._files["weights"])
        settings = coqui.read_settings(self._files["config"])
        with coqui.building(self._files["config"]):
            config = coqui.import_coqui("TTS.vc.configs.knnvc_config").KNNVCConfig()
            with coqui_wavlm.instead_of_fetching(knnvc, wavlm):
                self._model = knnvc.KNNVC(config)
            known = inspect.signature(generator).parameters
            asked = settings.get("generator_model_params") or {}
            args = {key: value for key, value in asked.items() if key in known}
            args.setdefault("in_channels", wavlm.cfg.encoder_embed_dim)
            self._vocoder = generator(**{**args, "out_channels": 1})
        with coqui.building(self._files["weights"]):
            role = "generator" if "generator" in held else "model"
            state = coqui.part_of(held, role, self._files["weights"])
            own = {
                key.removeprefix("model_g."): value
                for key, value in state.items()
                if not key.startswith("model_d.")
            }
            self._vocoder.load_state_dict(own)
        self._layer = min(int(config.wavlm_layer), int(wavlm.cfg.encoder_layers))
        config.wavlm_layer = self._layer
        self._model.eval().to(self._device)
        self._vocoder.eval().to(self._device)

    def _listen(self, voices: Sequence[torch.Tensor]) -> Any:
        """Frames of the voice. [N, D]"""
        return torch.cat([self._model.get_features(one) for one in voices])

    def _change(self, speech: torch.Tensor, voice: Any) -> torch.Tensor:
        frames = self._model.get_features(speech)  # [T, D]
        nearest = min(int(self._model.config.topk), len(voice))
        features = self._model.match(frames, voice, topk=nearest)  # [1, T, D]
        if not hasattr(self._vocoder, "lin_pre"):
            features = features.transpose(1, 2)
        wave: torch.Tensor = self._vocoder(features)[0, 0]
        return wave


def open_converter(
    opened: OpenedTeacher,
    *,
    device: coqui.Device = "auto",
    seed: int = 0,
    probe: Probe = available_bytes,
) -> VoiceConverter:
    """The converter that a folder holds. Raises as its constructor does.

    Raises:
        UsageError: none of these three.
    """
    settings = coqui.read_settings(coqui.teacher_file(opened, "config.json"))
    kinds: dict[str, type[_Converter]] = {
        "freevc": FreeVcConverter,
        "knnvc": KnnVcConverter,
        "hifigan": KnnVcConverter,
    }
    said = settings.get("model")
    if isinstance(said, dict) and "data" in settings:
        return OpenVoiceConverter(opened, device=device, seed=seed, probe=probe)
    kind = kinds.get(said if isinstance(said, str) else "")
    if kind is None:
        raise UsageError(f"{opened.card.name} is no voice converter that is known here")
    return kind(opened, device=device, seed=seed, probe=probe)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The TTS student: acoustic model and vocoder as one thing that speaks phoneme ids.

Shapes: T tokens, F frames, S samples, G speaker vector.
"""

import torch
from torch import Tensor, nn

from voicevault.students.acoustic import (
    LOG_F0_MEAN,
    LOG_F0_STD,
    AcousticConfig,
    AcousticModel,
    regulate,
)
from voicevault.students.blocks import fold_speaker
from voicevault.students.highband import HighBand
from voicevault.students.vocoder import Vocoder, VocoderConfig

PITCH_JITTER, DURATION_JITTER = 0.12, 0.08
"""What noise scales of 1.0 mean: standard deviations of normalised pitch and of log-duration."""


def f0_from(pitch: Tensor) -> Tensor:
    """Normalised log-F0 -> hertz, kept where the source is defined."""
    return torch.exp(pitch * LOG_F0_STD + LOG_F0_MEAN).clamp(50.0, 600.0)


class TtsStudent(nn.Module):
    """Phoneme ids in, waveform out; 3.9 M parameters once it is folded.

    ``duration_scale`` is the owner's pace against the predicted one, calibrated at the end of
    personalisation (a mean-squared-error predictor speaks too fast). ``level`` brings the output to
    about -1 dB peak, because sherpa-onnx plays it as it is.
    """

    duration_scale: Tensor
    level: Tensor

    def __init__(
        self, acoustic: AcousticConfig | None = None, vocoder: VocoderConfig | None = None
    ) -> None:
        super().__init__()
        self.acoustic = AcousticModel(acoustic)
        self.vocoder = Vocoder(vocoder)
        self.register_buffer("duration_scale", torch.ones(()))
        self.register_buffer("level", torch.full((), 4.0))

    @property
    def rate_hz(self) -> int:
        """Samples a second of what it says: 16 kHz, or 24 kHz of a full-band voice."""
        return self.vocoder.rate_hz

    @property
    def hop(self) -> int:
        """Samples of one frame of :meth:`durations`."""
        return self.vocoder.hop

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over the weights of a folded student, with its band above 8 kHz if it has one."""
        state = dict(state)
        state.setdefault("acoustic.contrast", self.acoustic.contrast)  # voices before it had none
        if any(name.startswith("vocoder.high.") for name in state):
            self.vocoder.high = HighBand()
        self.load_state_dict(state)

    def fold(self, speaker: Tensor) -> None:
        """Bake one speaker vector [G] in: from here on the student is one voice."""
        fold_speaker(self.acoustic, speaker)

    def set_pace(self, recorded: float, predicted: float) -> None:
        """Speak as long as the recordings: their frames against those predicted for their texts."""
        self.duration_scale.fill_(min(max(recorded / max(predicted, 1.0), 0.85), 1.3))

    def durations(self, ids: Tensor, log_duration: Tensor, length_scale: Tensor | float) -> Tensor:
        """Whole frames a token [1, T]; zero allowed, and forced for marks and modifiers."""
        frames = (torch.exp(log_duration) - 1.0) * self.duration_scale * length_scale
        frames = frames * (~self.acoustic.timeless[ids]).float()
        # Rounding by one Ceil: piper-tts finds that node and offers alignments.
        return torch.ceil(frames - 0.5).clamp(min=0.0)

    @torch.no_grad()
    def speak(
        self,
        ids: Tensor,
        *,
        speaker: Tensor | None = None,
        noise_scale: float | Tensor = 0.0,
        length_scale: float | Tensor = 1.0,
        noise_w: float | Tensor = 0.0,
    ) -> tuple[Tensor, Tensor]:
        """Framed ids [1, T] -> (waveform [S] before ``level``, durations [T]).

        ``speaker`` [1, G] for the unfolded base, None for a folded voice.
        """
        mel, pitch, voiced, durations = self.predict(
            ids,
            speaker=speaker,
            noise_scale=noise_scale,
            length_scale=length_scale,
            noise_w=noise_w,
        )
        return self.vocoder(mel, pitch, voiced, f0_from(pitch))[0], durations[0]

    def predict(
        self,
        ids: Tensor,
        *,
        speaker: Tensor | None = None,
        noise_scale: float | Tensor = 0.0,
        length_scale: float | Tensor = 1.0,
        noise_w: float | Tensor = 0.0,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Framed ids [1, T] -> mel [1, F, M], pitch [1, F], voiced [1, F] and durations [1, T]."""
        hidden, log_duration, pitch, energy = self.acoustic.encode(ids, None, speaker)
        log_duration = log_duration + torch.randn_like(log_duration) * (noise_w * DURATION_JITTER)
        pitch = pitch + torch.randn_like(pitch) * (noise_scale * PITCH_JITTER)
        energy = energy + torch.randn_like(energy) * (noise_scale * PITCH_JITTER)
        durations = self.durations(ids, log_duration, length_scale)
        token, position, _ = regulate(durations.long())
        mel, frame_pitch, voicing = self.acoustic.decode(
            hidden, pitch, energy, token, position, None, speaker
        )
        return mel, frame_pitch, (voicing > 0).float(), durations

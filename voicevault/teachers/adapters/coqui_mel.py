# SPDX-License-Identifier: GPL-3.0-or-later
"""The mel spectrograms that FreeVC asks librosa for, by torchaudio.

librosa compiles parts of itself by numba when they are imported, and puts the machine code into a
cache on disk, beside its own source or in the person's home. Same figures, to 1e-5 of their size.
"""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from voicevault.teachers.adapters import coqui
from voicevault.teachers.protocols import FloatArray
from voicevault.torchaudio_guard import torchaudio

_ENCODER_HZ = 16_000
_ENCODER = {"n_fft": 400, "hop_length": 160, "n_mels": 40}


def encoder_mel(wav: FloatArray) -> FloatArray:
    """Power mel as the speaker encoder was trained on. [S] at 16 kHz -> [frames, 40]"""
    transform = torchaudio.transforms.MelSpectrogram(
        sample_rate=_ENCODER_HZ,
        power=2.0,
        center=True,
        pad_mode="constant",
        norm="slaney",
        mel_scale="slaney",
        **_ENCODER,
    )
    mel = transform(torch.as_tensor(wav, dtype=torch.float32).cpu())  # [40, frames]
    return np.ascontiguousarray(mel.T.numpy())


def mel_filters(
    *, sr: int, n_fft: int, n_mels: int, fmin: float = 0.0, fmax: float | None = None
) -> FloatArray:
    """Slaney's triangles of equal area, under librosa's names. [n_mels, n_fft // 2 + 1]"""
    bank: torch.Tensor = torchaudio.functional.melscale_fbanks(
        n_freqs=n_fft // 2 + 1,
        f_min=float(fmin),
        f_max=float(fmax or sr / 2),
        n_mels=n_mels,
        sample_rate=sr,
        norm="slaney",
        mel_scale="slaney",
    )
    return np.ascontiguousarray(bank.T.numpy())


@contextlib.contextmanager
def instead_of_librosa() -> Iterator[None]:
    """While FreeVC listens to a voice, its mel spectrograms are made here."""
    encoder = coqui.import_coqui("TTS.vc.layers.freevc.speaker_encoder.audio")
    network = coqui.import_coqui("TTS.vc.layers.freevc.mel_processing")
    shim = SimpleNamespace(filters=SimpleNamespace(mel=mel_filters))
    with coqui.replaced(encoder, wav_to_mel_spectrogram=encoder_mel):
        with coqui.replaced(network, librosa=shim):
            yield


def voice_of(model: Any, voices: list[torch.Tensor]) -> torch.Tensor:
    """FreeVC's idea of whose voice it is: the mean over recordings. [1, D, 1]"""
    with instead_of_librosa():
        network = coqui.import_coqui("TTS.vc.layers.freevc.mel_processing")
        found = []
        for one in voices:
            heard = loud_part(one)
            if model.config.model_args.use_spk:
                embedding = model.enc_spk_ex.embed_utterance(heard.cpu().numpy())[None]  # [1, D]
            else:
                sound = model.config.audio
                mel = network.mel_spectrogram_torch(
                    heard[None],
                    sound.filter_length,
                    sound.n_mel_channels,
                    sound.input_sample_rate,
                    sound.hop_length,
                    sound.win_length,
                    sound.mel_fmin,
                    sound.mel_fmax,
                )
                embedding = model.enc_spk.embed_utterance(mel.transpose(1, 2))
            found.append(embedding.unsqueeze(-1))
    return torch.stack(found).mean(dim=0)


def loud_part(samples: torch.Tensor, below_db: float = 20.0, frame: int = 512) -> torch.Tensor:
    """Without the quiet beginning and end. [S]"""
    whole = len(samples) // frame * frame
    if not whole:
        return samples
    power = samples[:whole].reshape(-1, frame).pow(2).mean(dim=1)  # [frames]
    loud = torch.nonzero(power > power.max() * 10 ** (-below_db / 10)).reshape(-1)
    return samples[int(loud[0]) * frame : (int(loud[-1]) + 1) * frame] if len(loud) else samples

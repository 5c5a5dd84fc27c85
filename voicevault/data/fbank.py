# SPDX-License-Identifier: GPL-3.0-or-later
"""Kaldi's log-mel filter bank: the features of the recogniser, in every host the same.

The defaults are those of sherpa-onnx's offline recogniser: samples in [-1, 1], 25 ms every 10 ms,
edges mirrored, no dither, 80 bands from 20 Hz to 7600 Hz. The features of voices
(``data.features``) are others on purpose: two contracts with two different sets of programs.

Shapes: S samples, T frames.
"""

import importlib
from typing import Any

import numpy as np

from voicevault.data.features import FloatArray
from voicevault.errors import MissingExtra

RATE_HZ = 16_000
SHIFT = 160
"""Samples a frame: 10 ms."""
BANDS = 80
FLOOR = -15.942385
"""Natural log of the smallest energy, float32's epsilon: what digital silence becomes."""


def _engine() -> Any:
    try:
        return importlib.import_module("kaldi_native_fbank")
    except ImportError as error:
        raise MissingExtra(
            "recognition needs kaldi-native-fbank", hint="pip install kaldi-native-fbank"
        ) from error


def kaldi_fbank(samples: FloatArray) -> FloatArray:
    """Log-mel energies of a recording.

    Args:
        samples: [S] mono at 16 kHz in [-1, 1], as it is: no loudness or mean is taken out.

    Returns:
        [T, 80] float32 with T = (S + 80) // 160, natural log.

    Raises:
        ValueError: not one-dimensional, or values that are not finite.
        MissingExtra: kaldi-native-fbank is not installed.
    """
    if samples.ndim != 1:
        raise ValueError(f"one channel wanted, the samples have shape {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError("samples hold values that are not finite")
    count = (len(samples) + SHIFT // 2) // SHIFT
    if count == 0:
        return np.zeros((0, BANDS), np.float32)
    engine = _engine()
    options = engine.FbankOptions()
    options.frame_opts.samp_freq = RATE_HZ
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = BANDS
    options.mel_opts.high_freq = -400.0
    stream = engine.OnlineFbank(options)
    stream.accept_waveform(RATE_HZ, np.ascontiguousarray(samples, np.float32))
    stream.input_finished()
    out: FloatArray = np.stack([stream.get_frame(i) for i in range(stream.num_frames_ready)])
    return out[:count]

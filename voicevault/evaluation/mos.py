# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy for the mean opinion score: DNSMOS P.835 by onnxruntime, where its model is given.

DNSMOS (Reddy et al. 2022, arXiv 2110.01763) predicts how 100 listeners would rate signal,
background and the whole on a scale of 1 to 5. It was made for noise suppressors and over-rates
buzzy small vocoders, so it stands beside similarity and prosody, never alone. The model is not
shipped: its folder holds ``sig_bak_ovr.onnx`` and is named by the caller or by VOICEVAULT_DNSMOS.

Windows and the polynomials that map raw outputs to scores are those of ``dnsmos_local.py`` in
microsoft/DNS-Challenge (MIT), the non-personalised ones.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicevault.data.features import FloatArray, prepare
from voicevault.errors import MissingExtra

RATE_HZ = 16_000
FOLDER_VARIABLE = "VOICEVAULT_DNSMOS"
_FILE = "sig_bak_ovr.onnx"
_WINDOW = round(9.01 * RATE_HZ)
_SIGNAL = (-0.08397278, 1.22083953, 0.0052439)
_BACKGROUND = (-0.13166888, 1.60915514, -0.39604546)
_OVERALL = (-0.06766283, 1.11546468, 0.04602535)


@dataclass(frozen=True, slots=True)
class Mos:
    """Predicted opinion scores, 1 (bad) to 5 (excellent)."""

    signal: float
    background: float
    overall: float


def model_path(folder: str | Path | None = None) -> Path | None:
    """The model file in ``folder``, else in VOICEVAULT_DNSMOS; None when there is none."""
    where = folder if folder is not None else os.environ.get(FOLDER_VARIABLE)
    if not where:
        return None
    path = Path(where) / _FILE
    return path if path.is_file() else None


def unavailable(folder: str | Path | None = None) -> str:
    """Why there is no MOS proxy; empty when there is one."""
    if model_path(folder) is not None:
        return ""
    where = folder if folder is not None else os.environ.get(FOLDER_VARIABLE)
    if not where:
        return f"DNSMOS is not shipped; name its folder in {FOLDER_VARIABLE}"
    return f"no {_FILE} in the folder given for DNSMOS"


class MosProxy:
    """DNSMOS P.835 on one thread.

    Args:
        folder: where ``sig_bak_ovr.onnx`` is; VOICEVAULT_DNSMOS when None.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        path = model_path(folder)
        if path is None:
            raise MissingExtra(
                f"no MOS proxy: {unavailable(folder)}", hint=f"set {FOLDER_VARIABLE} to its folder"
            )
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def score(self, samples: FloatArray, rate_hz: int = RATE_HZ) -> Mos | None:
        """Scores of one utterance [S]; None for silence. Short ones are repeated to 9.01 s.

        Every utterance is brought to one level and one length of edge silence first
        (``features.prepare``): scores move by up to 0.3 with the level alone.
        """
        wave = np.asarray(samples, np.float32)
        if not len(wave) or not np.isfinite(wave).all():
            return None
        wave = prepare(wave, rate_hz)
        if not len(wave):
            return None
        while len(wave) < _WINDOW:  # doubling, as in the published script
            wave = np.append(wave, wave)
        hops = max(1, int(np.floor(len(wave) / RATE_HZ) - 9.01) + 1)
        starts = [hop * RATE_HZ for hop in range(hops)]
        windows = [wave[at : at + _WINDOW] for at in starts if at + _WINDOW <= len(wave)]
        raw = np.concatenate(
            [self._session.run(None, {self._input: one[None]})[0] for one in windows]
        )  # [N, 3]
        signal, background, overall = (
            float(np.polyval(curve, raw[:, column]).mean())
            for column, curve in enumerate((_SIGNAL, _BACKGROUND, _OVERALL))
        )
        return Mos(signal, background, overall)

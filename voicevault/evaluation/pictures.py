# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures for the report page, made without a plotting library.

matplotlib would write a font cache to the disk and weigh 30 MB; a spectrogram is an array and a
pitch curve is a line, so the first becomes a PNG by zlib and the second an SVG path.
"""

import base64
import struct
import zlib

import numpy as np
import numpy.typing as npt

from voicevault.data.features import HOP, RATE_HZ, FloatArray, log_mel
from voicevault.evaluation.prosody import PITCH_RANGE_HZ, Tune

Pixels = npt.NDArray[np.uint8]
_DYNAMIC_RANGE = 6.5
"""Natural-log units from the loudest bin to black: 56 dB."""

_STOPS = np.array(
    [(12, 8, 38), (66, 20, 105), (148, 38, 104), (221, 81, 58), (252, 165, 10), (252, 250, 190)],
    float,
)
"""Dark to bright, of even steps in lightness; readable in both colour schemes and in grey."""

WIDTH, HEIGHT = 640, 120
_GAP_FRAMES = 3
"""Unvoiced frames that break the pitch line."""


def png(pixels: Pixels) -> bytes:
    """[H, W, 3] bytes as a PNG file."""
    height, width, _ = pixels.shape

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
        + chunk(b"IEND", b"")
    )


def coloured(values: FloatArray) -> Pixels:
    """[H, W] in 0..1 -> [H, W, 3]."""
    place = np.clip(values, 0.0, 1.0) * (len(_STOPS) - 1)
    return np.stack(
        [np.interp(place, np.arange(len(_STOPS)), _STOPS[:, c]) for c in range(3)], axis=-1
    ).astype(np.uint8)


def spectrogram(wave: FloatArray) -> bytes:
    """PNG of the log-mel of a prepared waveform [S]: low bands below, one column a 12.5 ms."""
    mel = log_mel(wave) if len(wave) >= 4 * HOP else np.zeros((1, 80), np.float32)
    scaled = (mel - (mel.max() - _DYNAMIC_RANGE)) / _DYNAMIC_RANGE  # [F, M]
    return png(coloured(scaled.T[::-1]))


def data_uri(data: bytes, kind: str) -> str:
    """Bytes inside the page itself."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def pitch_path(tune: Tune, seconds: float) -> str:
    """SVG path of F0 over time, logarithmic height; empty without voiced frames."""
    low, high = np.log(PITCH_RANGE_HZ[0]), np.log(PITCH_RANGE_HZ[1])
    parts: list[str] = []
    last = -(10**6)
    for frame in np.flatnonzero(tune.f0_hz > 0):
        x = (frame + 0.5) * HOP / RATE_HZ / max(seconds, 1e-3) * WIDTH
        y = HEIGHT * (1.0 - (float(np.log(tune.f0_hz[frame])) - low) / (high - low))
        parts.append(f"{'M' if frame - last > _GAP_FRAMES else 'L'}{x:.1f} {y:.1f}")
        last = int(frame)
    return "".join(parts)


def plot(tune: Tune) -> str:
    """Inline SVG: spectrogram below, pitch above it. Numbers only, nothing of the owner's text."""
    seconds = len(tune.wave) / RATE_HZ
    picture = data_uri(spectrogram(tune.wave), "image/png")
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" preserveAspectRatio="none">'
        f"<title>spectrogram and pitch, {seconds:.1f} s</title>"
        f'<image href="{picture}" width="{WIDTH}" height="{HEIGHT}" preserveAspectRatio="none"/>'
        f'<path class="halo" d="{pitch_path(tune, seconds)}"/>'
        f'<path class="f0" d="{pitch_path(tune, seconds)}"/></svg>'
    )

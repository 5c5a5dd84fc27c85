# SPDX-License-Identifier: GPL-3.0-or-later
"""What a voice's JSON says (Piper's format), checked before anything is spoken."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicevault.errors import VoiceVaultError
from voicevault.text.symbols import BOS, EOS, PAD, SYMBOLS

DEFAULT_SCALES = (0.667, 1.0, 0.8)
"""noise_scale, length_scale, noise_w: what Piper uses without a JSON and sherpa-onnx always."""

RATES_HZ = (8_000, 48_000)


@dataclass(frozen=True, slots=True)
class VoiceConfig:
    """A voice's settings, from its JSON or (own voices) from the metadata inside the ONNX file."""

    sample_rate_hz: int
    espeak_voice: str
    id_map: Mapping[str, tuple[int, ...]]
    """Symbol to ids; single code points, except for the vowel clusters of some Piper voices."""
    num_speakers: int = 1
    default_speaker: int = 0
    phoneme_type: str = "espeak"
    hop_length: int = 256
    noise_scale: float = DEFAULT_SCALES[0]
    length_scale: float = DEFAULT_SCALES[1]
    noise_w: float = DEFAULT_SCALES[2]

    @property
    def clusters(self) -> tuple[str, ...]:
        """Keys of several code points, longest first (plain Piper voices only)."""
        found = [key for key in self.id_map if len(key) > 1]
        return tuple(sorted(found, key=len, reverse=True))


def from_bytes(data: bytes, name: str) -> VoiceConfig:
    """The settings in the bytes of a ``.onnx.json`` file called ``name``."""
    try:
        content = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _bad(name, f"is not JSON ({error})") from error
    if not isinstance(content, dict):
        raise _bad(name, f"holds a {type(content).__name__}, not an object")
    return from_dict(content, name)


def from_dict(content: Mapping[str, Any], name: str = "the configuration") -> VoiceConfig:
    """The settings in a parsed ``.onnx.json``; every value used is checked."""
    audio = _part(content, "audio", name)
    rate_hz = _whole(audio, "sample_rate", name, *RATES_HZ)
    kind = content.get("phoneme_type", "espeak")
    if kind not in ("espeak", "text"):
        raise _bad(
            name, f"asks for phoneme_type {kind!r}; espeak and text are spoken here", hint=""
        )
    espeak_voice = _part(content, "espeak", name).get("voice") if kind == "espeak" else ""
    if kind == "espeak" and not (isinstance(espeak_voice, str) and espeak_voice):
        raise _bad(name, "has no espeak.voice")
    num_symbols = _whole(content, "num_symbols", name, 4, 100_000)
    inference = content.get("inference") or {}
    if not isinstance(inference, Mapping):
        raise _bad(name, "has an 'inference' part that is no object")
    optional = {"default_speaker_id": 0, "hop_length": 256}
    whole = {key: content.get(key) or other for key, other in optional.items()}
    return VoiceConfig(
        sample_rate_hz=rate_hz,
        espeak_voice=str(espeak_voice),
        id_map=_id_map(content.get("phoneme_id_map"), num_symbols, name),
        num_speakers=_whole(content, "num_speakers", name, 0, 100_000),
        default_speaker=_whole(whole, "default_speaker_id", name, 0, 100_000),
        phoneme_type=kind,
        hop_length=_whole(whole, "hop_length", name, 1, 4096),
        noise_scale=_scale(inference, "noise_scale", DEFAULT_SCALES[0], name),
        length_scale=_scale(inference, "length_scale", DEFAULT_SCALES[1], name),
        noise_w=_scale(inference, "noise_w", DEFAULT_SCALES[2], name),
    )


def from_metadata(metadata: Mapping[str, str], name: str) -> VoiceConfig:
    """The settings of an own voice without its JSON: its graph carries what is needed.

    Only for files with ``vv_`` entries, because only those are known to use the 161 symbols.
    """
    if not any(key.startswith("vv_") for key in metadata):
        raise VoiceVaultError(
            f"{name}: the voice's settings are missing (a file called {name}.json)",
            hint="a Piper voice is two files; keep NAME.onnx and NAME.onnx.json side by side",
        )
    found: dict[str, Any] = dict(metadata)
    for key in ("sample_rate", "vv_hop_length"):
        if key in found and str(found[key]).isdigit():
            found[key] = int(found[key])
    return VoiceConfig(
        sample_rate_hz=_whole(found, "sample_rate", name, *RATES_HZ),
        espeak_voice=metadata.get("voice") or "en-us",
        id_map={symbol: (number,) for symbol, number in SYMBOLS.items()},
        hop_length=_whole({"vv_hop_length": 200, **found}, "vv_hop_length", name, 1, 4096),
    )


def _bad(name: str, what: str, hint: str = "export or download the voice again") -> VoiceVaultError:
    return VoiceVaultError(f"{name} {what}", hint=hint)


def _part(content: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    part = content.get(key)
    if not isinstance(part, Mapping):
        raise _bad(name, f"has no {key!r} part: it is no voice configuration")
    return part


def _whole(content: Mapping[str, Any], key: str, name: str, low: int, high: int) -> int:
    value = content.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _bad(name, f"has {key} {value!r}; a whole number from {low} to {high} is needed")
    return value


def _scale(inference: Mapping[str, Any], key: str, default: float, name: str) -> float:
    value = inference.get(key, default)
    if not isinstance(value, int | float) or not 0.0 <= float(value) <= 10.0:
        raise _bad(name, f"has {key} {value!r}; a number from 0 to 10 is needed")
    return float(value)


def _id_map(raw: object, num_symbols: int, name: str) -> dict[str, tuple[int, ...]]:
    if not isinstance(raw, Mapping) or not raw:
        raise _bad(name, "has no phoneme_id_map")
    out: dict[str, tuple[int, ...]] = {}
    for symbol, ids in raw.items():
        if not isinstance(ids, list) or not all(type(i) is int for i in ids):
            raise _bad(name, f"maps {symbol!r} to {ids!r}; a list of whole numbers is needed")
        outside = [i for i in ids if not 0 <= i < num_symbols]
        if outside:
            raise _bad(name, f"maps {symbol!r} to {outside[0]}; ids end at {num_symbols - 1}")
        out[str(symbol)] = tuple(ids)
    missing = [symbol for symbol in (PAD, BOS, EOS) if symbol not in out]
    if missing:
        raise _bad(name, f"lacks the framing symbols {' '.join(missing)} in phoneme_id_map")
    return out

# SPDX-License-Identifier: GPL-3.0-or-later
"""One folder that piper-tts, libpiper, sherpa-onnx 1.x and 2.x and the phone apps load.

The contract is checked here, before anything is written: names, order and types of the graph's
inputs, opset, one file, metadata. ``verify.py`` then proves it with the real runtimes.
"""

import json
from collections.abc import Sequence

import onnx
from onnx import TensorProto

from voicevault.errors import ExportFailed, Refused
from voicevault.export.card import model_card, voice_card
from voicevault.export.info import VoiceInfo
from voicevault.export.ownership import fingerprint, make_manifest, public_key
from voicevault.export.quantise import load_model, quantise
from voicevault.runtime.voice_config import DEFAULT_SCALES
from voicevault.text.lexicon import NO_BREAK_SPACE, lexicon_text
from voicevault.text.symbols import SPACE, SYMBOLS

COMMENT = "voicevault; piper-compatible VITS"
"""sherpa-onnx picks its front end by the word piper in it; coqui, icefall, melo and Inflect in
this string would pick another one."""
OPSETS = (15, 17)
IR_VERSION = 8
_INPUTS = (("input", TensorProto.INT64), ("input_lengths", TensorProto.INT64))
_LANGUAGES = {
    "en": ("English", "English"),
    "de": ("Deutsch", "German"),
    "fr": ("Français", "French"),
}
_REGIONS = {"US": "United States", "GB": "Great Britain"}


def package(
    voice_onnx: bytes,
    info: VoiceInfo,
    owner_prompts: Sequence[str] = (),
    *,
    int8: bool = False,
    signing_key: bytes | None = None,
    word_groups: int | None = None,
) -> dict[str, bytes]:
    """All files of an exported voice, in memory.

    Args:
        voice_onnx: the student's graph, fp32 or already quantised.
        info: what is said about the voice; its name becomes the file stem.
        owner_prompts: texts whose words go into the lexicon besides the commonest ones. Only the
            single words are written, in alphabetical order with all others, never the sentences.
        int8: quantise the weights here; a file that is quantised already stays as it is.
        signing_key: 32 private Ed25519 bytes from the vault; without it nobody signs.
        word_groups: frequency groups of common words for the lexicon; all (80,000 words) take
            about 10 s, tests take fewer.

    Returns:
        File name to bytes: NAME.onnx, NAME.onnx.json, tokens.txt, lexicon.txt, MODEL_CARD,
        VOICE_CARD.md, manifest.json and, with a key, manifest.sig.

    Raises:
        Refused: ``info`` names no consent.
        ExportFailed: see ``with_metadata``.
    """
    if info.consent is None:
        raise Refused(
            f"{info.name} says nothing of a consent, and leaves nowhere without one",
            hint="voicevault consent record",
        )
    data = quantise(voice_onnx)[0] if int8 else voice_onnx
    owner = fingerprint(public_key(signing_key)) if signing_key is not None else ""
    model = with_metadata(data, info, owner)
    files = {
        f"{info.name}.onnx": model,
        f"{info.name}.onnx.json": config_json(info),
        "tokens.txt": tokens_txt(),
        "lexicon.txt": lexicon_text(owner_prompts, info.espeak_voice, groups=word_groups).encode(),
        "MODEL_CARD": model_card(info).encode(),
        "VOICE_CARD.md": voice_card(info, len(model), owner).encode(),
    }
    return files | make_manifest(files, info, signing_key)


def with_metadata(voice_onnx: bytes, info: VoiceInfo, owner: str = "") -> bytes:
    """The graph with the metadata that sherpa-onnx needs, after checking the contract.

    Raises:
        ExportFailed: the contract is broken, or the graph says another rate or hop than ``info``.
    """
    model = load_model(voice_onnx)
    check_contract(model)
    model.ir_version = IR_VERSION
    entries = metadata(info, owner)
    own = {entry.key: entry.value for entry in model.metadata_props}
    for key in ("sample_rate", "vv_hop_length"):
        if own.get(key, entries[key]) != entries[key]:
            raise ExportFailed(
                f"{key} of the graph is {own[key]}, and {entries[key]} is said of it",
                hint="a voice with this fault would be heard too fast or too slow",
            )
    del model.metadata_props[:]
    for key, value in entries.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def metadata(info: VoiceInfo, owner: str = "") -> dict[str, str]:
    """metadata_props of a voice: what sherpa-onnx reads, and our own under ``vv_``."""
    family = info.language_code.partition("_")[0]
    return {
        "model_type": "vits",
        "comment": COMMENT,
        "language": _LANGUAGES.get(family, (family, family))[1],
        "voice": info.espeak_voice,
        "version": "1",
        "has_espeak": "1",
        "has_g2pw": "0",
        "n_speakers": "1",
        "sample_rate": str(info.sample_rate_hz),
        "vv_format": "1",
        "vv_name": info.name,
        "vv_hop_length": str(info.hop_length),
        "vv_run": info.run,
        "vv_recipe": info.recipe,
        "vv_base_sha256": info.base_sha256,
        "vv_created": info.created,
        "vv_licence": info.licence,
        "vv_consent": " ".join(info.consent.to_json().values()) if info.consent else "",
        "vv_seconds_of_speech": str(info.seconds_of_speech),
        "vv_owner_key": owner,
    }


def check_contract(model: onnx.ModelProto) -> None:
    """Stops the export where a runtime would fail or misbehave later.

    Raises:
        ExportFailed: naming what is wrong and what the contract wants.
    """
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0)
    if not OPSETS[0] <= opset <= OPSETS[1]:
        raise ExportFailed(f"the graph has opset {opset}; {OPSETS[0]} to {OPSETS[1]} are exported")
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    found = [(value.name, value.type.tensor_type.elem_type) for value in inputs]
    wanted = [*_INPUTS, ("scales", TensorProto.FLOAT)]
    if found != wanted:
        raise ExportFailed(
            f"the graph's inputs are {', '.join(name for name, _ in found) or 'none'}; "
            "input, input_lengths (int64) and scales (float32) in this order are the contract",
            hint="sherpa-onnx binds by position, Piper by name; one speaker has no sid",
        )
    outputs = [(o.name, o.type.tensor_type.elem_type) for o in model.graph.output]
    if not outputs or outputs[0] != ("output", TensorProto.FLOAT) or len(outputs) > 2:
        raise ExportFailed(
            f"the graph's outputs are {', '.join(name for name, _ in outputs) or 'none'}; "
            "output (float32) and at most one more with durations are the contract"
        )
    unwanted = {"DequantizeLinear", "QuantizeLinear", "ConvInteger", "QLinearConv"}
    bad = sorted(unwanted & {node.op_type for node in model.graph.node})
    if bad:
        raise ExportFailed(f"the graph holds {bad[0]}; int8 weights are stored as Cast and Mul")


def config_json(info: VoiceInfo) -> bytes:
    """NAME.onnx.json in Piper's format; ``dataset`` equals the stem, as Home Assistant needs."""
    family, _, region = info.language_code.partition("_")
    native, english = _LANGUAGES.get(family, (family, family))
    noise_scale, length_scale, noise_w = DEFAULT_SCALES
    content = {
        "dataset": info.name,
        "audio": {"sample_rate": info.sample_rate_hz, "quality": _quality(info)},
        "espeak": {"voice": info.espeak_voice},
        "language": {
            "code": info.language_code,
            "family": family,
            "region": region,
            "name_native": native,
            "name_english": english,
            "country_english": _REGIONS.get(region, region),
        },
        "inference": {
            "noise_scale": noise_scale,
            "length_scale": length_scale,
            "noise_w": noise_w,
        },
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": {symbol: [number] for symbol, number in SYMBOLS.items()},
        "num_symbols": info.num_symbols,
        "num_speakers": 1,
        "speaker_id_map": {},
        "piper_version": "1.0.0",
        "hop_length": info.hop_length,
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def tokens_txt() -> bytes:
    """sherpa-onnx's symbol table: ``symbol id`` a line; the space symbol gives ``"  3"``.

    One line more than symbols: the NO-BREAK SPACE of lexicon entries shares the id of the space
    (loads in sherpa-onnx 1.13.8 and 2.0.1).
    """
    table = [*SYMBOLS.items(), (NO_BREAK_SPACE, SYMBOLS[SPACE])]
    return "".join(f"{symbol} {number}\n" for symbol, number in table).encode()


def _quality(info: VoiceInfo) -> str:
    last = info.name.rpartition("-")[2]
    custom = "low" if info.sample_rate_hz <= 16_000 else "medium"
    return last if last in ("x_low", "low", "medium", "high") else custom

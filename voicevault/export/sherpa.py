# SPDX-License-Identifier: GPL-3.0-or-later
"""A personal recogniser as a folder for sherpa-onnx: model, pieces, a test sound, card, manifest.

    asr.onnx        int8, the ``zipformer_ctc`` contract (``export.ctc``)
    tokens.txt      its pieces
    test.wav        a sentence by a voice of nobody: what ``voicevault verify`` lets runtimes hear
    MODEL_CARD, manifest.json, manifest.sig

Nothing in it is sound of the owner; what a recogniser learnt from them is in its weights.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from voicevault.audio.files import encode_wav
from voicevault.data.features import RATE_HZ
from voicevault.errors import ExportFailed
from voicevault.export.card import origin_rows
from voicevault.export.hearing import NAME, SOUND, TOKENS
from voicevault.export.info import VoiceInfo
from voicevault.export.ownership import fingerprint, make_manifest, public_key
from voicevault.students.shipped import Base
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids

CARD = "MODEL_CARD"
SENTENCE = "Please put the yellow cups beside the kitchen window."


def spoken_test(base: Base) -> bytes:
    """WAV of SENTENCE by the middle of the shipped voices; always the same bytes."""
    torch.manual_seed(0)
    ids = torch.tensor([framed_ids(utterance_phonemes(SENTENCE))])
    with torch.inference_mode():
        wave, _ = base.speaking().speak(
            ids, speaker=base.speakers.mean(0, keepdim=True), noise_scale=0.0, noise_w=0.0
        )
    samples = wave.numpy().astype(np.float32)
    return encode_wav(samples * (0.5 / max(float(np.abs(samples).max()), 1e-4)), RATE_HZ)


def package(
    model: bytes,
    tokens: bytes,
    sound: bytes,
    info: VoiceInfo,
    gate: Mapping[str, Any],
    *,
    signing_key: bytes | None,
) -> dict[str, bytes]:
    """Every file of the folder by name.

    Args:
        model: int8, as training left it.
        tokens: its tokens.txt.
        sound: WAV of the test sentence.
        info: what card and manifest say.
        gate: the verdict's figures (``evaluation.recogniser_gate.Verdict.to_json``).
        signing_key: of the owner; without it nobody signs.

    Raises:
        ExportFailed: nobody's consent is named.
    """
    if info.consent is None:
        raise ExportFailed("nothing is packed without a consent", hint="voicevault consent record")
    owner = fingerprint(public_key(signing_key)) if signing_key else ""
    files = {
        f"{NAME}.onnx": model,
        TOKENS: tokens,
        SOUND: sound,
        CARD: card(info, gate, len(model), owner).encode(),
    }
    return {**files, **make_manifest(files, info, signing_key)}


def card(info: VoiceInfo, gate: Mapping[str, Any], model_bytes: int, owner: str) -> str:
    """What the owner should know about the files."""
    verdict = "yes" if gate["better"] else "no"
    return f"""# Personal recogniser

Hears one person better than others do. Made by VoiceVault on that person's own machine.

| | |
| --- | --- |
{origin_rows(info)}
| Base (SHA-256) | {info.base_sha256 or "not recorded"} |
| Size | {model_bytes / 1e6:.1f} MB, int8 |
| Better than the generic one | {verdict}: {gate["reason"]} |
| Words wrong, its owner | {_rates(gate["owner"])} |
| Words wrong, other voices | {_rates(gate["others"])} |
| Consent | {info.consent.sentence() if info.consent else "not recorded"} |
| Ownership | {f"signed with the key {owner}" if owner else "not signed"} |

## Use

sherpa-onnx, 1.13 or newer, 16 kHz mono:

```python
import sherpa_onnx

hears = sherpa_onnx.OfflineRecognizer.from_zipformer_ctc(model="{NAME}.onnx", tokens="{TOKENS}")
```

It writes lower-case English words without punctuation. `{SOUND}` is said by a voice that nobody
has; `voicevault verify` lets every installed runtime hear it and compares.

## Please

The owner's recordings are not in these files, but what was learnt from them is: give them to
whoever may know how the owner sounds.
"""


def _rates(one: Mapping[str, Any]) -> str:
    return (
        f"{one['before']:.1f} % before, {one['after']:.1f} % after, "
        f"on {one['sentences']} sentences that it did not learn from"
    )

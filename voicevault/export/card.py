# SPDX-License-Identifier: GPL-3.0-or-later
"""The two cards of an exported voice: MODEL_CARD as Piper voices have, VOICE_CARD.md for people."""

from voicevault.consents.sentence import BANK, OWN
from voicevault.export.info import VoiceInfo


def model_card(info: VoiceInfo) -> str:
    """Short card in the shape of Piper's published voices."""
    return f"""# Model card for {info.name}

* Language: {info.language_code}
* Speakers: 1
* Sample rate: {info.sample_rate_hz} Hz
* Phonemes: espeak-ng, voice {info.espeak_voice}

## Dataset

* The owner's own recordings ({seconds(info)}); they are not published
{_schooling(info)}* Licence of the voice: {info.licence}

## Training

Personalised by VoiceVault (recipe {info.recipe or "not recorded"}) from its multi-speaker base
(SHA-256 {info.base_sha256 or "not recorded"}).
"""


def voice_card(info: VoiceInfo, model_bytes: int, owner: str) -> str:
    """What the owner should know about the files, and what others may do."""
    signed = (
        f"signed with the key {owner}; compare it with the owner's"
        if owner
        else "not signed; nothing proves where the files come from"
    )
    return f"""# {info.name}

{_made(info)}
It belongs to the person whose voice it is.

| | |
| --- | --- |
{origin_rows(info)}
| Size of the voice | {model_bytes / 1e6:.1f} MB |
| Consent | {info.consent.sentence() if info.consent else "not recorded"} |
| Ownership | {signed} |

## Files

| File | For |
| --- | --- |
| `{info.name}.onnx`, `{info.name}.onnx.json` | Piper, Home Assistant, `voicevault speak` |
| `{info.name}.onnx`, `tokens.txt`, `lexicon.txt` | sherpa-onnx 2.x |
| `{info.name}.onnx`, `tokens.txt` and espeak-ng data | sherpa-onnx 1.13.x, SherpaTTS on Android |
| `manifest.json`, `manifest.sig` | proof that no file was changed (`voicevault verify`) |

With sherpa-onnx give both `lexicon.txt` and the espeak-ng data folder: 1.x uses the second, 2.x the
first. The lexicon knows the commonest English words and the words of the owner's own prompts;
sherpa-onnx 2.x leaves other words and digits out, so write numbers as words there.

## Please

Do not use this voice to make anyone believe that its owner said something they did not say.
"""


def _schooling(info: VoiceInfo) -> str:
    if not info.teachers:
        return ""
    return (
        f"* Speech of teachers: {', '.join(info.teachers)}\n* Commercial use: {commercial(info)}\n"
    )


def origin_rows(info: VoiceInfo) -> str:
    """Table rows that say where a student is from, whatever it does."""
    return f"""| Licence | {info.licence} |
| Made | {info.created or "not recorded"} |
| Run, recipe | {info.run or "not recorded"}, {info.recipe or "not recorded"} |
| Recordings used | {seconds(info)} |
| Teachers | {", ".join(info.teachers) or "none"} |
| Commercial use | {commercial(info)} |"""


def commercial(info: VoiceInfo) -> str:
    """No teacher forbids it, or one does; the owner's own licence is another matter."""
    return "as the owner says" if info.commercial else "no: the licence of a teacher forbids it"


def _made(info: VoiceInfo) -> str:
    case = info.consent.case if info.consent else OWN
    if case == OWN:
        return "A synthetic voice of one person, made on that person's own machine with VoiceVault."
    if case == BANK:
        return (
            "A synthetic voice of one person, made with VoiceVault by a relative or carer from\n"
            "recordings of that person."
        )
    return "A synthetic voice of one person, made with VoiceVault from published speech."


def seconds(info: VoiceInfo) -> str:
    """How much the owner spoke for it."""
    minutes, seconds = divmod(info.seconds_of_speech, 60)
    if not info.seconds_of_speech:
        return "amount not recorded"
    return f"{minutes} min {seconds} s of speech" if minutes else f"{seconds} s of speech"

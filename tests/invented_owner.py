# SPDX-License-Identifier: GPL-3.0-or-later
"""A person who does not exist and reads some sentences, for tiny trainings to learn from."""

from collections.abc import Sequence

from recorder import Recorder

from voicevault.audio.files import decode
from voicevault.consents.record import PublishedSpeech
from voicevault.data.dataset import Utterance
from voicevault.training.invent import invent_owner

NOBODY = PublishedSpeech("voices that nobody has, invented here", "CC0-1.0")
SENTENCES = (
    "The morning train was late again, so we walked.",
    "Please put the yellow cups beside the kitchen window.",
    "Nobody told me that the museum closes on Thursday!",
    "Could you measure this board before you cut it?",
    "She laughed at the joke and choked on her soup.",
)


def read_aloud(texts: Sequence[str] = SENTENCES, seed: int = 4) -> list[Utterance]:
    """The texts in the voice of the owner of this seed."""
    read = invent_owner([(f"p{i}", text) for i, text in enumerate(texts)], seed, Recorder())
    clips = [(name, text, decode(data, name=name)) for name, text, data in read]
    return [Utterance(name, text, clip.samples, clip.rate_hz) for name, text, clip in clips]

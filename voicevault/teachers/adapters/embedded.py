# SPDX-License-Identifier: GPL-3.0-or-later
"""The teacher that is always there: the shipped base, adapted to the owner by a finished run.

It speaks any text in the owner's voice, offline and under the base's own licence. What it can
teach is limited by what it is: a student of the same form, so its mels hold its own mistakes and
are never a target (``training.mix`` takes durations, pitch and energy from it and leaves the
spectrum alone).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch

from voicevault.data.taught import EMBEDDED
from voicevault.errors import UsageError
from voicevault.students.shipped import load_student
from voicevault.teachers.adapters.coqui import computing, seed_of
from voicevault.teachers.protocols import Recording, TeacherCard
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import framed_ids

LICENCE = "GPL-3.0-or-later"
"""Of the shipped base, which comes with this program."""
_PEAK = 0.98


class EmbeddedTeacher:
    """A TtsTeacher out of a finished run. Does not learn, and listens to no recording."""

    batch_size = 1

    def __init__(
        self,
        student: bytes,
        run: str,
        base_sha256: str,
        *,
        inherited: Sequence[tuple[str, bool]] = (),
    ) -> None:
        """Load the student of ``run``.

        Args:
            student: the safetensors that its training left in the vault.
            inherited: licence of each teacher that this student learnt from, and whether it allows
                commercial use: what a student teaches is no freer than what it was taught.
        """
        self._student = load_student(student)
        licences = dict.fromkeys((LICENCE, *(licence for licence, _ in inherited)))
        self.card = TeacherCard(
            EMBEDDED,
            f"{base_sha256[:12]} {run}",
            "tts",
            ", ".join(licences),
            commercial=all(commercial for _, commercial in inherited),
            files={"student": hashlib.sha256(student).hexdigest()},
        )

    def synthesise(self, text: str, reference: Sequence[Recording] = ()) -> Recording:
        """``text`` in the owner's voice; the same text always gives the same samples.

        Durations and pitch are the predicted means, without a draw around them: a mean is what
        they are to be learnt as. ``reference`` is not used: it knows one voice.

        Raises:
            UsageError: there is nothing to say in the text.
        """
        phonemes = utterance_phonemes(text)
        if not phonemes:
            raise UsageError("there is nothing to say in the text")
        with computing(seed_of(0, text), "cpu"):  # breath in the vocoder is drawn
            wave, _ = self._student.speak(torch.tensor([framed_ids(phonemes)]))
        samples = (wave * self._student.level).numpy().astype(np.float32)
        peak = float(np.abs(samples).max(initial=0.0))
        if peak > _PEAK:
            samples = samples * np.float32(_PEAK / peak)
        return Recording(samples, self._student.rate_hz, text)

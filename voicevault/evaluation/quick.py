# SPDX-License-Identifier: GPL-3.0-or-later
"""The measures alone, for tuning: one call from utterances to a few numbers, no report."""

from collections.abc import Iterable, Sequence

import numpy as np

from voicevault.data.features import FloatArray
from voicevault.evaluation import judge, mos, similarity

RATE_HZ = 16_000


class Scorer:
    """Keeps the judges loaded between calls; each part that is missing is named in ``reasons``.

    Args:
        pool: texts of the harder judge, in addition to the judged ones. Build one Scorer a pool.
        texts: every text that will ever be judged by this scorer; closes the easy level.
        dnsmos: folder of the MOS model; VOICEVAULT_DNSMOS when None.
    """

    def __init__(
        self, texts: Iterable[str], pool: Iterable[str] = (), *, dnsmos: str | None = None
    ) -> None:
        texts, pool = list(dict.fromkeys(texts)), list(pool)
        self.reasons: dict[str, str] = {
            name: reason
            for name, reason in (
                ("wer", judge.unavailable()),
                ("similarity", similarity.unavailable()),
                ("dnsmos", mos.unavailable(dnsmos)),
            )
            if reason
        }
        self._levels = {"wer": "closed", "wer_hard": "harder"} if pool else {"wer": "closed"}
        self._judge: judge.Judge | None = None
        if "wer" not in self.reasons:
            self._judge = judge.Judge(texts, {"harder": [*texts, *pool]} if pool else None)
            if not pool:
                self.reasons["wer_hard"] = "no larger pool of texts given"
        self._encoder = (
            similarity.SpeakerEncoder.load() if "similarity" not in self.reasons else None
        )
        self._mos = mos.MosProxy(dnsmos) if "dnsmos" not in self.reasons else None

    def heard(
        self, items: Sequence[tuple[str, FloatArray]], level: str = "closed"
    ) -> list[judge.Heard]:
        """What the judge heard of each (text, 16 kHz samples); empty without a judge."""
        if self._judge is None:
            return []
        return [self._judge.judge(text, wave, level=level) for text, wave in items]

    def heard_twice(self, text: str, wave: FloatArray) -> list[str] | None:
        """Words of a sentence that the judge hears said again at once; None where it cannot say."""
        return None if self._judge is None else self._judge.heard_twice(text, wave)

    def words(self, items: Sequence[tuple[str, FloatArray]]) -> dict[str, float]:
        """wer and wer_hard (fractions, pooled over words) of (text, 16 kHz samples)."""
        out = {}
        if self._judge is not None:
            for name, level in self._levels.items():
                out[name] = judge.pooled_wer(self.heard(items, level))
        return out

    def dnsmos(self, waves: Sequence[FloatArray]) -> float:
        """Mean predicted overall score; nan when nothing could be scored."""
        if self._mos is None:
            return float("nan")
        found = [one.overall for one in map(self._mos.score, waves) if one is not None]
        return float(np.mean(found)) if found else float("nan")

    def embed_real(self, real: Sequence[FloatArray]) -> list[FloatArray]:
        """Embeddings of the owner's recordings, to be computed once and given to :meth:`score`."""
        if self._encoder is None:
            return []
        return [one for one in self._encoder.embed_all(real) if one is not None]

    def score(
        self,
        items: Sequence[tuple[str, FloatArray]],
        real: Sequence[FloatArray],
        *,
        real_embeddings: Sequence[FloatArray] | None = None,
    ) -> dict[str, float]:
        """All measures of spoken ``items`` against the owner's ``real`` recordings, 16 kHz.

        Returns:
            Fractions, not per cent: wer, wer_hard, similarity (the ratio), similarity_student,
            similarity_real; and dnsmos. A measure that is not available is absent and its reason
            stands in ``reasons``.
        """
        out = self.words(items)
        if self._encoder is not None:
            own = self.embed_real(real) if real_embeddings is None else list(real_embeddings)
            spoken = self._encoder.embed_all([wave for _, wave in items])
            found = similarity.similarity(spoken, own)
            out |= {
                "similarity": found.ratio,
                "similarity_student": found.student,
                "similarity_real": found.real,
            }
        if self._mos is not None:
            out["dnsmos"] = self.dnsmos([wave for _, wave in items])
        return out


def score(
    items: Sequence[tuple[str, FloatArray]],
    real: Sequence[FloatArray],
    *,
    pool: Iterable[str] = (),
    dnsmos: str | None = None,
) -> dict[str, float]:
    """One-off :class:`Scorer`: utterances (text, 16 kHz samples) -> measures."""
    return Scorer([text for text, _ in items], pool, dnsmos=dnsmos).score(items, real)

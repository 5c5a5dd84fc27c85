# SPDX-License-Identifier: GPL-3.0-or-later
"""Word errors and which heard words are right, for choices while training; jiwer counts.

Reports use ``evaluation.judge``.
"""

from collections.abc import Sequence

from voicevault.errors import MissingExtra


def compare_words(said: Sequence[str], heard: Sequence[str]) -> tuple[int, list[bool]]:
    """Least substitutions, deletions and insertions, and for each heard word whether it was said.

    Words hold no spaces. Where several paths are equally short, jiwer chooses.

    Raises:
        MissingExtra: jiwer is not installed.
    """
    try:
        import jiwer
    except ImportError as error:
        raise MissingExtra("word errors are counted by jiwer", extra="base") from error
    out = jiwer.process_words(" ".join(said), " ".join(heard))
    right = [False] * len(heard)
    for chunk in out.alignments[0]:
        if chunk.type == "equal":
            for place in range(chunk.hyp_start_idx, chunk.hyp_end_idx):
                right[place] = True
    return out.substitutions + out.deletions + out.insertions, right

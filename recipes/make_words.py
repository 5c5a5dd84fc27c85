# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes voicevault/text/words_en.txt.gz, the common words of the exported lexicon.

    pip install wordfreq
    python recipes/make_words.py voicevault/text/words_en.txt.gz

The frequencies are those of wordfreq's large English list (data: CC BY-SA 4.0, see NOTICE); the
file holds no frequencies, only words in groups of falling frequency, each group sorted. Sorting
makes the file a quarter smaller than strict frequency order.
"""

import argparse
import gzip
import re
from importlib import metadata
from itertools import islice
from pathlib import Path

COUNT = 80_000
GROUPS = (30, 150, 1_500, 8_000, 20_000, COUNT)
"""Cumulative; voicevault.text.lexicon takes word pairs from the first groups."""
WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")


def main() -> None:
    """Writes the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    target: Path = parser.parse_args().target
    import wordfreq

    fitting = (word for word in wordfreq.iter_wordlist("en", "large") if WORD.fullmatch(word))
    words = list(islice(fitting, COUNT))
    lines = [
        f"# {COUNT} commonest English words of wordfreq {metadata.version('wordfreq')}, "
        "CC BY-SA 4.0, see NOTICE",
    ]
    start = 0
    for end in GROUPS:
        lines += [f"# {end}", *sorted(words[start:end])]
        start = end
    data = gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0)
    target.write_bytes(data)
    print(f"{len(words)} words, {len(data)} bytes")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the shipped recogniser from the corpus of ``train_base.py``; every stage resumes.

    python recipes/train_asr.py --corpus CORPUS --work WORK --noise NOISE features
    python recipes/train_asr.py --corpus CORPUS --work WORK invent
    python recipes/train_asr.py --corpus CORPUS --work WORK pitch
    python recipes/train_asr.py --work WORK splice
    python recipes/train_asr.py --work WORK --minutes 70 train
    python recipes/train_asr.py --corpus CORPUS --work WORK pack

CORPUS is WORK of ``train_base.py`` after its stages ``prepare`` and ``align``. NOISE holds
recordings of noise, anywhere below it. Public speech only. ``--minutes`` is training time added by
this call; ``--loaders`` processes render synthetic speech or feed a GPU. Settings are read from
``base_asr.toml`` beside this file; ``pack`` needs wordfreq. ``--background`` can be pocketsphinx's
own model (BSD licence): ``NGramModel.write(path, NGramModel.str_to_type("arpa"))``; that it
dies behind the pairs does not matter.
"""

import argparse
import sys
from pathlib import Path

from voicevault.training.base import recognition, recognition_pack
from voicevault.training.base.recognition_settings import load_recognition_settings

OUT = Path(__file__).resolve().parent.parent / "voicevault" / "base"

STAGES = {
    "features": recognition.features,
    "invent": recognition.invent,
    "pitch": recognition.pitch,
    "splice": recognition.splice,
    "train": recognition.train,
    "pack": recognition_pack.pack,
}


def main() -> int:
    """Parse the command line and run one stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="features and checkpoints")
    parser.add_argument("--corpus", type=Path, help="WORK of train_base.py")
    parser.add_argument("--noise", type=Path, help="recordings of noise (features only)")
    parser.add_argument("--recipe", type=Path, default=Path(__file__).parent / "base_asr.toml")
    parser.add_argument("--minutes", type=float, default=10.0, help="training time of this call")
    parser.add_argument("--background", type=Path, help="ARPA file to mix word pairs from (pack)")
    parser.add_argument(
        "--start",
        type=Path,
        action="append",
        default=[],
        help="checkpoint whose weights a new training takes, or pack writes; of several, the mean",
    )
    parser.add_argument(
        "--confidence",
        type=Path,
        action="append",
        default=[],
        help="checkpoint to fit confidence with, where the packed one has learnt from the readers "
        "that were kept out (pack); of several, the mean",
    )
    parser.add_argument("--seed", type=int, default=0, help="of what training draws")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: torch's own)")
    parser.add_argument("--loaders", type=int, default=0, help="processes beside this one")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--out", type=Path, default=OUT, help="where pack writes")
    parser.add_argument("stage", choices=STAGES)
    arguments = parser.parse_args()
    if arguments.corpus is None and arguments.stage not in ("train", "splice"):
        parser.error(f"{arguments.stage} needs --corpus")
    STAGES[arguments.stage](load_recognition_settings(arguments.recipe), arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())

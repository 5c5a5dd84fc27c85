# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the shipped base from public speech, stage by stage; every stage resumes.

    python recipes/train_base.py --data SPEECH --work WORK prepare
    python recipes/train_base.py --work WORK aligner  --minutes 14
    python recipes/train_base.py --work WORK align
    python recipes/train_base.py --work WORK acoustic --minutes 40
    python recipes/train_base.py --work WORK vocoder  --minutes 30
    python recipes/train_base.py --work WORK joint    --minutes 10
    python recipes/train_base.py --work WORK predict
    python recipes/train_base.py --work WORK polish   --minutes 35
    python recipes/train_base.py --work WORK --data DIR judge
    python recipes/train_base.py --work WORK pack

SPEECH holds one folder a speaker, each with ``metadata.csv`` (``id|text``) and its clips;
DIR/users holds the same of people who are only measured. WORK keeps the prepared corpus and the
checkpoints: public speech only, in the clear. Your own voice is for ``voicevault train``.
``--minutes`` is training time added by this call, so that long trainings can be cut into pieces.
Settings are read from ``base_tts.toml`` beside this file.
"""

import argparse
import sys
from pathlib import Path

from voicevault.evaluation import base_progress
from voicevault.training.base import pack, stages
from voicevault.training.base.settings import load_settings

OUT = Path(__file__).resolve().parent.parent / "voicevault" / "base"

STAGES = {
    "prepare": stages.prepare,
    "aligner": stages.aligner,
    "align": stages.align,
    "acoustic": stages.acoustic,
    "vocoder": stages.vocoder,
    "joint": stages.joint,
    "predict": stages.predict,
    "polish": stages.polish,
    "judge": base_progress.judge,
    "pack": pack.pack,
}


def main() -> int:
    """Parse the command line and run one stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="corpus and checkpoints")
    parser.add_argument("--data", type=Path, help="SPEECH for prepare, DIR for judge")
    parser.add_argument("--recipe", type=Path, default=Path(__file__).parent / "base_tts.toml")
    parser.add_argument("--minutes", type=float, default=10.0, help="training time of this call")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: torch's own)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps or xpu")
    parser.add_argument("--out", type=Path, default=OUT, help="where pack writes")
    parser.add_argument("stage", choices=STAGES)
    arguments = parser.parse_args()
    return STAGES[arguments.stage](load_settings(arguments.recipe), arguments) or 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of base training, each a function of (settings, command-line arguments)."""

import argparse

from voicevault.training.base import adversarial, alignment, synthesis
from voicevault.training.base.settings import BaseSettings
from voicevault.training.prepare import prepare_corpus
from voicevault.training.rejects import reject_table
from voicevault.training.soundness import Limits
from voicevault.training.sources import list_sources


def prepare(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Decode and prepare every clip below ``--data``."""
    if arguments.data is None:
        raise SystemExit("prepare needs --data: a folder with one folder a speaker")
    sources = list_sources(arguments.data, {k: tuple(v) for k, v in settings.data.speeds.items()})
    print(f"{len(sources)} clips of {len({s.speaker for s in sources})} voices", flush=True)
    prepare_corpus(
        sources,
        arguments.work,
        processes=settings.data.processes,
        report=lambda done, total: print(f"prepared {done} of {total}", flush=True),
        limits=Limits(**settings.data.limits),  # type: ignore[arg-type]  # drop_narrow is a bool
    )
    print(reject_table(arguments.work))


aligner = alignment.train
align = alignment.align_corpus
acoustic = synthesis.train_acoustic
vocoder = synthesis.train_vocoder
joint = synthesis.train_joint
predict = adversarial.predict_mels
polish = adversarial.polish

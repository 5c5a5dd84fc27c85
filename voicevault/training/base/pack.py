# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn finished stages into the shipped files of ``voicevault/base``."""

import argparse
import copy
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from voicevault.data.features import N_MELS
from voicevault.export.quantise import quantise
from voicevault.runtime import align
from voicevault.runtime.base_files import INDEX
from voicevault.students.aligner import AlignerNet
from voicevault.students.shipped import ALOUD, WEIGHTS
from voicevault.students.vocoder import Vocoder
from voicevault.training import sharpen
from voicevault.training.base.adversarial import normal, said
from voicevault.training.base.alignment import trained
from voicevault.training.base.clock import load_average
from voicevault.training.base.settings import BaseSettings
from voicevault.training.base.synthesis import ManyVoices
from voicevault.training.corpus import Corpus

UTTERANCES = 500
"""Recordings, of all voices, that the spread of the base is taken from: about half an hour."""


def pack(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Averaged weights as float16 safetensors, the aligner as ONNX, and an index of hashes."""
    work: Path = arguments.work
    target: Path = arguments.out
    target.mkdir(parents=True, exist_ok=True)
    corpus = Corpus(work)
    voices = load_average(ManyVoices(len(corpus.speakers)), work / "acoustic.pt")
    stage = next(s for s in ("polish.pt", "joint.pt", "vocoder.pt") if (work / s).exists())
    vocoder = load_average(Vocoder(), work / stage)
    tensors = {f"acoustic.{k}": v for k, v in voices.acoustic.state_dict().items()}
    tensors |= {f"vocoder.{k}": v for k, v in vocoder.state_dict().items()}
    tensors |= {"speakers": voices.speakers.weight.data}
    tensors |= {ALOUD + name: value for name, value in aloud(voices, corpus).items()}
    tensors |= {"duration_scale": torch.ones(()), "level": torch.full((), 2.0)}
    files = {
        WEIGHTS: safetensors.torch.save({k: v.half().contiguous() for k, v in tensors.items()}),
        align.MODEL: aligner_onnx(trained(arguments)),
        align.PRIOR: (work / align.PRIOR).read_bytes(),
    }
    for name, data in files.items():
        (target / name).write_bytes(data)
        print(f"{name}: {len(data) / 1e6:.2f} MB")
    path = target / INDEX  # the recogniser's entries stay
    index = json.loads(path.read_text("utf-8")) if path.exists() else {"sha256": {}}
    index["voices"] = len(corpus.speakers)
    index["sha256"] |= {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    path.write_text(json.dumps(index, indent=2) + "\n", "utf-8")


@torch.no_grad()
def aloud(voices: ManyVoices, corpus: Corpus) -> dict[str, torch.Tensor]:
    """What the acoustic model's last layer and contrast become when the base speaks by itself.

    The spread of ``UTTERANCES`` recordings of all voices together, given back as a personal voice
    gets its owner's. Four voices, 120 texts: words misheard 39.7 to 15.3 %, of the weakest two by
    half and more (DECISIONS.md).
    """
    random = np.random.default_rng(0)
    usable = np.array(list(corpus.usable()))
    chosen = random.choice(usable, min(UTTERANCES, len(usable)), replace=False).tolist()
    made = [said(voices, corpus, number, "cpu") for number in chosen]
    found = sharpen.fit(made, [normal(corpus.mel(number)) for number in chosen])
    layer, contrast = voices.acoustic.decoder_out, voices.acoustic.contrast.clone()
    if found is not None:  # None: a corpus of seconds, in tests
        layer = copy.deepcopy(layer)
        sharpen.fold(layer, found.map)
        contrast.fill_(found.contrast)
    return {
        "decoder_out.weight": layer.weight,
        "decoder_out.bias": layer.bias,
        "contrast": contrast,
    }


def aligner_onnx(net: AlignerNet) -> bytes:
    """log_mel [1, F, M] -> log-posteriors [1, F, K]; weights int8 (Cast and Mul)."""
    buffer = io.BytesIO()
    torch.onnx.export(
        net.eval(),
        (torch.zeros(1, 100, N_MELS),),
        buffer,  # type: ignore[arg-type]  # the legacy exporter takes any writer
        opset_version=15,
        input_names=["log_mel"],
        output_names=["log_posteriors"],
        dynamic_axes={"log_mel": {1: "frames"}, "log_posteriors": {1: "frames"}},
        dynamo=False,
    )
    return quantise(buffer.getvalue())[0]

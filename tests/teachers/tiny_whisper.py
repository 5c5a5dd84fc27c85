# SPDX-License-Identifier: GPL-3.0-or-later
"""A Whisper folder in the real format, small enough for a test: a real tokenizer."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "She said that it would rain, and it did.",
    "Twelve little words are read at a usual pace.",
)
TIMES = 1501  # <|0.00|> to <|30.00|>
ORDINARY = 50_257
WIDTH = 32
PROMPT = ("startoftranscript", "en", "transcribe", "notimestamps")


def special_tokens() -> list[str]:
    """Whisper's own, in its order: languages between the start and the tasks, times last."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    languages = [f"<|{code}|>" for code in _LANGUAGE_CODES[:-1]]  # yue came with large-v3
    tasks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    return [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *languages,
        *(f"<|{task}|>" for task in tasks),
        *(f"<|{step * 0.02:.2f}|>" for step in range(TIMES)),
    ]


def tokenizer_json() -> str:
    """A byte-level BPE learned from a few sentences, with Whisper's ids for everything special.

    The rest of the 50,257 ordinary tokens is made up of words that no merge leads to; the last one
    is empty, as in the real one: CTranslate2 tells a model of many languages by that.
    """
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers, trainers

    learner = tokenizers.Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    learner.train_from_iterator([f" {one}" for one in SENTENCES], trainer)
    learned = json.loads(learner.to_str())["model"]
    words = learned["vocab"] | {f"Ġw{at}": at for at in range(len(learned["vocab"]), ORDINARY)}
    del words[f"Ġw{ORDINARY - 1}"]
    words[""] = ORDINARY - 1
    made = tokenizers.Tokenizer(models.BPE(words, [tuple(one) for one in learned["merges"]]))
    made.pre_tokenizer = learner.pre_tokenizer
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(special_tokens())
    return made.to_str()


def tones(*pitches_hz: float, seconds: float = 2.0, rate_hz: int = 16_000) -> FloatArray:
    """Samples [S]: what the tiny model is taught to hear as a sentence."""
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    waves = [np.sin(2 * np.pi * pitch * time_s) for pitch in pitches_hz]
    return (0.3 * sum(waves) / len(waves)).astype(np.float32)


LOW, HIGH = (150.0, 310.0), (2000.0, 3100.0)
TAUGHT = {LOW: SENTENCES[0], HIGH: SENTENCES[1]}


def build(folder: Path, *, mels: int = 80, steps: int = 110) -> Path:
    """Write the folder as ct2-transformers-converter does; nothing is loaded from a network.

    The weights are random, and then learn two sentences by heart for two chords, so that a test
    can tell hearing from guessing.

    Returns:
        ``folder``, with model.bin, config.json, vocabulary.json and tokenizer.json.
    """
    from ctranslate2.converters import TransformersConverter

    source = folder.parent / f"{folder.name}-torch"
    source.mkdir(parents=True)
    (source / "tokenizer.json").write_text(tokenizer_json())
    settings = {"tokenizer_class": "WhisperTokenizerFast", "eos_token": "<|endoftext|>"}
    (source / "tokenizer_config.json").write_text(json.dumps(settings))
    model = network(mels)
    learn(model, source / "tokenizer.json", mels, steps)
    with contextlib.redirect_stderr(io.StringIO()):
        model.save_pretrained(source)
        converter = TransformersConverter(str(source), copy_files=["tokenizer.json"])
        converter.convert(str(folder), quantization="float16", force=True)
    return folder


def network(mels: int) -> Any:
    """A Whisper of two narrow layers and the real vocabulary."""
    import torch

    from voicevault.torchaudio_guard import load_torchaudio

    load_torchaudio()  # before transformers, which imports it without the guard
    import transformers

    ids = {token: ORDINARY + at for at, token in enumerate(special_tokens())}
    end, start = ids["<|endoftext|>"], ids["<|startoftranscript|>"]
    config = transformers.WhisperConfig(
        vocab_size=ORDINARY + len(ids), num_mel_bins=mels, d_model=WIDTH, encoder_layers=1,
        decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=2 * WIDTH, decoder_ffn_dim=2 * WIDTH, pad_token_id=end, bos_token_id=end,
        eos_token_id=end, decoder_start_token_id=start, dropout=0.0,
    )  # fmt: skip
    torch.manual_seed(0)
    model = transformers.WhisperForConditionalGeneration(config)
    model.generation_config.suppress_tokens = [start]
    model.generation_config.begin_suppress_tokens = [end]
    model.generation_config.lang_to_id = {token: ids[token] for token in special_tokens()[2:101]}
    return model


def learn(model: Any, tokenizer_file: Path, mels: int, steps: int) -> None:
    """Two chords and their sentences, by heart."""
    import tokenizers
    import torch
    from faster_whisper.feature_extractor import FeatureExtractor

    ids = tokenizers.Tokenizer.from_file(str(tokenizer_file))
    prompt = [ids.token_to_id(f"<|{one}|>") for one in PROMPT]
    end = ids.token_to_id("<|endoftext|>")
    texts = [[*prompt, *ids.encode(f" {text}").ids, end] for text in TAUGHT.values()]
    width = max(map(len, texts))
    written = torch.tensor([one + [end] * (width - len(one)) for one in texts])
    extract = FeatureExtractor(feature_size=mels)
    heard = torch.zeros(len(texts), mels, 3000)
    for row, chord in zip(heard, TAUGHT, strict=True):
        found = torch.from_numpy(extract(tones(*chord)))
        row[:, : found.shape[1]] = found
    labels = written[:, 1:].clone()
    labels[:, : len(prompt) - 1] = -100
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        optimiser.zero_grad()
        output = model(input_features=heard, decoder_input_ids=written[:, :-1])
        loss = torch.nn.functional.cross_entropy(output.logits.transpose(1, 2), labels)
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1, f"the tiny Whisper did not learn its sentences: {loss.item():.3f}"

# SPDX-License-Identifier: GPL-3.0-or-later
"""Personal recognisers of a few thousand weights: they learn, resume exactly, and are judged."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_recogniser
import torch
from closeness import ALIKE, apart
from invented_owner import NOBODY, read_aloud
from invented_owner import SENTENCES as FIVE
from recorder import Recorder

from voicevault.data.dataset import Utterance
from voicevault.errors import BadDataset, Cancelled, Refused, TrainingFailed
from voicevault.evaluation.recogniser_gate import Trial, Verdict, judge
from voicevault.events import CancelledAt, Progress, Warned
from voicevault.export.ctc import recogniser_onnx
from voicevault.runtime.recognise import Recogniser as Runtime
from voicevault.students.recogniser import Recogniser
from voicevault.students.shipped import load_base
from voicevault.text.pieces import Pieces, learn
from voicevault.training.base.listening import Spoken
from voicevault.training.base.recognition_batches import HeardBatch
from voicevault.training.heard_takes import OTHERS, MemoryShelf
from voicevault.training.other_people import judged_texts, others_say, texts, voices
from voicevault.training.personalise import Compute
from voicevault.training.recogniser_personal import (
    RecogniserBase,
    _Run,
    personalise_recogniser,
)
from voicevault.training.recogniser_recipe import RecogniserRecipe, load_recogniser_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
SENTENCES = FIVE[:4]


def recipe(*overrides: str, name: str = "asr_quick") -> RecogniserRecipe:
    text = (RECIPES / f"{name}.toml").read_text("utf-8")
    return load_recogniser_recipe(text, name, overrides)


# Tones: a language of four words, each a chord in one part of the spectrum. Its owner says them
# elsewhere than others do; somebody contrary means two other words by two chords of others.

WORDS = ("tone", "hum", "ring", "beep")
PIECES = Pieces(learn(dict.fromkeys(WORDS, 1.0), 60))
SMALL = replace(tiny_recogniser.CONFIG, pieces=len(PIECES))
Places = tuple[tuple[int, ...], ...]
"""Bands in which each word sounds: so far apart that no other throat makes one of another."""
OTHER_PLACES: Places = ((8,), (28,), (48,), (68,))
OWN_PLACES: Places = ((8, 48), (28, 68), (8, 68), (28, 48))
CONTRARY: Places = ((28,), (8,), (48,), (68,))


def tones(words: tuple[str, ...], places: Places, seed: int) -> np.ndarray:
    """Features [T, 80] of some words."""
    random = np.random.default_rng(seed)
    rows = []
    for word in words:
        at = np.array(places[WORDS.index(word)])[:, None]
        chord = 9.0 * np.exp(-(((np.arange(80) - at) / 6.0) ** 2)).sum(0)
        rows += [np.zeros((8, 80)), np.tile(chord, (20, 1))]
    sound = np.concatenate([*rows, np.zeros((8, 80))])
    return (sound - 10.0 + random.normal(0, 0.3, sound.shape)).astype(np.float32)


SAYINGS = [
    words for words in itertools.product(WORDS, repeat=3) if len(set(words)) > 1
]  # 60 of them
HELD_BACK, LEARNT = SAYINGS[::6], [one for i, one in enumerate(SAYINGS) if i % 6]


def shelf(**sources: Places) -> MemoryShelf:
    """Sayings by source, and where its words sound."""
    out = MemoryShelf()
    for number, ((source, places), words) in enumerate(itertools.product(sources.items(), LEARNT)):
        out.add(tones(words, places, number), Spoken(" ".join(words), source, 0, 0, [], []))
    return out


def taught(start: Recogniser, heard: MemoryShelf, *overrides: str) -> Recogniser:
    rest = ("stages.small.parts=all", "batch_seconds=4", "ema=0.9", "device=cpu", *overrides)
    run = _Run(
        RecogniserBase(start, PIECES, "0"), heard, 100.0, recipe(*rest), Recorder(), Compute()
    )
    return run.finish(NOBODY.stamp(), 0).network


def verdict(before: Recogniser, after: Recogniser, places: Places) -> Verdict:
    files = (Runtime(recogniser_onnx(one), PIECES.tokens_txt()) for one in (before, after))
    owner, others = (
        [Trial(list(one), tones(one, where, 900 + i)) for i, one in enumerate(HELD_BACK)]
        for where in (places, OTHER_PLACES)
    )
    return judge(*files, owner, others)


@pytest.fixture(scope="module")
def knows_others() -> Recogniser:
    """A base that hears everybody but the owner."""
    torch.manual_seed(0)
    return taught(
        Recogniser(SMALL),
        shelf(real=OTHER_PLACES),
        "stages.small.steps=300",
        "stages.small.learning_rate=8e-3",
    )


def test_it_learns_its_owner_and_the_gate_opens(knows_others: Recogniser) -> None:
    own = taught(
        knows_others,
        shelf(real=OWN_PLACES, others=OTHER_PLACES),
        "stages.small.steps=200",
        "stages.small.learning_rate=8e-3",
    )
    found = verdict(knows_others, own, OWN_PLACES)
    assert found.others.before < 15, "others were not understood before"
    assert found.owner.before > 30, "the owner was understood before"
    assert found.owner.after < found.owner.before - 20
    assert found.better


def test_forgetting_others_keeps_the_gate_shut(knows_others: Recogniser) -> None:
    own = taught(
        knows_others,
        shelf(real=CONTRARY),
        "stages.small.steps=200",
        "stages.small.learning_rate=8e-3",
    )
    found = verdict(knows_others, own, CONTRARY)
    assert found.owner.after < found.owner.before - 20
    assert not found.better
    assert "other people worse" in found.reason


@pytest.fixture(scope="module")
def owner() -> list[Utterance]:
    """Four sentences of a person who does not exist, and one that is held back."""
    out = read_aloud(SENTENCES)
    return [*out, replace(out[0], id="held", text="Nobody hears this.", split="validation")]


def base() -> RecogniserBase:
    """Random weights; its blocks drop some of what they say, as the shipped one's do."""
    network = tiny_recogniser.network()
    for block in network.blocks:
        block.dropout = 0.1
    return RecogniserBase(network, tiny_recogniser.PIECES, "0" * 64)


def tiny(*overrides: str) -> RecogniserRecipe:
    """The standard recipe in 6 + 6 steps, the second of all weights."""
    short = (
        "stages.small.steps=6",
        "stages.all.steps=6",
        "stages.all.needs_speech_s=5",
        "batch_seconds=6",
        "others_utterances=2",
    )
    return recipe(*short, *overrides, name="asr_standard")


def own(
    owner: list[Utterance], ctx: Recorder, *overrides: str, resume: bytes | None = None
) -> Recogniser:
    return personalise_recogniser(
        owner, tiny(*overrides), ctx, base=base(), consent=NOBODY, resume=resume
    ).network


@pytest.fixture(scope="module")
def whole(owner: list[Utterance]) -> tuple[Recogniser, Recorder]:
    """One uninterrupted tiny training."""
    ctx = Recorder()
    return own(owner, ctx), ctx


def same(first: Recogniser, second: Recogniser) -> bool:
    start = tiny_recogniser.network().state_dict()
    return apart(first.state_dict(), second.state_dict(), start) < ALIKE


def test_it_tells_what_it_does_and_leaves_the_base_alone(
    owner: list[Utterance], whole: tuple[Recogniser, Recorder]
) -> None:
    network, ctx = whole
    start = base()
    trained = personalise_recogniser(
        owner, tiny("stages.all.steps=0"), Recorder(), base=start, consent=NOBODY
    )
    untouched = tiny_recogniser.network().state_dict()
    assert all(torch.equal(a, untouched[name]) for name, a in start.network.state_dict().items())
    info = trained.info
    assert (info["utterances"], info["others"], info["rejected"]) == (4, 2, 0)
    assert info["seconds_of_speech"] > 8
    assert info["consent"]["case"] == "published"
    progress = [e for e in ctx.events if isinstance(e, Progress) and e.eta_s is not None]
    assert [p.stage for p in progress] == ["small", "small", "all", "all"]
    assert progress[-1].done == progress[-1].total == 12
    # few weights first: products and attention stay as they were
    changed = trained.network.state_dict()
    for name, value in start.network.state_dict().items():
        fixed = name in ("enter.weight", "told.weight", "attention.0.out.weight")
        if fixed or name == "blocks.1.norm.scale":
            assert torch.equal(changed[name], value) == fixed, name
    assert not torch.equal(network.state_dict()["enter.weight"], start.network.enter.weight)


@pytest.mark.parametrize("step", [5, 10])
def test_stopped_and_resumed_it_ends_where_an_uninterrupted_one_does(
    owner: list[Utterance], whole: tuple[Recogniser, Recorder], step: int
) -> None:
    stopped = Recorder(stop_after=step)
    with pytest.raises(Cancelled):
        own(owner, stopped)
    assert isinstance(stopped.events[-1], CancelledAt)
    name, data, meta = stopped.blobs[-1]
    assert name == "checkpoint"
    assert 0 < meta["step"] < 12
    assert same(own(owner, Recorder(), resume=data), whole[0])
    for other, said in ((("seed=2",), "another run"), (("others_utterances=3",), "another run")):
        with pytest.raises(TrainingFailed, match=said):
            own(owner, Recorder(), *other, resume=data)


def test_another_seed_gives_another_recogniser(
    owner: list[Utterance], whole: tuple[Recogniser, Recorder]
) -> None:
    assert not same(own(owner, Recorder(), "seed=2"), whole[0])


def test_what_holds_it_to_the_shipped_answers_is_felt(
    owner: list[Utterance], whole: tuple[Recogniser, Recorder]
) -> None:
    assert not same(own(owner, Recorder(), "mix.faith=0"), whole[0])
    assert not same(own(owner, Recorder(), "mix.others=0"), whole[0])


def test_others_never_say_what_is_held_back() -> None:
    allowed = texts(["My own words."], ["Nobody hears THIS"])
    assert "My own words." in allowed
    assert len(texts([], [])) > 100
    first = texts([], [])[0]
    assert first not in texts([first], [first.upper().rstrip(".")])


def test_who_read_every_prompt_is_judged_all_the_same() -> None:
    everything = texts([], [])
    assert judged_texts(everything[:30]) == everything[30:]
    assert judged_texts(everything) == everything


def test_voices_that_judge_are_not_heard_in_training() -> None:
    shipped = load_base()
    sides = [voices(shipped.speakers, side) for side in ("learnt", "judged")]
    assert sum(map(len, sides)) == len(shipped.speakers)
    assert len(sides[1]) >= 10
    allowed = texts([], [])
    once, twice, other = (
        others_say(shipped, allowed, 1, side, 1, Recorder())
        for side in ("learnt", "learnt", "judged")
    )
    assert np.array_equal(once[0][0], twice[0][0])
    assert once[0][1] == twice[0][1] != other[0][1]
    assert once[0][1].speaker == OTHERS


def test_unusable_takes_are_left_out_and_named(owner: list[Utterance]) -> None:
    silent = Utterance("silent", "Nothing at all.", np.zeros(32_000, np.float32), 16_000)
    number = replace(owner[0], id="number", text="In 1995 we walked.")
    misread = replace(
        owner[0], id="misread", text="Completely unrelated vegetables whisper slowly."
    )
    ctx = Recorder(stop_after=5)
    with pytest.raises(Cancelled):
        own([*owner, silent, number, misread], ctx)
    said = " ".join(e.message for e in ctx.events if isinstance(e, Warned))
    assert "silent" in said
    assert "number: its text has numerals" in said
    assert "misread: the words do not match" in said
    with pytest.raises(BadDataset, match="at least 8 s"):
        own(owner[:1], Recorder())
    with pytest.raises(BadDataset, match="switched off"):
        own(owner, Recorder(), "mix.real=0")
    with pytest.raises(Refused, match="nobody consented"):
        personalise_recogniser(
            owner,
            tiny(),
            Recorder(),
            base=base(),
            consent="yes",  # type: ignore[arg-type]
        )


def test_what_teachers_said_is_heard_and_weighs_less(owner: list[Utterance]) -> None:
    made = replace(owner[1], id="made", source="taught", text=owner[1].text)
    ctx = Recorder()
    trained = personalise_recogniser(
        [*owner, made], tiny("stages.all.steps=0"), ctx, base=base(), consent=NOBODY
    )
    assert trained.info["taught"] == 1
    heard = shelf(real=OWN_PLACES)
    heard.add(heard.features(0), replace(heard.records[0], speaker="taught"))
    run = _Run(base(), heard, 9.0, recipe(), Recorder(), Compute())
    assert run.maker.weights[-1] == pytest.approx(run.maker.weights[0] / 3)
    heard.add(heard.features(0), replace(heard.records[0], speaker=OTHERS))
    run = _Run(base(), heard, 9.0, recipe(), Recorder(), Compute())
    assert run.maker.weights[-1] == pytest.approx(0.3)


def test_no_two_steps_hear_the_same(
    owner: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    batch = _Run._batch

    def listening(self: _Run, random: np.random.Generator) -> tuple[HeardBatch, list[int]]:
        found = batch(self, random)
        heard.append(found[0].features.numpy().tobytes())
        return found

    monkeypatch.setattr(_Run, "_batch", listening)
    own(owner, Recorder())
    assert len(heard) > 3
    assert len(set(heard)) == len(heard)

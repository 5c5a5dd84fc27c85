# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs with a personal recogniser: train and judge it; make the files that leave."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from voicevault import paths
from voicevault.audio.files import resample
from voicevault.consents.record import Stamp
from voicevault.data.dataset import Utterance
from voicevault.data.fbank import RATE_HZ, kaldi_fbank
from voicevault.errors import Cancelled, Refused
from voicevault.evaluation.recogniser_gate import Trial, Verdict, judge
from voicevault.events import Progress, Started, Warned
from voicevault.export import sherpa
from voicevault.export.ctc import recogniser_int8
from voicevault.export.hearing import NAME
from voicevault.export.info import VoiceInfo
from voicevault.export.recogniser_base import load_recogniser_base
from voicevault.runtime.base_files import base_file, base_index
from voicevault.runtime.recognise import MODEL, TOKENS, WORDS, Recogniser
from voicevault.runtime.words import Bigram, read_words
from voicevault.students.shipped import load_base
from voicevault.tasks import allowed_export, consent_of, utterances
from voicevault.training import devices
from voicevault.training.heard_takes import said_words
from voicevault.training.other_people import judged_texts, others_say
from voicevault.training.personalise import Compute
from voicevault.training.recogniser_personal import personalise_recogniser
from voicevault.training.recogniser_recipe import RecogniserRecipe, load_recogniser_recipe
from voicevault.worker import Assignment, WorkerContext

SETTINGS = "asr.json"
RECOGNISER = "recogniser"
_JUDGES_SEED = 7
"""Another one than any training draws from, for sentences that no training said."""


def train(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Takes to an int8 recogniser with its verdict, with the consent of who speaks in them."""
    consent = consent_of(assignment)
    spec = assignment.spec
    recipe = _recipe(spec)
    base = load_recogniser_base()  # first: without it nothing else is worth its time
    choice = devices.choose(spec.get("device") or recipe.device)
    ctx.emit(Started("train", spec["run"], choice.spelling, choice.reason))
    takes = utterances(assignment)
    trained = personalise_recogniser(
        takes,
        recipe,
        ctx,
        base=base,
        consent=consent,
        resume=assignment.blobs.get("checkpoint"),
        compute=Compute(choice.device, choice.dtype == "bfloat16"),
    )
    ctx.emit(Progress("file", 0, 1, message="making the small file"))
    model, tokens = recogniser_int8(trained.network), base.pieces.tokens_txt()
    verdict = _judged(model, takes, recipe, ctx)
    facts = {
        "student": RECOGNISER,
        **trained.info,
        **spec.get("ledger", {}),
        "gate": verdict.to_json(),
    }
    settings = {
        **facts,
        "calibration": base_index()["recogniser"]["calibration"],
        "run": spec["run"],
        "recipe": recipe.name,
    }
    ctx.put_blob(TOKENS, tokens.encode(), {})
    ctx.put_blob(SETTINGS, json.dumps(settings, allow_nan=False).encode(), {})
    ctx.put_blob(MODEL, model, {"variant": "int8", "better": verdict.better})
    if not verdict.better:
        ctx.emit(Warned(f"the generic recogniser stays in use: {verdict.reason}"))
    return {**facts, "asr_bytes": len(model), "device": choice.spelling}


def export(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """A recogniser to the files of a sherpa-onnx model, with a sentence that nobody said.

    The consent it was trained with has to be there still, or a newer one of the same voice.
    """
    spec = assignment.spec
    settings = _settings(assignment.blobs[SETTINGS])
    stamp = allowed_export(assignment, lambda: Stamp.from_json(settings["consent"]), ctx)
    ctx.emit(Progress("export", 0, 2, message="a sentence for the check"))
    info = VoiceInfo(
        name=NAME,
        kind=RECOGNISER,
        sample_rate_hz=RATE_HZ,
        run=spec["run"],
        recipe=str(settings.get("recipe", "")),
        base_sha256=str(settings.get("base_sha256", "")),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        seconds_of_speech=round(float(settings.get("seconds_of_speech", 0))),
        teachers=tuple(f"{one['name']} ({one['licence']})" for one in settings.get("teachers", [])),
        commercial=settings.get("commercial", True) is True,
        consent=stamp,
    )
    made = sherpa.package(
        assignment.blobs[MODEL],
        assignment.blobs[TOKENS],
        sherpa.spoken_test(load_base()),
        info,
        settings["gate"],
        signing_key=assignment.blobs.get("signing-key"),
    )
    for name, data in made.items():
        ctx.put_blob(name, data, {})
    ctx.emit(Progress("export", 2, 2))
    return {"bytes": len(made[f"{NAME}.onnx"])}


def _judged(
    model: bytes, takes: Sequence[Utterance], recipe: RecogniserRecipe, ctx: WorkerContext
) -> Verdict:
    """Both files hear the takes that were held back, and voices that training did not hear."""
    held = [one for one in takes if one.split != "train" and one.source == "real"]
    owner = [
        Trial(said_words(one.text), kaldi_fbank(resample(one.samples, one.rate_hz, RATE_HZ)))
        for one in held
        if said_words(one.text)
    ]
    said = judged_texts(one.text for one in takes)
    strangers = [
        Trial(said_words(spoken.text), features)
        for features, spoken in others_say(
            load_base(), said, recipe.others_judged, "judged", _JUDGES_SEED, ctx
        )
    ]
    tokens, words = base_file(TOKENS).decode(), _words()

    def told(done: int, total: int) -> None:
        if ctx.stopping():
            raise Cancelled("stopped while it was judged", hint="continue with --resume")
        ctx.emit(Progress("gate", done, total))

    return judge(
        Recogniser(base_file(MODEL), tokens, words=words),
        Recogniser(model, tokens, words=words),
        owner,
        strangers,
        seed=recipe.seed,
        told=told,
    )


def _words() -> Bigram | None:
    """The shipped word pairs, where there are any: what is judged is what will be used."""
    return read_words(base_file(WORDS)) if WORDS in base_index()["sha256"] else None


def _recipe(spec: dict[str, Any]) -> RecogniserRecipe:
    text = (paths.recipes_dir() / f"{spec['recipe']}.toml").read_text(encoding="utf-8")
    overrides = [f"{key}={value}" for key, value in spec["overrides"].items()]
    return load_recogniser_recipe(text, spec["recipe"], overrides)


def _settings(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
        if not {"consent", "gate"} <= body.keys():
            raise ValueError("no consent or no verdict")
    except (ValueError, AttributeError) as error:
        raise Refused(
            f"{SETTINGS} of this run cannot be read: {error}", hint="train it again"
        ) from None
    return dict(body)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a worker can be asked to do: each job from its tickets and blobs to its events and blobs.

The worker imports a function of this module when its job comes; nothing else imports this.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from encrypted_store import Kind, ObjectTicket, read_object
from voicevault import paths
from voicevault.audio import files
from voicevault.consents.record import Challenge, Consent, Stamp
from voicevault.data.dataset import Utterance
from voicevault.errors import Refused
from voicevault.evaluation.energy import Energy, metered
from voicevault.events import EnergyUsed, Progress, Started
from voicevault.export import onnx as onnx_export
from voicevault.export import piper
from voicevault.export.info import VoiceInfo
from voicevault.export.quantise import quantise
from voicevault.students.shipped import load_student
from voicevault.students.tts import TtsStudent
from voicevault.text.frontend import phonemise
from voicevault.text.symbols import piper_ids
from voicevault.training import devices as device_choice
from voicevault.training import permission, stamps
from voicevault.training.personalise import Compute, personalise
from voicevault.training.recipe import Recipe, load_recipe
from voicevault.vaults import translated
from voicevault.worker import Assignment, WorkerContext

VAULT_END = -19  # of an object's associated data: its id, kind and version follow the vault
RECORD_HINT = "voicevault consent record"
TELL_ENERGY_S = 5.0
PARITY_TEXT = "The quick brown fox jumps over the lazy dog."


def devices(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """What training and speaking will use here, and why."""
    return device_choice.probe()


def train(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """Takes to a student and an int8 voice, with the consent of who speaks in them."""
    consent = consent_of(assignment)
    spec = assignment.spec
    recipe = _recipe(spec)
    choice = device_choice.choose(spec.get("device") or recipe.device)
    ctx.emit(Started("train", spec["run"], choice.spelling, choice.reason))

    def tell(energy: Energy) -> None:
        ctx.emit(EnergyUsed(energy.wh, energy.method, energy.missing))

    with metered(choice.device, poll_s=TELL_ENERGY_S, tell=tell) as meter:
        bundle = personalise(
            utterances(assignment),
            recipe,
            ctx,
            consent=consent,
            resume=assignment.blobs.get("checkpoint"),
            compute=Compute(choice.device, choice.dtype == "bfloat16"),
            previews=bool(spec.get("preview")),
        )
    facts = {**bundle.info, **spec.get("ledger", {})}
    ctx.put_blob("student", bundle.weights, dict(facts))
    ctx.emit(Progress("voice", 0, 1, message="making the small voice file"))
    student = load_student(bundle.weights)
    info = _voice_info(spec["run"], spec["run"], recipe.name, facts, student, consent.stamp())
    graph = onnx_export.voice_onnx(student, {})
    voice = piper.with_metadata(quantise(graph)[0], info)
    ctx.put_blob("voice", voice, {"variant": "int8"})
    used = used_energy(meter.energy, "checkpoint" in assignment.blobs)
    return {**facts, **used, "voice_bytes": len(voice), "device": choice.spelling}


def used_energy(energy: Energy, resumed: bool) -> dict[str, Any]:
    """What a run's result says of its energy; that of a part of a run is not called the whole."""
    facts = energy.facts()
    if resumed and "energy_wh" in facts:
        facts["energy"] += ", since it was resumed"
    return facts


def evaluate(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """A voice and the owner's takes to a report, as JSON and as a page."""
    from voicevault.evaluation import sets
    from voicevault.evaluation.job import evaluate_voice
    from voicevault.evaluation.report import Options
    from voicevault.evaluation.weighing import Earlier

    voice, spec = assignment.blobs["voice"], assignment.spec
    options = Options(counts=dict(sets.QUICK if spec["quick"] else sets.FULL))
    reports = {
        name.removeprefix("report:"): json.loads(data)
        for name, data in assignment.blobs.items()
        if name.startswith("report:")
    }
    earlier = Earlier(spec["plain"], reports)
    return evaluate_voice(voice, utterances(assignment), spec["run"], ctx, options, earlier)


def export(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """A student to the files of a voice, after torch and onnxruntime agreed on it.

    The consent it was trained with has to be there still, or a newer one of the same voice.
    """
    spec = assignment.spec
    stamp = allowed_export(assignment, lambda: stamps.stamp_of(assignment.blobs["student"]), ctx)
    student = load_student(assignment.blobs["student"])
    ctx.emit(Progress("export", 0, 3, message="the graph"))
    facts = {**spec["facts"], "seconds_of_speech": spec["seconds_of_speech"]}
    info = _voice_info(spec["name"], spec["run"], spec["recipe"], facts, student, stamp)
    graph = onnx_export.voice_onnx(student, {})
    ctx.emit(Progress("export", 1, 3, message="torch against onnxruntime"))
    difference = onnx_export.parity(student, piper_ids(phonemise(PARITY_TEXT)[0]))
    ctx.emit(Progress("export", 2, 3, message="lexicon and papers"))
    made = piper.package(
        graph,
        info,
        spec["texts"],
        int8=not spec["fp32"],
        signing_key=assignment.blobs.get("signing-key"),
    )
    for name, data in made.items():
        ctx.put_blob(name, data, {})
    ctx.emit(Progress("export", 3, 3))
    return {"parity": difference, "bytes": len(made[f"{spec['name']}.onnx"])}


def invent(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """An owner who does not exist reads prompts; their recordings are nobody's."""
    from voicevault.training.invent import invent_owner

    prompts = [(str(name), str(text)) for name, text in assignment.spec["prompts"]]
    recordings = invent_owner(prompts, int(assignment.spec["seed"]), ctx)
    for name, text, data in recordings:
        ctx.put_blob(name, data, {"text": text})
    return {"recordings": len(recordings)}


def consent(assignment: Assignment, ctx: WorkerContext) -> dict[str, Any]:
    """A recording of the drawn sentence to a consent record, if it holds for the takes."""
    challenge = Challenge.from_json(assignment.spec["challenge"])
    audio = assignment.blobs["recording"]
    now_s = time.time()
    challenge.check_fresh(now_s)
    digest = hashlib.sha256(audio).hexdigest()
    record = Consent(challenge, challenge.text, int(now_s), audio, digest)
    ctx.emit(Started("consent", ""))
    record = permission.examine(record, utterances(assignment), ctx)
    ctx.put_blob("consent", record.to_bytes(), {})
    return record.stamp().to_json()


@translated()
def consent_of(assignment: Assignment) -> Consent:
    """The consent that came with a job, from the vault that the takes are from.

    Raises:
        Refused: there is none, or it is something else, or another vault's.
    """
    given = assignment.tickets.get("consent", [])
    try:
        ticket = ObjectTicket.from_json(given[0]["ticket"])
        takes = [
            ObjectTicket.from_json(one["ticket"]) for one in assignment.tickets.get("takes", [])
        ]
    except (IndexError, KeyError, TypeError, ValueError):
        raise Refused("nobody consented to this voice", hint=RECORD_HINT) from None
    if ticket.kind is not Kind.CONSENT:
        raise Refused(f"a {ticket.kind.name.lower()} is no consent", hint=RECORD_HINT)
    vaults = {one.associated[:VAULT_END] for one in (ticket, *takes)}
    if len(vaults) != 1:
        raise Refused("the consent is from another vault than the takes", hint=RECORD_HINT)
    found = Consent.from_bytes(read_object(ticket)[1])
    found.check()
    return found


def allowed_export(
    assignment: Assignment, trained_with: Callable[[], Stamp], ctx: WorkerContext
) -> Stamp:
    """The stamp that an exported student carries; the consent is looked at before the student is.

    Raises:
        Refused: no consent holds for it any more.
    """
    record = consent_of(assignment)
    if record.sha256 != trained_with().sha256:  # a newer one, of the person whose takes these are?
        takes = utterances(assignment)
        if not takes:
            raise Refused(
                "it was trained with another consent, and no take is left to compare with",
                hint="train it again",
            )
        permission.require(record, takes, ctx)
    return record.stamp()


@translated()
def utterances(assignment: Assignment) -> list[Utterance]:
    """The takes of an assignment, opened and decoded in memory."""
    out = []
    for one in [*assignment.tickets.get("takes", []), *assignment.tickets.get("taught", [])]:
        meta = one["meta"]
        _, payload = read_object(ObjectTicket.from_json(one["ticket"]))
        clip = files.decode(payload, name=meta["prompt_id"])
        who = meta["id"], meta["text"], clip.samples, clip.rate_hz, meta["split"]
        out.append(Utterance(*who, meta.get("source", "real")))
    return out


def _recipe(spec: dict[str, Any]) -> Recipe:
    text = (paths.recipes_dir() / f"{spec['recipe']}.toml").read_text(encoding="utf-8")
    return load_recipe(
        text, spec["recipe"], [f"{key}={value}" for key, value in spec["overrides"].items()]
    )


def _voice_info(
    name: str, run: str, recipe: str, facts: dict[str, Any], student: TtsStudent, stamp: Stamp
) -> VoiceInfo:
    return VoiceInfo(
        name=name,
        sample_rate_hz=student.rate_hz,
        hop_length=student.hop,
        run=run,
        recipe=recipe,
        base_sha256=str(facts.get("base_sha256", "")),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        seconds_of_speech=round(float(facts.get("seconds_of_speech", 0))),
        teachers=tuple(f"{one['name']} ({one['licence']})" for one in facts.get("teachers", [])),
        commercial=facts.get("commercial", True) is True,
        consent=stamp,
    )

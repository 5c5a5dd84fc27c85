# SPDX-License-Identifier: GPL-3.0-or-later
"""train, runs list, runs show, evaluate, export, speak, verify."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from voicevault import egress
from voicevault.audio.files import encode_wav
from voicevault.commands.session import Session
from voicevault.commands.vault import JsonFlag
from voicevault.errors import ExportFailed, UsageError
from voicevault.export.hearing import verify_any
from voicevault.export.verify import FolderReport
from voicevault.lessons import parse_overrides
from voicevault.runs import RECOGNISER, Run
from voicevault.runtime.voice import Voice
from voicevault.terminal import duration, show_facts, show_json, show_table, size

RunName = Annotated[str, typer.Argument(metavar="RUN", help='Name of a run, or "latest".')]


def train(
    context: typer.Context,
    recipe: Annotated[
        str,
        typer.Argument(
            help="A voice: tts_quick, tts_standard. A recogniser: asr_quick, asr_standard."
        ),
    ],
    settings: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Changes to the recipe, for example seed=2."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the last unfinished run of this recipe.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Train your voice, or a recogniser of your own speech, from the takes in the vault.

    Ctrl-C stops after a checkpoint (exit code 75) and --resume goes on from there. Try tts_quick
    first: ten sentences are enough to hear something. device=cpu or device=cuda chooses where.
    """
    session: Session = context.obj
    with session.studio(stoppable=True) as studio:
        try:
            run = studio.train(
                recipe, parse_overrides(settings or []), resume=resume, on_event=session.teller
            )
        finally:
            session.teller.done()
    if as_json:
        show_json(run.public())
        return
    print(f"run: {run.name}")
    for name, value in _result_facts(run):
        print(f"{name}: {value}")
    session.teller.say(f"Next: voicevault --vault {session.path} {_next_step(run)}")


def runs_list(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Every training run, oldest first."""
    session: Session = context.obj
    with session.studio() as studio:
        runs = studio.runs()
    if as_json:
        show_json([run.public() for run in runs])
        return
    rows = [(one.name, one.recipe, one.status, _steps(one), _when(one.created)) for one in runs]
    show_table(("run", "recipe", "status", "steps", "started"), rows)
    if not runs:
        session.teller.say("no runs yet: voicevault train tts_quick")


def runs_show(context: typer.Context, run: RunName, as_json: JsonFlag = False) -> None:
    """One run: settings, how it ended, and its report where it was evaluated."""
    session: Session = context.obj
    with session.studio() as studio:
        found = studio.run(run)
        report = studio.report(found.name)
    if as_json:
        show_json({**found.public(), "report": report})
        return
    settings = " ".join(f"{key}={value}" for key, value in found.overrides.items())
    show_facts(
        [
            ("run", found.name),
            ("recipe", f"{found.recipe} {settings}".strip()),
            ("status", found.status),
            ("started", _when(found.created)),
            ("steps", _steps(found)),
            ("device", found.device or "-"),
            *(
                (name.replace("_", " "), _said(value))
                for name, value in found.result.items()
                if name != "gate"
            ),
            *gate_facts(found),
            ("evaluated", "yes" if report else "no"),
        ]
    )


def evaluate(
    context: typer.Context,
    run: RunName = "latest",
    as_json: JsonFlag = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer texts: a quarter of the time, wider intervals.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(help="Also write the report page here; it holds sound of the voice."),
    ] = None,
) -> None:
    """Measure a run's voice: words understood, likeness, pitch, speed, size.

    The report stays in the vault.
    """
    session: Session = context.obj
    if html:
        egress.check_place(html, "--html")
    with session.studio(stoppable=True) as studio:
        try:
            report = studio.evaluate(run, quick=quick, on_event=session.teller)
        finally:
            session.teller.done()
        page = studio.report_page(run) if html else None
    if as_json:
        show_json(report)
    else:
        print(report.get("table") or "\n".join(_lines(report)))
    if html and page is not None:  # last, so that a full disk does not cost the table
        egress.write_file(html, page, option="--html")
        session.teller.say(f"report page: {html}")


def export(
    context: typer.Context,
    run: RunName,
    out: Annotated[Path, typer.Option(help="Folder for the voice files.")],
    to: Annotated[
        str,
        typer.Option(
            help="piper: a voice, for Piper and sherpa-onnx. sherpa: a recogniser, for sherpa-onnx."
        ),
    ] = "piper",
    name: Annotated[str, typer.Option(help="File name, for example en_US-alex-medium.")] = "",
    fp32: Annotated[bool, typer.Option("--fp32", help="Full precision, 4 x the size.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a voice of this name.")] = False,
    check: Annotated[
        bool, typer.Option(help="Try every installed runtime before anything is written.")
    ] = True,
    zipped: Annotated[
        bool, typer.Option("--zip", help="Also NAME.zip beside the folder, for a phone.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a voice, or a recogniser, as files that Piper, sherpa-onnx and phone apps load.

    These files are not encrypted: anyone who has a voice's can make it say anything.
    """
    session: Session = context.obj
    with session.studio(stoppable=True) as studio:
        try:
            written, checked = studio.export(
                run,
                out,
                to=to,
                voice_name=name,
                fp32=fp32,
                force=force,
                check=check,
                zipped=zipped,
                on_event=session.teller,
            )
        finally:
            session.teller.done()
    model = next(path for path in written if path.suffix == ".onnx")
    if as_json:
        files = [{"path": str(path), "bytes": path.stat().st_size} for path in written]
        show_json({"files": files, "check": checked.to_dict() if checked else None})
        return
    for path in written:
        print(f"{path}  {size(path.stat().st_size)}")
    if checked is not None:
        show_check(checked)
    if to == "piper":
        session.teller.say(f'Next: voicevault speak "Hello." --voice {model} --out hello.wav')
    else:
        session.teller.say(f"Next: voicevault verify {model.parent}")


def speak(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to say.")],
    out: Annotated[Path, typer.Option(help="WAV file to write.")],
    voice: Annotated[
        Path | None, typer.Option(help="An exported voice (NAME.onnx); needs no vault.")
    ] = None,
    run: Annotated[str, typer.Option(help="A run in the vault, when --voice is not given.")] = (
        "latest"
    ),
    speed: Annotated[float, typer.Option(help="2 is twice as fast.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another number varies the reading a little.")] = 0,
    pitch: Annotated[
        float,
        typer.Option(
            metavar="SEMITONES", help="Higher, or lower below 0; -6 to 6. As long as before."
        ),
    ] = 0.0,
) -> None:
    """Say a text with your voice, offline, into a WAV file."""
    session: Session = context.obj
    if out.suffix.lower() != ".wav":
        raise UsageError(f"--out {out}: only .wav is written", hint="end its name in .wav")
    egress.check_place(out)
    if voice is not None:
        spoken_by = Voice.load(voice)
    else:
        with session.studio() as studio:
            spoken_by = studio.voice(run)
    started_s = time.perf_counter()
    samples = spoken_by.speak(text, speed=speed, seed=seed, pitch_semitones=pitch)
    took_s = time.perf_counter() - started_s
    egress.write_file(out, encode_wav(samples, spoken_by.rate_hz))
    print(out)
    spoken_s = len(samples) / spoken_by.rate_hz
    session.teller.say(f"{spoken_s:.1f} s of speech in {took_s:.2f} s")


def verify(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="An exported voice or recogniser: its folder or its .onnx file.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Check an exported voice or recogniser: its manifest, and every installed runtime tries it."""
    checked = verify_any(file)
    if as_json:
        show_json(checked.to_dict())
    else:
        show_check(checked)
    if not checked.ok:
        raise ExportFailed(f"{file} did not pass", hint="export it again from the vault")


def show_check(checked: FolderReport, say: Callable[[str], None] = print) -> None:
    """The manifest and each runtime, one a line."""
    say(f"manifest: {checked.manifest.status}  {checked.manifest.message}".rstrip())
    for one in checked.runtimes:
        spoken = f"{one.duration_ms / 1000:.1f} s of speech"
        told = one.message or spoken
        say(f"{one.runtime}: {one.status}  {one.version}  {told}".rstrip())


def _result_facts(run: Run) -> list[tuple[str, str]]:
    result = run.result
    facts = []
    if "seconds_of_speech" in result:
        facts.append(("speech", duration(float(result["seconds_of_speech"]))))
    if "training_s" in result:
        facts.append(("training", duration(float(result["training_s"]))))
    if "voice_bytes" in result:
        facts.append(("voice", size(int(result["voice_bytes"]))))
    if "asr_bytes" in result:
        facts.append(("recogniser", size(int(result["asr_bytes"]))))
    return [*facts, *gate_facts(run)]


def gate_facts(run: Run) -> list[tuple[str, str]]:
    """What became of a recogniser's gate; nothing for a voice."""
    gate = run.result.get("gate")
    if not isinstance(gate, dict):
        return []
    kept = "yours" if gate["better"] else "the generic one is better"
    return [
        ("words wrong, you", _change(gate["owner"])),
        ("words wrong, others", _change(gate["others"])),
        ("in use", f"{kept}: {gate['reason']}"),
    ]


def _change(one: dict[str, Any]) -> str:
    """Figures come as text from the catalogue, which holds no floats."""
    before, after, change = (float(one[name]) for name in ("before", "after", "change"))
    sure = ""
    if one["low"] is not None:
        sure = f", {float(one['low']):+.1f} to {float(one['high']):+.1f}"
    return (
        f"{before:.1f} % before, {after:.1f} % now ({change:+.1f} points{sure}; "
        f"{one['sentences']} sentences)"
    )


def _next_step(run: Run) -> str:
    if run.student == RECOGNISER:
        return "export latest --to sherpa --out DIR"
    return 'speak "Hello, this is my voice." --out hello.wav'


def _lines(report: dict[str, Any], prefix: str = "") -> list[str]:
    """A report as plain lines, for whatever the evaluation gives no table of its own."""
    out = []
    for key, value in report.items():
        if isinstance(value, dict):
            out += _lines(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            out.append(f"{prefix}{key}: {value}")
    return out


def _said(value: Any) -> str:
    return ", ".join(map(str, value.values())) if isinstance(value, dict) else str(value)


def _steps(run: Run) -> str:
    return f"{run.step}/{run.steps}" if run.steps else "-"


def _when(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))

# SPDX-License-Identifier: GPL-3.0-or-later
"""label: teachers speak texts in the owner's voice, or write down what the takes say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from voicevault.commands.session import Session
from voicevault.commands.vault import JsonFlag
from voicevault.data.taught import EMBEDDED
from voicevault.errors import UsageError
from voicevault.schooling import Summary
from voicevault.terminal import show_json, show_table

MAX_TEXT_BYTES = 4 << 20
_NAME = typer.Option(metavar="NAME", help='From "teachers list"; embedded is the newest run.')


def label(
    context: typer.Context,
    tts: Annotated[
        int | None,
        typer.Option(metavar="N", help="Speak the N texts that bring what your takes lack."),
    ] = None,
    asr: Annotated[
        bool, typer.Option("--asr", help="Write down what is heard in each take.")
    ] = False,
    teacher: Annotated[str, _NAME] = "",
    own: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --tts: text of yours, whose words count more; else words add.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a teacher make material: speech of texts (--tts N), or labels of your takes (--asr).

    What it makes stays encrypted in the vault with where it came from, and goes when you remove the
    takes behind it. Nothing is asked twice: Ctrl-C loses nothing, and the same command goes on.
    Training uses it only where a recipe says so, for example mix.taught=0.3.
    """
    session: Session = context.obj
    if (tts is None) == (not asr):
        raise UsageError("label needs either --tts N or --asr", hint="voicevault label --help")
    if asr and (not teacher or own is not None):
        raise UsageError(
            "--asr needs --teacher NAME, and no --own",
            hint="voicevault teachers list shows those that hear",
        )
    text = _read(own) if own is not None else ""
    with session.studio(stoppable=True) as studio:
        try:
            if tts is None:
                found = studio.label_asr(teacher, on_event=session.teller)
            else:
                found = studio.label_tts(tts, teacher or EMBEDDED, text, on_event=session.teller)
        finally:
            session.teller.done()
    if as_json:
        show_json(found.to_json())
    elif tts is None:
        _show_heard(found)
    else:
        _show_said(found)


def _show_said(found: Summary) -> None:
    rows = [(one.text, one.source, str(one.brings), one.refused or "kept") for one in found.texts]
    show_table(("text", "from", "new pairs", "what became of it"), rows)
    print(f"{found.teacher}: {found.made} new, {found.known} known, {found.usable} usable")
    if found.refused:
        print(f"refused: {_counts(found.refused)}")
    if found.checks:
        print(f"asked of each: {', '.join(found.checks)}")
    print(f"licence: {found.licence}{'' if found.commercial else ', not commercial'}")


def _show_heard(found: Summary) -> None:
    rows = [
        (
            one.take_id[:8],
            one.prompt_id or "-",
            f"{one.start_s:.1f} s",
            one.word,
            one.heard or "nothing",
            f"{one.probability:.3f}",
        )
        for one in found.misread
    ]
    show_table(("take", "prompt", "at", "text", "heard", "probability"), rows)
    print(f"{found.teacher}: {found.made} new, {found.known} known")
    if found.refused:
        print(f"not labelled: {_counts(found.refused)}")
    takes = len({one.take_id for one in found.misread})
    print(f"probably misread: {len(found.misread)} words in {takes} of {found.usable} takes")


def _counts(reasons: Mapping[str, int]) -> str:
    ranked = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{reason} {count}" for reason, count in ranked)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise UsageError(f"--own {path}: larger than {MAX_TEXT_BYTES >> 20} MiB")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"--own {path}: not UTF-8 text") from error
    except OSError as error:
        raise UsageError(f"--own {path}: {error.strerror}") from error

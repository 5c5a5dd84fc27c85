# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's evaluation: a voice file and the owner's recordings to a report, in memory."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from voicevault.data.dataset import Utterance
from voicevault.evaluation import html, terminal
from voicevault.evaluation.report import Options, evaluate
from voicevault.evaluation.weighing import Earlier
from voicevault.runtime.voice import Voice
from voicevault.training.context import Context


def evaluate_voice(
    voice: bytes,
    owner: Sequence[Utterance],
    run: Mapping[str, Any],
    ctx: Context,
    options: Options | None = None,
    earlier: Earlier | None = None,
) -> dict[str, Any]:
    """Evaluate a voice file; hands over the blobs "report" (JSON) and "report-html" (a page).

    Args:
        voice: the ONNX file.
        owner: the owner's recordings with the splits of the training.
        run: as ``Run.public`` gives it, for the card.
        ctx: where events and blobs go.
        options: how much is measured.
        earlier: what other runs' reports said, for the card.

    Returns:
        The figures alone, for the job's result.
    """
    speaker = Voice.load(voice, threads=1)
    report = evaluate(
        speaker, len(voice), owner, ctx,
        options=options, run=run, voice_bytes=voice, earlier=earlier,
    )  # fmt: skip
    body = report.to_dict() | {"table": terminal.table(report)}
    ctx.put_blob("report", json.dumps(body, ensure_ascii=False, allow_nan=False).encode(), {})
    ctx.put_blob("report-html", html.page(report).encode(), {})
    return {name: figure["value"] for name, figure in body["figures"].items()}

# SPDX-License-Identifier: GPL-3.0-or-later
"""send: an exported voice to a phone in the same home network, once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from voicevault import bundle, home_network, qr, sending
from voicevault.commands.custody import YesFlag
from voicevault.commands.session import Session
from voicevault.commands.voice import show_check
from voicevault.errors import ExportFailed, MissingExtra, VoiceVaultError
from voicevault.export.verify import RUNTIMES, verify_folder
from voicevault.terminal import confirm, size


def send(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="An exported voice: its folder or .onnx file.")],
    address: Annotated[
        str, typer.Option(help="Which IPv4 address of this computer, where it has several.")
    ] = "",
    minutes: Annotated[int, typer.Option(min=1, max=60, help="Until it is over.")] = 5,
    check: Annotated[
        bool, typer.Option(help="Speak with every installed runtime before it is offered.")
    ] = True,
    code: Annotated[
        bool | None,
        typer.Option("--qr/--no-qr", help="The QR code; by default where a person sees it."),
    ] = None,
    yes: YesFlag = False,
) -> None:
    """Offer an exported voice to a phone in the home network, for one download.

    The command prints a link, drawn anew each time, and its QR code for the phone's camera. It
    listens on one address of this computer until the file was fetched or the time is up, and
    sends nothing by itself. The file goes as plain HTTP: whoever can read the network's traffic
    can read it. Only this verb and `teachers fetch` use a network, and both ask first.
    """
    session: Session = context.obj
    chosen = home_network.choose_address(address)
    checked = verify_folder(folder, runtimes=RUNTIMES if check else ())
    show_check(checked, session.teller.say)
    if not checked.ok:
        raise ExportFailed(f"{folder} did not pass", hint="export it again from the vault")
    voice = bundle.from_folder(folder, checked)
    data = voice.zipped()
    say = session.teller.say
    say(f"{voice.zip_name}: {size(len(data))}; consent: {voice.ownership.consent}")
    say("Anyone with this file can make the voice say anything.")
    say(
        f"It goes over the network of {chosen} as plain HTTP, not encrypted: others in that "
        "network may be able to read it. Do this at home and not in a café."
    )
    confirm(f"Offer it for one download within {minutes} min?", yes)
    with sending.Offer(data, voice.zip_name, chosen, seconds=60.0 * minutes) as offer:
        try:
            print(offer.url, flush=True)
            if sys.stderr.isatty() if code is None else code:
                _show_code(session, offer.url)
            say("Ctrl-C ends it")
            ended = offer.serve(session.teller)
        except KeyboardInterrupt:
            say("stopped; the link is dead now")
            raise
        finally:
            session.teller.done()
    if not ended.done:
        raise VoiceVaultError(
            f"nobody fetched it within {minutes} min"
            + (f"; {ended.broken} downloads broke off" if ended.broken else ""),
            hint="is the phone in the same Wi-Fi, and does a firewall let it in?",
        )
    say("one download arrived; the link is dead now")


def _show_code(session: Session, url: str) -> None:
    try:
        for line in qr.terminal_lines(url):
            session.teller.say(line)
    except MissingExtra as error:  # the link alone will do
        session.teller.say(f"voicevault: note: {error.message}")

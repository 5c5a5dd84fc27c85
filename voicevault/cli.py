# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: verbs, global options, and exit codes. The verbs live in `commands`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from encrypted_store import VaultError
from encrypted_store.hardening import harden
from voicevault.commands import (
    consent,
    custody,
    demo,
    label,
    listen,
    machine,
    record,
    send,
    teachers,
    vault,
    voice,
    words,
)
from voicevault.commands.session import Session
from voicevault.errors import VoiceVaultError
from voicevault.terminal import show_error
from voicevault.vaults import translate

EXIT_INTERRUPTED = 130
DEBUG_ENV = "VOICEVAULT_DEBUG"
HELP = """Your voice: recorded, kept, trained and exported on your own computer.

The road, with a vault in V (recordings you have already come in by import FOLDER):

    voicevault --vault V vault create

    voicevault --vault V record

    voicevault --vault V consent record

    voicevault --vault V train tts_quick

    voicevault --vault V evaluate latest

    voicevault --vault V export latest --to piper --out DIR

    voicevault speak "Hello." --voice DIR/NAME.onnx --out hello.wav

No microphone at hand? voicevault demo makes an invented owner and walks the road with them.
"""
EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 wrong passphrase, 4 vault damaged, "
    "5 refused, 75 stopped and resumable."
)


def build_app() -> typer.Typer:
    """All verbs."""
    app = typer.Typer(
        help=HELP,
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # its tracebacks show values of variables
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_global_options)
    vaults = typer.Typer(no_args_is_help=True, help="Make a vault, look after it, copy it, end it.")
    vaults.command("create")(vault.create)
    vaults.command("status")(vault.status)
    vaults.command("check")(custody.check)
    vaults.command("repair")(custody.repair)
    vaults.command("passwd")(custody.passwd)
    vaults.command("slots")(custody.slots)
    vaults.command("backup")(custody.backup)
    vaults.command("restore")(custody.restore)
    vaults.command("rotate")(custody.rotate)
    vaults.command("erase")(custody.erase)
    app.add_typer(vaults, name="vault")
    app.command("record")(record.record)
    app.command("import")(vault.import_)
    takes = typer.Typer(no_args_is_help=True, help="The recordings in the vault.")
    takes.command("list")(vault.takes_list)
    takes.command("rm")(vault.takes_rm)
    app.add_typer(takes, name="takes")
    allowed = typer.Typer(
        no_args_is_help=True, help="The spoken consent, without which nothing becomes a voice."
    )
    allowed.command("ask")(consent.ask)
    allowed.command("record")(consent.record)
    allowed.command("show")(consent.show)
    allowed.command("withdraw")(consent.withdraw)
    app.add_typer(allowed, name="consent")
    app.command("train")(voice.train)
    runs = typer.Typer(no_args_is_help=True, help="Training runs and what became of them.")
    runs.command("list")(voice.runs_list)
    runs.command("show")(voice.runs_show)
    app.add_typer(runs, name="runs")
    schooling = typer.Typer(
        no_args_is_help=True, help="Large models on your disk that make material for small ones."
    )
    schooling.command("list")(teachers.teachers_list)
    schooling.command("add")(teachers.add)
    schooling.command("fetch")(teachers.fetch)
    schooling.command("rm")(teachers.remove)
    app.add_typer(schooling, name="teachers")
    app.command("label")(label.label)
    app.command("evaluate")(voice.evaluate)
    app.command("export")(voice.export)
    app.command("speak")(voice.speak)
    owned = typer.Typer(
        no_args_is_help=True, help="Your own texts and names, for the recogniser to expect."
    )
    owned.command("add")(words.add)
    owned.command("list")(words.list_)
    owned.command("show")(words.show)
    owned.command("rm")(words.remove)
    app.add_typer(owned, name="words")
    app.command("transcribe")(listen.transcribe)
    app.command("dictate")(listen.dictate)
    app.command("verify")(voice.verify)
    app.command("send")(send.send)
    app.command("prompts")(machine.prompts)
    app.command("devices")(machine.devices)
    app.command("doctor")(machine.doctor)
    app.command("demo")(demo.demo)
    return app


def _global_options(
    context: typer.Context,
    vault_path: Annotated[
        Path | None,
        typer.Option("--vault", envvar="VOICEVAULT_VAULT", help="The vault's folder."),
    ] = None,
    passphrase_fd: Annotated[
        int | None,
        typer.Option(min=0, help="Read the passphrase as one line from this file descriptor."),
    ] = None,
    recovery_fd: Annotated[
        int | None,
        typer.Option(min=0, help="Open with the recovery code, one line from this descriptor."),
    ] = None,
    keychain: Annotated[
        bool,
        typer.Option("--keychain", help="Open with this computer's keychain: see vault slots."),
    ] = False,
    read_only: Annotated[
        bool,
        typer.Option("--read-only", help="Look without changing a byte, also at a damaged vault."),
    ] = False,
    accept_rollback: Annotated[
        bool,
        typer.Option("--accept-rollback", help="Open a vault that was restored from a backup."),
    ] = False,
) -> None:
    context.obj = Session(
        vault_path, passphrase_fd, recovery_fd, accept_rollback, keychain, read_only
    )


def run(arguments: list[str] | None = None) -> int:
    """Run one command line; the exit code."""
    try:
        ended = build_app()(args=arguments, prog_name="voicevault", standalone_mode=False)
        sys.stdout.flush()  # here, where a closed pipe is no surprise
    except VoiceVaultError as error:
        show_error(error)
        return error.exit_code
    except VaultError as error:
        ours = translate(error)
        show_error(ours)
        return ours.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("voicevault: stopped", file=sys.stderr)
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit) as error:
        # `voicevault ... | head` closed our output: nothing is wrong, and nobody reads more. The
        # parser makes an exit of it, with the broken pipe as its context.
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:
        return _misuse(error)
    return ended if isinstance(ended, int) else 0


def _misuse(error: Exception) -> int:
    """The parser's own errors have a message for people; anything else is a fault of ours."""
    tell = getattr(error, "format_message", None)
    if callable(tell):
        if not tell():  # no verb was given: its help is the answer, and is printed already
            return int(getattr(error, "exit_code", 2))
        where = getattr(getattr(error, "ctx", None), "command_path", "voicevault")
        show_error(VoiceVaultError(tell(), hint=f"{where} --help"))
        return int(getattr(error, "exit_code", 2))
    if os.environ.get(DEBUG_ENV):
        raise error
    kind = type(error).__name__
    show_error(
        VoiceVaultError(
            f"this should not have happened: {kind}: {error}",
            hint=f"{DEBUG_ENV}=1 shows where; please report it without private text in it",
        )
    )
    return 1


def main() -> None:
    """The console script."""
    harden()
    sys.exit(run())

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job is given: somewhere to tell, somewhere to put bytes, and whether to stop."""

from typing import Any, Protocol

from voicevault.events import Event


class Context(Protocol):
    """A job's only way out. The worker's talks to the parent; a test's keeps lists."""

    def emit(self, event: Event) -> None:
        """Tell one event."""

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None:
        """Hand over bytes to keep; they end up in the vault."""

    def stopping(self) -> bool:
        """True once somebody asked to stop: write a checkpoint and raise ``Cancelled``."""

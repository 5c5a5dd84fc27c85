# SPDX-License-Identifier: GPL-3.0-or-later
"""Vaults that cost milliseconds, one in memory and the real one, and folders of made-up takes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from toy_speaker import speak

from encrypted_store import Entry, KdfParams, Kind, Vault
from voicevault.audio.files import encode_wav

SENTENCE = "Twelve little words are read at a usual pace"


class MemoryVault:
    """The part of the vault's contract that takes use. `fail_at` raises on that put."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.payloads: dict[str, bytes] = {}
        self.fail_at: int | None = None
        self.failure: Exception | None = None

    def put(self, kind: Kind, payload: bytes, meta: Mapping[str, Any]) -> str:
        if self.fail_at == len(self.entries) and self.failure is not None:
            raise self.failure
        object_id = f"{len(self.entries):032x}"
        digest = hashlib.sha256(payload).hexdigest()
        self.entries.append(Entry(object_id, kind, len(payload), digest, dict(meta)))
        self.payloads[object_id] = bytes(payload)
        return object_id

    def get(self, object_id: str) -> bytes:
        return self.payloads[object_id]

    def list(self, kind: Kind | None = None) -> list[Entry]:
        return [one for one in self.entries if kind in (None, one.kind)]


@pytest.fixture
def memory_vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    folder = tmp_path_factory.mktemp("vault")
    vault, _ = Vault.create(
        folder / "v", "a passphrase", kdf=KdfParams.for_tests(), anchors=folder / "anchors"
    )
    with vault:
        yield vault


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[..., Path]:
    """Make an LJSpeech folder of `count` good takes; the texts are numbered."""

    def make(count: int = 3, where: str = "wavs") -> Path:
        folder = tmp_path / "dataset"
        (folder / where).mkdir(parents=True, exist_ok=True)
        lines = []
        for index in range(count):
            path = folder / where / f"take-{index}.wav"
            path.write_bytes(encode_wav(speak(seed=index), 16_000))
            lines.append(f"take-{index}|{SENTENCE}, number {index}.")
        (folder / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder

    return make

# SPDX-License-Identifier: GPL-3.0-or-later
"""One wrong byte in the shipped base, or a file less, is told before anything speaks or listens."""

import shutil
import types
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from voicevault.errors import TrainingFailed, VoiceVaultError
from voicevault.runtime import align, base_files
from voicevault.students import shipped


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the shipped base, in its place."""
    folder = Path(str(resources.files("voicevault.base")))
    for name in (base_files.INDEX, align.MODEL, align.PRIOR, shipped.WEIGHTS):
        shutil.copyfile(folder / name, tmp_path / name)
    there = types.SimpleNamespace(files=lambda package: tmp_path)
    monkeypatch.setattr(base_files, "resources", there)
    align._shipped.cache_clear()
    yield tmp_path
    align._shipped.cache_clear()


def damage(path: Path) -> None:
    """Another last byte."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("name", [align.MODEL, align.PRIOR])
def test_a_damaged_aligner_is_refused(base: Path, name: str) -> None:
    assert align.Aligner.load().log_prior.shape == (161,)
    align._shipped.cache_clear()
    damage(base / name)
    with pytest.raises(VoiceVaultError, match=f"{name} is damaged") as told:
        align.Aligner.load()
    assert "install" in told.value.hint
    (base / name).unlink()
    with pytest.raises(VoiceVaultError, match="base has no"):
        align.Aligner.load()


def test_damaged_weights_are_refused(base: Path) -> None:
    whole = shipped.load_base()
    assert whole.sha256 == base_files.base_index()["sha256"][shipped.WEIGHTS]
    damage(base / shipped.WEIGHTS)
    with pytest.raises(TrainingFailed, match="damaged") as told:
        shipped.load_base()
    assert "install" in told.value.hint
    (base / shipped.WEIGHTS).unlink()
    with pytest.raises(TrainingFailed, match="base has no"):
        shipped.load_base()

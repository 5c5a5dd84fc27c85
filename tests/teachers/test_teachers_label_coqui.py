# SPDX-License-Identifier: GPL-3.0-or-later
"""`label --tts` with teachers of coqui-tts, in the worker process that a person's would run in.

The networks are random and tiny, so what they say is noise and has to be refused; that it is said,
judged, kept with its origin and never asked again is the same as with real weights.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from coqui_process import HOMES, make_homes, python

from encrypted_store import Vault
from voicevault import jobs
from voicevault.data import taught
from voicevault.errors import Refused, VoiceVaultError
from voicevault.schooling import Schooling
from voicevault.teachers import registry

for needed in ("torch", "torchaudio", "torchcodec", "six", "TTS"):
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed (extra teachers)", allow_module_level=True)

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="the worker is hardened on POSIX"),
]

LICENCES = {"xtts": "CPML-1.0", "openvoice": "MIT", "freevc": "MIT", "knnvc": "MIT"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for each family; they take 110 MB, so they go."""
    root = tmp_path_factory.mktemp("tiny")
    maker = make_homes(root / "maker")
    script = Path(__file__).parent / "tiny_coqui.py"
    python([str(script), str(root / "teachers")], maker, maker / "cwd")
    yield root / "teachers"
    shutil.rmtree(root)


@pytest.fixture
def homes(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a worker could leave something; XDG_DATA_HOME, where teachers live, stays."""
    root = make_homes(tmp_path / "homes")
    for name, folder in HOMES.items():
        if name != "XDG_DATA_HOME":
            monkeypatch.setenv(name, str(root / folder))
    yield root
    shutil.rmtree(registry.teachers_dir())


@pytest.mark.parametrize("family", LICENCES)
def test_what_it_says_is_judged_kept_with_its_origin_and_asked_once(
    family: str, tiny: Path, homes: Path, vault: Vault, school: Callable[[], Schooling]
) -> None:
    licence = LICENCES[family]
    if family == "xtts":
        with pytest.raises(Refused, match="CPML"):
            registry.add(tiny / family, licence=licence)
    added = registry.add(tiny / family, licence=licence, accepted=licence)
    found = school().say(2, added.name, "", jobs.run_job, None)
    assert (found.made, found.known, found.usable) == (2, 0, 0)
    assert (found.licence, found.commercial) == (licence, licence == "MIT")
    # noise of a random network: refused by what was asked of the sound, not for want of one
    assert sum(found.refused.values()) == 2
    assert "teacher" not in found.refused, found.texts
    kept = taught.list_taught(vault)
    assert {one.teacher.name for one in kept} == {added.name}
    assert all(one.teacher.licence == licence for one in kept)
    again = school().say(2, added.name, "", no_work, None)
    assert (again.made, again.known) == (0, 2)
    assert list(homes.glob("*/*")) == []


def no_work(request: jobs.Request, on_event: object, on_blob: jobs.OnBlob) -> dict[str, object]:
    pytest.fail("asked twice")


def test_a_teacher_that_was_changed_behind_the_registry_says_nothing(
    tiny: Path, homes: Path, vault: Vault, school: Callable[[], Schooling]
) -> None:
    added = registry.add(tiny / "openvoice", licence="MIT")
    weights = registry.teachers_dir() / added.name / "checkpoint.pth"
    weights.chmod(0o600)
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(VoiceVaultError, match=f"damaged: {weights.name}"):
        school().say(1, added.name, "", jobs.run_job, None)
    assert taught.list_taught(vault) == []

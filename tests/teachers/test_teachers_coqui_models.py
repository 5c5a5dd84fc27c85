# SPDX-License-Identifier: GPL-3.0-or-later
"""Teachers on coqui-tts from tiny real folders, in a hardened worker, and what they leave behind.

Everything is tried in one worker process (tiny_coqui_child), because coqui-tts takes seconds to
import; the tests here read what it found.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from coqui_process import make_homes, python

for needed in ("torch", "torchaudio", "torchcodec", "six", "TTS"):
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed (extra teachers)", allow_module_level=True)

HERE = Path(__file__).parent
FAMILIES = ("xtts", "vits", "openvoice", "freevc", "knnvc")
CLONING = ("xtts", "openvoice", "freevc", "knnvc")
RATES_HZ = {"xtts": 24_000, "vits": 22_050, "openvoice": 22_050, "freevc": 24_000, "knnvc": 16_000}
pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform == "win32", reason="the worker is hardened on POSIX"),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for the makers and for the worker; the tiny teachers take 110 MB, so they go."""
    root = tmp_path_factory.mktemp("coqui")
    for who in ("maker", "worker"):
        make_homes(root / who)
    yield root
    for path in root.rglob("*.p*t*"):
        if path.is_file():
            path.unlink()


@pytest.fixture(scope="module")
def found(places: Path) -> dict[str, Any]:
    """What the worker reports."""
    tiny, maker, worker = (places / name for name in ("tiny", "maker", "worker"))
    python([str(HERE / "tiny_coqui.py"), str(tiny)], maker, maker / "cwd")
    said = python([str(HERE / "tiny_coqui_child.py"), str(tiny)], worker, worker / "cwd")
    report: dict[str, Any] = json.loads(said)
    return report


# what it speaks


@pytest.mark.parametrize("family", FAMILIES)
def test_a_teacher_makes_sound_at_its_rate(found: dict[str, Any], family: str) -> None:
    sound = found[family]["sound"]
    assert sound["rate_hz"] == RATES_HZ[family]
    assert sound["dtype"] == "float32"
    # How loud and how long a random network speaks is chance; that it is no silence is not.
    assert 1e-5 < sound["spread"] <= sound["peak"] <= 1.0
    assert sound["samples"] > 0.05 * sound["rate_hz"]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_says_the_same_thing(found: dict[str, Any], family: str) -> None:
    assert found[family]["again"]
    # kNN-VC draws nothing at random.
    assert found[family]["other seed"] == (family != "knnvc")


@pytest.mark.parametrize("family", CLONING)
def test_the_voice_of_the_recordings_matters(found: dict[str, Any], family: str) -> None:
    assert found[family]["other voice"] != found[family]["sound"]["digest"]


@pytest.mark.parametrize("family", ["openvoice", "freevc", "knnvc"])
def test_converted_speech_keeps_its_length_and_text(found: dict[str, Any], family: str) -> None:
    sound = found[family]["sound"]
    assert sound["samples"] == round(0.9 * RATES_HZ[family])
    assert sound["text"] == "buzz"


def test_vits_speaks_as_its_own_speakers_alone_and_together(found: dict[str, Any]) -> None:
    vits = found["vits"]
    assert vits["speakers"] == [["p225", "p226", "p227"], "p225"]
    assert vits["another"] != vits["sound"]["digest"]
    lengths = [one["samples"] for one in vits["together"]]
    by_ids = [length / count for length, count in zip(lengths, vits["ids"], strict=True)]
    assert max(by_ids) < 1.5 * min(by_ids), "each is as long as its text, not as the longest"
    assert vits["reference"]["kind"] == "UsageError"
    assert vits["speaker"]["kind"] == "UsageError"
    assert "p225" in vits["speaker"]["hint"]


def test_freevc_with_its_speaker_encoder_inside(found: dict[str, Any]) -> None:
    assert found["special"]["freevc inside"]["samples"] == round(0.9 * 24_000)


def test_mels_are_those_of_librosa(found: dict[str, Any]) -> None:
    assert found["mels"]["mel"] < 1e-5
    assert found["mels"]["bank"] < 1e-5


# a lesson


@pytest.mark.parametrize("family", FAMILIES)
def test_a_lesson_stopped_and_gone_on_with_ends_the_same(
    found: dict[str, Any], family: str
) -> None:
    lesson = found[family]["lesson"]
    assert lesson["stopped"]
    assert lesson["first"] == ["id0"]
    assert lesson["ids"] == ["id0", "id1", "id2"]
    assert lesson["same"], "the same sound as without a break"
    assert lesson["progress"] == [0, 1, 2, 3]


# memory


@pytest.mark.parametrize("family", FAMILIES)
def test_memory_is_asked_before_loading(found: dict[str, Any], family: str) -> None:
    refused = found[family]["little memory"]
    assert refused["kind"] == "OutOfMemory"
    assert "MB of memory and there are 9 MB" in refused["message"]


def test_memory_is_asked_before_importing(found: dict[str, Any]) -> None:
    assert found["asked before importing"] == "OutOfMemory"


@pytest.mark.parametrize("family", FAMILIES)
def test_memory_that_ends_while_speaking_is_told(found: dict[str, Any], family: str) -> None:
    told = found[family]["out of memory"]
    assert told["kind"] == "OutOfMemory"
    assert told["hint"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_loaded_teacher_holds_no_file(found: dict[str, Any], family: str) -> None:
    """The weights would be in memory twice."""
    assert not found[family]["mapped"]


# what is refused


@pytest.mark.parametrize("family", FAMILIES)
def test_damage_is_refused_with_the_file_and_a_hint(found: dict[str, Any], family: str) -> None:
    damages = found["damages"][family]
    assert {name.partition(" ")[0] for name in damages} >= {"missing", "cut", "bomb", "unchecked"}
    for name, told in damages.items():
        what, _, file = name.partition(" ")
        kinds = {"cut": "TrainingFailed", "other": "TrainingFailed"}
        assert told["kind"] == kinds.get(what, "Refused"), (name, told)
        assert told["hint"], name
        assert what in ("other", "unchecked") or file in told["message"], (name, told)


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_that_hold_code_are_refused_and_run_nothing(
    found: dict[str, Any], family: str
) -> None:
    bombs = {name: one for name, one in found["damages"][family].items() if "bomb" in name}
    assert bombs
    for name, told in bombs.items():
        assert "holds code" in told["message"], (name, told)
        assert not told["went off"], name


def test_settings_that_would_be_evaluated_are_refused(found: dict[str, Any]) -> None:
    told = found["special"]["eval"]
    assert told["kind"] == "Refused"
    assert not told["went off"]


def test_xtts_under_another_licence_is_refused(found: dict[str, Any]) -> None:
    for name in ("licence licence commercial", "licence commercial"):
        told = found["special"][name]
        assert told["kind"] == "Refused", told
        assert "CPML" in told["message"]


def test_configs_that_ask_for_more_than_their_files_are_refused(found: dict[str, Any]) -> None:
    special = found["special"]
    assert special["vits characters_class"]["kind"] == "Refused"
    assert special["vits use_d_vector_file"]["kind"] == "Refused"
    assert special["vits phonemizer"]["kind"] == "UsageError"
    assert special["language"]["kind"] == "UsageError"


@pytest.mark.parametrize("family", CLONING)
def test_recordings_that_say_nothing_of_a_voice_are_refused(
    found: dict[str, Any], family: str
) -> None:
    assert found[family]["no reference"]["kind"] == "UsageError"
    assert found[family]["short reference"]["kind"] == "BadAudio"
    assert found[family]["silent reference"]["kind"] == "BadAudio"


@pytest.mark.parametrize("family", ["xtts", "vits"])
def test_a_text_without_words_is_refused(found: dict[str, Any], family: str) -> None:
    assert found[family]["nothing to say"]["kind"] == "UsageError"


@pytest.mark.parametrize("family", FAMILIES)
def test_a_card_of_another_kind_is_refused(found: dict[str, Any], family: str) -> None:
    assert found[family]["wrong kind"]["kind"] == "Refused"


# privacy


def test_nothing_runs_outside_a_hardened_worker(found: dict[str, Any]) -> None:
    assert found["not hardened"]["kind"] == "Refused"


def test_no_network_no_program_no_file_is_even_asked_for(found: dict[str, Any]) -> None:
    # torch's compiler asks whether its cache folder is there; it is told the root, which is.
    assert [one for one in found["attempts"] if one != f"os.mkdir {os.sep}"] == []
    assert found["attempts of damages"] == []


def test_home_caches_and_temporary_folders_are_empty_afterwards(
    found: dict[str, Any], places: Path
) -> None:
    assert found["attempts"] is not None
    assert list((places / "worker").glob("*/*")) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_the_teacher_is_as_it_was(found: dict[str, Any], family: str) -> None:
    assert found[family]["unchanged"]

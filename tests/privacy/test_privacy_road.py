# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing of a voice is written outside the vault: the whole road, its files and its calls.

Two looks at one walk. The files: whatever lies in a fresh home, temporary folder, current folder
and the shared ones is searched for recordings, features, words, weights and keys in many
spellings. The calls, where strace is: every name that was opened for writing has to be on a short
list, which sees a temporary file that was deleted again as well.
"""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leak_needles import Scanner, leaks, regular_files
from leak_road import (
    CANARIES,
    PASSPHRASE,
    SMALL,
    TEXTS,
    XDG,
    Road,
    needles_of,
    said_by_the_owner,
    write_recordings,
)
from leak_trace import Touch, read_trace, strace_words, why_no_strace

from encrypted_store import Kind, Vault
from voicevault import paths
from voicevault.audio import files
from voicevault.data.features import log_mel, prepare
from voicevault.text.frontend import utterance_phonemes
from voicevault.text.symbols import piper_ids

sys.path.append(str(Path(__file__).resolve().parent.parent / "cli"))
from test_cli_road import without_network

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform == "win32", reason="passes a descriptor to a child"),
    pytest.mark.skipif(
        not (paths.base_dir() / "tts.safetensors").is_file(), reason="no base is shipped here"
    ),
]
VERBS = ("create", "import", "ask", "record", "train", "evaluate", "export")


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    """The road, walked once: without a network and under strace where that is allowed."""
    root, aside = tmp_path_factory.mktemp("road"), tmp_path_factory.mktemp("aside")
    for name in ("home", "tmp", "cwd", "xdg", *(f"xdg/{one.lower()}" for one in XDG)):
        (root / name).mkdir(mode=0o700)
    made = Road(root, aside, without_network(), traced=not why_no_strace(aside))
    write_recordings(aside / "recordings")
    made.walk("create", "vault", "create", "--kdf-memory", "64")
    made.walk("import", "import", str(aside / "recordings"))
    for _ in range(8):  # a true sentence is not always understood: say another one
        made.walk("ask", "consent", "ask", "--json")
        said_by_the_owner(made)
        words = ("consent", "record", "--file", str(aside / "consent.flac"))
        if made.walk("record", *words, codes=(0, 5)) == 0:
            break
    made.walk("train", "train", "tts_quick", *SMALL)
    made.walk("evaluate", "evaluate", "latest", "--quick")
    made.walk("export", "export", "latest", "--to", "piper", "--out", "DIR", "--no-check")
    return made


@pytest.fixture(scope="module")
def scanner(road: Road) -> Scanner:
    with pytest.MonkeyPatch.context() as monkeypatch:
        return needles_of(road, monkeypatch)


# what lies around afterwards


def test_the_anchor_is_the_only_file_outside_the_vault(road: Road) -> None:
    found = [str(path.relative_to(road.root)) for path in road.outside()]
    assert len(found) == 1, found
    assert re.fullmatch(r"xdg/state_home/VoiceVault/anchors/[0-9a-f]{32}", found[0])


def test_no_file_outside_the_vault_holds_anything_of_the_voice(
    road: Road, scanner: Scanner
) -> None:
    assert leaks(scanner, road.outside()) == {}


def test_no_file_in_a_shared_folder_holds_anything_of_the_voice(
    road: Road, scanner: Scanner
) -> None:
    # Formats alone say nothing here: other programs write sound and numbers too.
    found = leaks(scanner, road.shared())
    ours = {path: [one for one in kinds if "magic" not in one] for path, kinds in found.items()}
    assert {path: kinds for path, kinds in ours.items() if kinds} == {}


def test_the_vault_is_ciphertext(road: Road, scanner: Scanner) -> None:
    inside = list(regular_files(road.vault))
    assert len(inside) >= len(TEXTS) + 8
    assert leaks(scanner, inside) == {}


def test_an_export_holds_a_voice_and_no_recording_or_key(road: Road, scanner: Scanner) -> None:
    names = [path.name for path in regular_files(road.exported)]
    assert {"tokens.txt", "lexicon.txt", "manifest.json"} <= set(names)
    found = leaks(scanner, regular_files(road.exported))
    # The weights are what was asked for; the lexicon says how the owner's words are pronounced.
    allowed = {"magic onnx", "weights", "transcript"}
    assert {kind for kinds in found.values() for kind in kinds} <= allowed
    with_words = {Path(path).name for path, kinds in found.items() if "transcript" in kinds}
    assert with_words <= {"lexicon.txt"}


def test_what_the_commands_say_holds_no_key_and_no_recording(road: Road, scanner: Scanner) -> None:
    found = {verb: scanner.find(said.encode()) for verb, said in road.said.items()}
    found["evaluate"] -= {"report", "transcript"}  # the report is what was asked for
    found["ask"] -= {"consent"}  # the sentence to say
    assert found == {verb: set() for verb in VERBS}


# what was written and is gone again


def allowed(road: Road) -> list[tuple[str, str]]:
    """Names that may be written outside the vault, each with its reason."""
    inside = [re.escape(str(road.vault)), re.escape(str(road.exported))]
    state = re.escape(str(road.root / "xdg" / "state_home"))
    temporary = re.escape(str(road.root / "tmp"))
    installed = "|".join(re.escape(str(one)) for one in (sys.prefix, paths.package_dir().parent))
    return [
        (rf"{inside[0]}(/.*)?", "the vault"),
        (rf"{inside[1]}(/.*)?", "only `export` gets here, see below"),
        (rf"{state}/VoiceVault(/anchors(/[0-9a-f]{{32}}[\w.]*)?)?", "the anchor: numbers, a MAC"),
        (r"/dev/(null|tty|pts/\d+)", "nowhere, and the terminal"),
        (r"/proc/(self|\d+)(/task/\d+)?/comm", "names of threads"),
        (rf"({installed}|/usr)/.*/__pycache__(/[^/]+\.pyc(\.\d+)?)?", "compiled code of programs"),
        (
            r"memfd:voicevault-language-model",
            "memory of the judge, which takes files only; no name, no disk",
        ),
        (rf"{temporary}/[a-z0-9_]{{8}}", "Python tries whether it may write here, see below"),
        (rf"{temporary}/torchinductor_\w+", "torch makes this folder and never uses it"),
    ]


def strangers(road: Road, touches: frozenset[Touch]) -> list[Touch]:
    """What is on nobody's list."""
    good = re.compile("|".join(f"(?:{pattern})" for pattern, _ in allowed(road)))
    return sorted(
        (one for one in touches if not good.fullmatch(one.path)),
        key=lambda one: (one.path, one.call),
    )


def traced(road: Road, verb: str) -> frozenset[Touch]:
    if not road.traced:
        pytest.skip(why_no_strace(road.aside))
    trace = road.traces[verb]
    if trace.blind:
        pytest.skip("strace may not read the memory of hardened processes here")
    return trace.touches


@pytest.mark.parametrize("verb", VERBS)
def test_only_names_on_the_list_are_ever_written(road: Road, verb: str) -> None:
    touches = traced(road, verb)
    assert any(one.path.startswith(str(road.vault)) for one in touches), "nothing was seen"
    assert strangers(road, touches) == []
    if verb != "export":
        assert [one for one in touches if one.path.startswith(str(road.exported))] == []
    # The standard library tries out a temporary folder with four bytes, "blat", when torch asks
    # for its name. A real temporary file is refused by the worker, and has a longer name.
    tried = {one.path for one in touches if Path(one.path).parent == road.root / "tmp"}
    sizes = {path: road.traces[verb].written.get(path, 0) for path in tried}
    assert set(sizes.values()) <= {0, 4}, sizes
    if verb in ("record", "train", "evaluate", "export"):
        assert road.traces[verb].threads > 1, "the worker was not followed"


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_names_an_internet_address(road: Road, verb: str) -> None:
    traced(road, verb)
    assert road.traces[verb].internet == ()


def test_the_road_was_walked_without_a_network(road: Road) -> None:
    if not road.before:
        pytest.skip("an empty network namespace is not permitted here")
    assert set(road.said) == set(VERBS)


# the look itself can fail

Numbers = np.ndarray[Any, Any]
Planter = Callable[[Road], bytes]


def _take(road: Road) -> files.Clip:
    path = road.aside / "recordings" / "cn-3.flac"
    return files.decode(path.read_bytes(), name=path.name)


def _wave(road: Road) -> Numbers:
    clip = _take(road)
    return prepare(clip.samples, clip.rate_hz)


def _record(road: Road, kind: Kind, record: str) -> bytes:
    anchors = next(iter(regular_files(road.root / "xdg" / "state_home"))).parent
    with Vault.open(road.vault, passphrase=PASSPHRASE, anchors=anchors) as vault:
        entry = next(one for one in vault.list(kind) if one.meta.get("type") == record)
        return vault.get(entry.id)


def _numpy_file(array: Numbers) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def _flac(road: Road) -> bytes:
    return (road.aside / "recordings" / "cn-1.flac").read_bytes()


def _sliver(data: bytes) -> bytes:
    """Some two thousand bytes from the middle, at an odd place: what a page of a file holds."""
    start = len(data) // 2 + 1
    return b"\x00" * 5 + data[start : start + 2200]


PLANTED: dict[str, tuple[set[str], Planter]] = {
    "import file": ({"audio", "magic flac"}, _flac),
    "wav": ({"audio", "magic wav"}, lambda r: files.encode_wav(_take(r).samples, 16_000)),
    "int16 sliver": ({"audio"}, lambda r: _sliver(files.encode_wav(_wave(r), 16_000))),
    "float32 sliver": ({"audio"}, lambda r: _sliver(_wave(r).astype("<f4").tobytes())),
    "base64": ({"audio"}, lambda r: base64.b64encode(b"?" + _wave(r).tobytes())),
    "hex": ({"audio"}, lambda r: _wave(r).tobytes().hex().encode()),
    "prepared": ({"audio", "magic numpy"}, lambda r: _numpy_file(_wave(r))),
    "log-mel": ({"features", "magic numpy"}, lambda r: _numpy_file(log_mel(_wave(r)))),
    "log-mel sliver": ({"features"}, lambda r: _sliver(log_mel(_wave(r)).T.tobytes())),
    "transcript": ({"transcript"}, lambda r: f"heard: {CANARIES[4].upper()}".encode("utf-16")),
    "transcript in json": ({"transcript"}, lambda r: json.dumps({"t": TEXTS["cn-2"]}).encode()),
    "phonemes": ({"phonemes"}, lambda r: "".join(utterance_phonemes(TEXTS["cn-5"])).encode()),
    "phonemes in json": (
        {"phonemes"},
        lambda r: json.dumps("".join(utterance_phonemes(TEXTS["cn-5"]))).encode(),
    ),
    "phoneme ids": (
        {"phonemes"},
        lambda r: np.array(piper_ids(utterance_phonemes(TEXTS["cn-4"]))).tobytes(),
    ),
    "student": ({"weights", "magic safetensors"}, lambda r: _record(r, Kind.MODEL, "student")),
    "student sliver": ({"weights"}, lambda r: _sliver(_record(r, Kind.MODEL, "student"))),
    "voice": ({"weights", "magic onnx"}, lambda r: _record(r, Kind.MODEL, "voice")),
    "report": ({"report"}, lambda r: _record(r, Kind.SETTINGS, "report")),
    "report page": ({"report", "magic page"}, lambda r: _record(r, Kind.SETTINGS, "report-html")),
    "passphrase": ({"key"}, lambda r: b"log: " + PASSPHRASE.encode() + b"\n"),
    "recovery code": ({"key"}, lambda r: r.code.replace("-", "").lower().encode()),
    "signing key": ({"key"}, lambda r: _record(r, Kind.SETTINGS, "signing-key").hex().encode()),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_leak_is_found(what: str, road: Road, scanner: Scanner, tmp_path: Path) -> None:
    kinds, planter = PLANTED[what]
    (tmp_path / "innocent.bin").write_bytes(b"\x01" * 1001 + planter(road) + b"\x01" * 99)
    assert kinds <= set(leaks(scanner, regular_files(tmp_path))[str(tmp_path / "innocent.bin")])


def test_planted_object_and_master_keys_are_found(road: Road, scanner: Scanner) -> None:
    anchors = next(iter(regular_files(road.root / "xdg" / "state_home"))).parent
    with Vault.open(road.vault, passphrase=PASSPHRASE, anchors=anchors) as vault:
        key = bytes(vault.ticket(vault.list(Kind.SAMPLE)[0].id).key)
    for data in (key, key.hex().encode(), base64.b64encode(b"xy" + key)):
        assert scanner.find(b"core" + data + b"dump") == {"key"}
    # master and six derived ones, one for each object, the owner's signing key
    assert scanner.counts["key"] > 9 * (7 + len(TEXTS))


def test_a_leak_in_a_file_name_is_found(scanner: Scanner, tmp_path: Path) -> None:
    path = tmp_path / f"{CANARIES[0]}.txt"
    path.write_bytes(b"")
    assert leaks(scanner, [path]) == {str(path): ["transcript"]}


def test_noise_and_silence_are_no_leak(scanner: Scanner) -> None:
    random = np.random.default_rng(3)
    assert scanner.find(random.bytes(1 << 20) + bytes(1 << 16)) == set()


SLY = """
import os, socket, sys, tempfile
with tempfile.TemporaryFile(dir=sys.argv[1]) as file:
    file.write(b"gone at once")
with open("relative.tmp", "wb") as file:
    file.write(b"words")
os.rename("relative.tmp", "renamed.tmp")
os.unlink("renamed.tmp")
os.close(os.memfd_create("hidden"))
fd = os.open("/dev/shm", os.O_RDWR | os.O_TMPFILE) if os.path.isdir("/dev/shm") else -1
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect_ex(("127.0.0.1", 9))
open("/dev/null", "wb")
"""


def test_a_deleted_temporary_file_is_seen(road: Road, tmp_path: Path) -> None:
    if why := why_no_strace(tmp_path):
        pytest.skip(why)
    log = tmp_path / "sly"
    line = [*strace_words(log), sys.executable, "-c", SLY, str(tmp_path)]
    subprocess.run(line, cwd=tmp_path, check=True)
    trace = read_trace(log, tmp_path)
    seen = {one.path for one in strangers(road, trace.touches)}
    assert {str(tmp_path / "relative.tmp"), str(tmp_path / "renamed.tmp"), "memfd:hidden"} <= seen
    assert str(tmp_path) in seen or any(str(tmp_path / "tmp") in one for one in seen)
    assert not Path("/dev/shm").is_dir() or any(one.startswith("/dev/shm") for one in seen)
    assert len(trace.internet) == 1
    assert "/dev/null" not in seen
    assert trace.written[str(tmp_path / "relative.tmp")] == 5

# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching a teacher, from a server of the test's own: asked, resumed, verified, or not at all."""

from __future__ import annotations

import dataclasses
import http.server
import io
import resource
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest
from toy_teachers import known, whisper_files

from voicevault.errors import Cancelled, Refused, UsageError, VoiceVaultError
from voicevault.events import Event, Progress
from voicevault.teachers import fetch as fetching
from voicevault.teachers import layout, registry
from voicevault.teachers.catalogue import Known
from voicevault.teachers.manifest import Entry

HERE = ("http",)
BIG = 3_000_000


@dataclass
class Server:
    """Files over HTTP with ranges, and what goes wrong with them."""

    files: dict[str, bytes]
    address: str = ""
    cut_after: int = 0
    """Bytes after which the line drops, every time."""
    ranges: bool = True
    etag: str = '"1"'
    redirect: str = ""
    status: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)


class Handler(http.server.BaseHTTPRequestHandler):
    server_state: ClassVar[Server]

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        state = self.server_state
        name = self.path.rsplit("/", 1)[-1]
        wanted = self.headers.get("Range", "")
        state.asked.append((self.command, name, wanted))
        if state.redirect and not self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", state.redirect.replace("NAME", name))
            self.end_headers()
            return
        if state.status or name not in state.files:
            self.send_error(state.status or 404)
            return
        data, start = state.files[name], 0
        fresh = self.headers.get("If-Range", state.etag) == state.etag
        if wanted and state.ranges and fresh:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - start))
        if state.etag:
            self.send_header("ETag", state.etag)
        self.end_headers()
        if self.command == "GET":
            rest = data[start:]
            self.wfile.write(rest[: state.cut_after] if state.cut_after else rest)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server(whisper_files(BIG))
    handler = type("Handler", (Handler,), {"server_state": state})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        state.address = f"http://127.0.0.1:{running.server_address[1]}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "RETRY_AFTER_S", 0.0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "teachers"


def fetch(one: Known, root: Path, **settings: object) -> Entry:
    given = {"ask": lambda offer: True, "schemes": HERE, **settings}
    return fetching.fetch(one, root=root, **given)  # type: ignore[arg-type]


def test_a_teacher_is_fetched_verified_and_ready(server: Server, root: Path) -> None:
    told: list[Event] = []
    offers: list[fetching.Offer] = []

    def ask(offer: fetching.Offer) -> bool:
        assert [one for one in server.asked if one[0] == "GET"] == [], "loaded before the answer"
        offers.append(offer)
        return True

    entry = fetch(known(server.files, server.address), root, ask=ask, on_event=told.append)
    assert offers[0].bytes == sum(map(len, server.files.values()))
    assert offers[0].hosts == ("127.0.0.1",)
    assert (entry.name, entry.version, entry.terms.licence) == ("toy", "toy 1", "MIT")
    assert all(mark.published for mark in entry.files.values())
    assert {path.name for path in (root / "toy").iterdir()} == {*server.files, "teacher.json"}
    assert registry.open_teacher("toy", root=root).card.version == "toy 1"
    assert isinstance(told[-1], Progress)
    assert [path.name for path in root.iterdir()] == ["toy"]
    with pytest.raises(UsageError, match="here already"):
        fetch(known(server.files, server.address), root)


def test_no_is_no(server: Server, root: Path) -> None:
    with pytest.raises(Refused, match="nothing was fetched"):
        fetch(known(server.files, server.address), root, ask=lambda offer: False)
    assert server.asked == []
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("accepted", ["", "MIT", "cpml-1.0", "CPML"])
def test_a_yes_is_no_acceptance_of_a_licence(server: Server, root: Path, accepted: str) -> None:
    one = known(server.files, server.address, licence="CPML-1.0")
    with pytest.raises(Refused, match=r"CPML-1\.0 does not allow") as told:
        fetch(one, root, accepted=accepted)
    assert told.value.exit_code == 5
    assert server.asked == []
    entry = fetch(one, root, accepted="CPML-1.0")
    assert (entry.terms.commercial, entry.terms.accepted) == (False, "CPML-1.0")


def test_a_dropped_line_is_taken_up_again(server: Server, root: Path) -> None:
    server.cut_after = 1_000_000
    fetch(known(server.files, server.address), root)
    ranges = [wanted for _, name, wanted in server.asked if name == "model.bin"]
    assert ranges == ["", "bytes=1000000-", "bytes=2000000-"]


def test_what_came_is_kept_for_the_next_call(server: Server, root: Path) -> None:
    one = known(server.files, server.address)
    seen: list[int] = []

    def stop() -> bool:
        seen.append(1)
        return len(seen) == 2

    with pytest.raises(Cancelled, match="stopped after 2 MB") as told:
        fetch(one, root, stop=stop)
    assert told.value.exit_code == 75
    assert registry.entries(root) == ([], {})
    server.asked.clear()
    offers: list[fetching.Offer] = []
    fetch(one, root, ask=lambda offer: offers.append(offer) or True)
    assert offers[0].here == 2 << 20
    assert server.asked[0] == ("GET", "model.bin", f"bytes={2 << 20}-")


def test_a_line_that_gives_nothing_ends_it(server: Server, root: Path) -> None:
    one = known(server.files, server.address)
    server.status = 503
    with pytest.raises(VoiceVaultError, match="answers 503"):
        fetch(one, root)
    gone = dataclasses.replace(one.files[0], url="http://127.0.0.1:1/model.bin")
    with pytest.raises(VoiceVaultError, match=r"no connection to 127\.0\.0\.1") as told:
        fetch(dataclasses.replace(one, files=(gone,)), root)
    assert "goes on from there" in told.value.hint
    assert list(root.iterdir()) == []


def test_a_file_that_is_not_the_one_published_is_not_kept(server: Server, root: Path) -> None:
    one = known(server.files, server.address)
    good = server.files["model.bin"]
    server.files["model.bin"] = good[:-1] + b"!"
    with pytest.raises(VoiceVaultError, match="not the file its maker published: it has SHA-256"):
        fetch(one, root)
    assert not list(root.rglob("model.bin*"))
    server.files["model.bin"] = good[:-1]
    with pytest.raises(VoiceVaultError, match="it has 2999825 bytes, and 2999826 were published"):
        fetch(one, root)
    server.files["model.bin"] = good + b"more"
    with pytest.raises(VoiceVaultError, match="sends 2999830 bytes or more; 2999826 were"):
        fetch(one, root)
    server.files["model.bin"] = good
    fetch(one, root)


def test_another_file_under_the_same_address_is_begun_anew(server: Server, root: Path) -> None:
    """Where no hash is published, two halves of two files would go unnoticed."""
    one = known(server.files, server.address, published=False)
    with pytest.raises(Cancelled):
        fetch(one, root, stop=lambda: True)
    old = server.files["model.bin"]
    new = old[:100] + old[100:][::-1] + b"longer"
    server.files["model.bin"], server.etag = new, '"2"'
    entry = fetch(one, root)
    assert (root / "toy" / "model.bin").read_bytes() == new
    assert not any(mark.published for mark in entry.files.values())


def test_a_server_without_ranges_begins_anew(server: Server, root: Path) -> None:
    one = known(server.files, server.address)
    with pytest.raises(Cancelled):
        fetch(one, root, stop=lambda: True)
    server.ranges = False
    fetch(one, root)
    assert registry.open_teacher("toy", root=root)


def test_a_kill_between_the_last_byte_and_the_rename_loses_nothing(
    server: Server, root: Path
) -> None:
    for published in (True, False):
        one = known(server.files, server.address, name=f"t{published}".lower(), published=published)
        folder = root / f".fetch-{one.name}"
        folder.mkdir(parents=True)
        (folder / "model.bin.part").write_bytes(server.files["model.bin"])
        server.asked.clear()
        fetch(one, root)
        sent = [wanted for verb, name, wanted in server.asked if name == "model.bin"]
        assert "" not in sent[1:] if not published else sent == []


def test_more_than_there_is_to_load_is_begun_anew(server: Server, root: Path) -> None:
    one = known(server.files, server.address, published=False)
    folder = root / ".fetch-toy"
    folder.mkdir(parents=True)
    (folder / "model.bin.part").write_bytes(b"x" * (BIG * 2))
    fetch(one, root)
    assert (root / "toy" / "model.bin").read_bytes() == server.files["model.bin"]


def test_sizes_that_nobody_published_are_asked_for_first(server: Server, root: Path) -> None:
    offers: list[fetching.Offer] = []
    one = known(server.files, server.address, published=False)
    fetch(one, root, ask=lambda offer: offers.append(offer) or True)
    assert offers[0].bytes == sum(map(len, server.files.values()))
    assert [verb for verb, *_ in server.asked] == ["HEAD"] * 4 + ["GET"] * 4


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/x", "ftp://127.0.0.1/x", "file:///etc/hosts"]
)
def test_only_https_is_fetched_from(root: Path, address: str) -> None:
    one = known({"model.bin": b"x"}, address)
    with pytest.raises(VoiceVaultError, match="only https is fetched from"):
        fetch(one, root, schemes=fetching.SECURE)


@pytest.mark.parametrize("goal", ["file:///etc/hosts", "ftp://127.0.0.1/x", "https://127.0.0.1:1/"])
def test_a_redirect_leads_to_no_other_scheme(server: Server, root: Path, goal: str) -> None:
    server.redirect = goal
    # Python itself refuses file: as an answer of the server; the others are ours to refuse.
    with pytest.raises(VoiceVaultError, match=r"only http is fetched from|answers 302"):
        fetch(known(server.files, server.address), root)


def test_a_redirect_keeps_the_place(server: Server, root: Path) -> None:
    one = known(server.files, server.address)
    server.redirect = f"{server.address}/moved/NAME"
    with pytest.raises(Cancelled):
        fetch(one, root, stop=lambda: True)
    fetch(one, root)
    assert ("GET", "model.bin", f"bytes={1 << 20}-") in server.asked


def test_a_full_disk_leaves_what_can_be_resumed(server: Server, root: Path) -> None:
    """The kernel refuses to let the file grow, as it does on a full disk."""
    one = known(server.files, server.address)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
    try:
        with pytest.raises(VoiceVaultError, match="cannot be written: File too large"):
            fetch(one, root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (root / ".fetch-toy" / "model.bin.part").stat().st_size == 1_500_000
    server.asked.clear()
    fetch(one, root)
    assert server.asked[0] == ("GET", "model.bin", "bytes=1500000-")


def test_a_disk_without_room_is_told_before_the_first_byte(
    server: Server, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass
    class Usage:
        free: int = 1_000_000

    monkeypatch.setattr(registry.shutil, "disk_usage", lambda path: Usage())
    with pytest.raises(VoiceVaultError, match=r"toy needs 3 MB and the disk of .* has 1 MB"):
        fetch(known(server.files, server.address), root)
    assert server.asked == []


def test_two_at_once_do_not_mix(server: Server, root: Path) -> None:
    one = known(server.files, server.address)

    def ask(offer: fetching.Offer) -> bool:
        with pytest.raises(VoiceVaultError, match="another process is fetching"):
            fetch(one, root)
        return True

    fetch(one, root, ask=ask)


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_an_archive_gives_the_files_of_its_family_and_no_others(
    server: Server, root: Path, tmp_path: Path
) -> None:
    files = {
        "vits/model_file.pth": b"PK\x03\x04" + bytes(range(200)),
        "vits/config.json": b'{"model": "vits"}',
        "vits/notes.txt": b"not of the family",
        "../../../escaped/speaker_ids.json": b"{}",
        "/tmp/evil.py": b"x",
    }
    server.files = {"vits.zip": packed(files)}
    entry = fetch(known(server.files, server.address, family="vits"), root)
    assert set(entry.files) == {"model_file.pth", "config.json", "speaker_ids.json"}
    assert {one.name for one in (root / "toy").iterdir()} == {*entry.files, "teacher.json"}
    assert not (tmp_path.parent / "escaped").exists()
    assert layout.recognise(root / "toy").family == "vits"


def test_an_archive_that_is_none_or_a_bomb_is_refused(server: Server, root: Path) -> None:
    server.files = {"vits.zip": b"PK\x03\x04 not an archive"}
    with pytest.raises(VoiceVaultError, match=r"vits\.zip is damaged"):
        fetch(known(server.files, server.address, family="vits"), root)
    server.files = {"vits.zip": packed({"model_file.pth": bytes(10_000_000)})}
    with pytest.raises(VoiceVaultError, match=r"holds model_file\.pth of 10000000 bytes"):
        fetch(known(server.files, server.address, family="vits", name="bomb"), root)
    assert registry.entries(root) == ([], {})

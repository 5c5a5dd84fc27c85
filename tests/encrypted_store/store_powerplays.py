# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations whose power losses are tried: each one recorded, with what it promises."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from store_box import ANCHORS, PASSPHRASE, ROOT, Box, new_box
from store_memfs import Crash, MemFs
from store_powerloss import CrashState, Names, RecordingFs, models
from store_powerstory import Content, Expect, Story, content

from encrypted_store import KdfParams, Kind, Vault, WrongPassphrase, WrongRecoveryCode
from encrypted_store.care.backup import backup

NEW = "battery staple"
COPY = Path("/mem/copy")
ELSEWHERE = Path("/mem/elsewhere")
BOTH = frozenset({"passphrase", "code"})
SALT = slice(9, 41)  # of an object's stream, in its file


class Play:
    """An open vault whose every step is recorded into a story."""

    def __init__(self, name: str, disk: MemFs, code: str) -> None:
        self.disk = RecordingFs.fork(disk, name)
        self.vault = Vault.open(
            ROOT, passphrase=PASSPHRASE, io=self.disk, anchors=ANCHORS,
            min_kdf=KdfParams.for_tests(),
        )  # fmt: skip
        assert self.vault.notices == ()
        secrets = {"passphrase": {"passphrase": PASSPHRASE}, "code": {"recovery_code": code}}
        self.story = Story(name, self.disk, secrets, Expect((content(self.vault),)))

    def do(self, action: Callable[[Vault], Any]) -> None:
        """An operation after which the vault holds what it lists then."""

        def run() -> Expect:
            action(self.vault)
            return replace(self.story.now, contents=(content(self.vault),))

        self.story.step(run)

    def ids(self) -> list[str]:
        return [entry.id for entry in self.vault.list()]

    def put(self, size: int = 700, n: int = 9) -> None:
        self.do(lambda vault: vault.put(Kind.SAMPLE, bytes([n]) * size, {"n": n}))

    def update(self, which: int = 0) -> None:
        self.do(lambda vault: vault.update(self.ids()[which], {"n": "changed"}))

    def delete(self, which: int = 1) -> None:
        object_id = self.ids()[which]
        path = ROOT / "obj" / object_id[:2] / f"{object_id}.vvo"
        salt = self.disk.read(path)[SALT]

        def run() -> Expect:
            self.vault.delete(object_id)
            now = self.story.now
            return replace(now, contents=(content(self.vault),), erased=(*now.erased, salt))

        self.story.step(run)

    def compact(self) -> None:
        old = max(path for path in self.disk.files() if path.suffix == ".vvlog")
        salt = self.disk.read(old)[16:48]

        def run() -> Expect:
            self.vault.compact()
            return replace(self.story.now, erased=(*self.story.now.erased, salt))

        self.story.step(run)

    def change_passphrase(self) -> None:
        self.story.secrets["new"] = {"passphrase": NEW}
        wrapped = self.wrapped("passphrase")

        def run() -> Expect:
            self.vault.change_passphrase(NEW, passphrase=PASSPHRASE, kdf=KdfParams.for_tests())
            return replace(
                self.story.now,
                opens=frozenset({"new", "code"}),
                shut=frozenset({"passphrase"}),
                erased=(*self.story.now.erased, wrapped),
            )

        self.story.step(run)

    def wrapped(self, slot_type: str) -> bytes:
        """The master key under a secret, as the header holds it."""
        body = json.loads(self.disk.read(ROOT / "vault.json").split(b"\n")[0])
        return next(one["wrapped"].encode() for one in body["slots"] if one["type"] == slot_type)

    def new_code(self) -> None:
        wrapped = self.wrapped("recovery")

        def run() -> Expect:
            code = self.vault.new_recovery_code(passphrase=PASSPHRASE)
            self.story.secrets["new code"] = {"recovery_code": code}
            return replace(
                self.story.now,
                opens=frozenset({"passphrase", "new code"}),
                shut=frozenset({"code"}),
                erased=(*self.story.now.erased, wrapped),
            )

        self.story.step(run)

    def close(self) -> Story:
        def run() -> Expect:
            self.vault.close(compact=False)
            return self.story.now

        self.story.step(run)
        return self.story

    def end(self) -> Story:
        """The story as it is now; the session's keys are wiped off the record."""
        recorded = len(self.disk.events)
        self.vault.close(compact=False)
        del self.disk.events[recorded:]
        return self.story


def prepared() -> Box:
    """A closed vault of two objects, and a tombstone."""
    box, vault = new_box("power loss")
    for n in range(3):
        vault.put(Kind.SAMPLE, b"%d" % n * 700, {"n": n})
    vault.delete(vault.list()[2].id)
    vault.close(compact=False)
    box.open().close(compact=False)
    return box


def create() -> Story:
    disk = RecordingFs("create")
    disk.names = {folder: {} for folder in ROOT.parents}
    empty = Expect(({},), frozenset(), creating=True)
    story = Story("create", disk, {"passphrase": {"passphrase": PASSPHRASE}}, empty)
    vaults: list[Vault] = []

    def run() -> Expect:
        vault, code = Vault.create(
            ROOT, PASSPHRASE, kdf=KdfParams.for_tests(), anchors=ANCHORS, io=disk
        )
        vaults.append(vault)
        story.secrets["code"] = {"recovery_code": code}
        return Expect(({},), BOTH)

    story.step(run)

    def put() -> Expect:
        vaults[0].put(Kind.SAMPLE, b"first", {})
        return Expect((content(vaults[0]),), BOTH)

    story.step(put)
    vaults[0].close(compact=False)
    del disk.events[max(story.steps) :]
    return alike(story)


def alike(story: Story) -> Story:
    """Look once at the 256 folders of objects being made."""
    made = [
        number
        for number, event in enumerate(story.events, 1)
        if isinstance(event, Names) and event.changes[0][0] == story.root / "obj"
    ]
    story.dull = frozenset(made[1:-1])
    return story


def play(name: str) -> Story:
    """Record one of the `ACTS`."""
    box = prepared()
    stage = Play(name, box.disk, box.code)
    for act in ACTS[name]:
        act(stage)
    return stage.story if stage.vault.locked else stage.end()


def killed(name: str, after: int) -> Story:
    """The same, with the process killed after so many events and the vault opened again.

    The kernel lives on, so that nothing is lost yet, and nothing more is on the disk either: what
    the next program sees may still vanish when the power fails, while or after it recovers.
    """
    whole, box = play(name), prepared()
    stage = Play(name, box.disk, box.code)
    story, disk = stage.story, stage.disk
    story.secrets.update(whole.secrets)

    def die(call: str, path: Path | None) -> None:
        if len(disk.events) >= after:
            raise Crash

    disk.before = die
    with contextlib.suppress(Crash):
        for act in ACTS[name]:
            act(stage)
    disk.before = lambda call, path: None
    died = len(disk.events)
    story.steps = {step: held for step, held in whole.steps.items() if step <= died}
    story.now = story.expected(died)
    story.dull = frozenset(range(died))
    open_again(story)
    story.name = f"{name} killed after {after}"
    return story


def open_again(story: Story) -> None:
    """Add an opening to a story, by any secret that works, and a change made after it.

    What the opening shows is a promise from then on.
    """
    allowed, opened = story.now, list[Vault]()

    def run() -> Expect:
        shut = set()
        for name, given in story.secrets.items():
            try:
                opened.append(story.open(story.disk, given))
                break
            except (WrongPassphrase, WrongRecoveryCode):
                shut.add(name)
        now = replace(allowed, contents=(content(opened[0]),), either=frozenset())
        return replace(now, opens=allowed.opens | {name}, shut=allowed.shut | shut)

    def update() -> Expect:
        opened[0].update(opened[0].list()[0].id, {"n": "after the crash"})
        return replace(story.now, contents=(content(opened[0]),))

    story.step(run, lambda before, after: before)
    story.step(update)
    told = len(story.disk.events)
    opened[0].close(compact=False)
    del story.disk.events[told:]


def healing() -> Story:
    """Opening a vault whose second header is damaged."""
    box = prepared()
    disk = RecordingFs.fork(box.disk, "healing")
    with box.open(disk) as vault:
        expected = Expect((content(vault),))
    disk.write(ROOT / "vault.json.2", b"rot")
    secrets = {"passphrase": {"passphrase": PASSPHRASE}, "code": {"recovery_code": box.code}}
    story = Story("healing", disk, secrets, expected)
    open_again(story)
    return story


def backing_up(again: bool) -> Story:
    """A backup into a folder; judged is the copy, as another computer would open it."""
    box = prepared()
    stage = Play("backup", box.disk, box.code)
    held: Content = {}
    if again:
        backup(stage.vault, COPY)
        held = content(stage.vault)
        stage.put()
        stage.update()
    new = content(stage.vault)
    before = Expect((held,), BOTH if again else frozenset(), absent=not again)
    story = Story(
        f"backup {again}", stage.disk, stage.story.secrets, before, root=COPY, anchors=ELSEWHERE
    )
    salvaged = held | {i: (*one[:2], True) for i, one in new.items() if i not in held}

    def run() -> Expect:
        assert backup(stage.vault, COPY).verified
        return Expect((new,), BOTH)

    story.step(run, lambda old, _: replace(old, contents=(held, salvaged, new)))
    told = len(story.events)
    stage.vault.close(compact=False)
    del story.events[told:]
    return alike(story)


def after_recovery(story: Story, state: CrashState) -> Story:
    """Opening what a power loss left, recorded, so that the power may fail again."""
    looks = story.look(state)
    opens = frozenset(name for name, look in looks.items() if not look.refusal)
    found = next(look.content for look in looks.values() if not look.refusal)
    again = Story(
        f"{story.name} again", state.disk("recovery"), story.secrets, Expect((found,), opens)
    )
    open_again(again)
    return again


def recoveries(name: str) -> Iterator[Story]:
    """One second story for each kind of recovery that a play's power losses need."""
    story, kinds = play(name), set[tuple[str, ...]]()
    for _, model in models(story.start, story.events):
        for state in model.states():
            look = next(one for one in story.look(state).values() if not one.refusal)
            if look.notices and look.notices not in kinds:
                kinds.add(look.notices)
                yield after_recovery(story, state)


ACTS: dict[str, tuple[Callable[[Play], Any], ...]] = {
    "put": (Play.put,),
    "update": (Play.update, lambda stage: stage.update(1)),
    "delete": (Play.delete,),
    "close": (Play.update, Play.close),
    "compact": (Play.delete, Play.compact, Play.update),
    "passphrase": (Play.change_passphrase, Play.update),
    "code": (Play.new_code,),
    "session": (
        Play.put, Play.update, lambda stage: stage.put(70_000, 7), Play.delete, Play.close,
    ),
}  # fmt: skip

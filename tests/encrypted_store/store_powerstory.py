# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations recorded with what they promise, and the judgement of every crash state of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from store_box import ANCHORS, ROOT
from store_powerloss import Barrier, CrashState, Event, RecordingFs, Snapshot, models

from encrypted_store import KdfParams, Vault, VaultError

Content = dict[str, tuple[bytes | str, Any, bool]]  # payload or error, metadata, salvaged
Secrets = dict[str, dict[str, str]]

# What a broken promise is called, by what opening says when it refuses.
REFUSALS = {
    "CatalogueDamaged": "SEGMENT-LOST",
    "VaultTampered": "HEAD-LOST",
    "HeaderDamaged": "HEADER-LOST",
    "NotAVault": "HEADER-LOST",
    "RollbackDetected": "ROLLED-BACK",
    "WrongPassphrase": "PASSPHRASE-LOST",
    "WrongRecoveryCode": "RECOVERY-CODE-LOST",
}


@dataclass(frozen=True)
class Expect:
    """What must hold in every state that losing power may leave now."""

    contents: tuple[Content, ...]
    opens: frozenset[str] = frozenset({"passphrase", "code"})
    """Secrets that all open the vault."""
    shut: frozenset[str] = frozenset()
    """Secrets that must not open it any more."""
    either: frozenset[str] = frozenset()
    """Of these at least one opens it."""
    creating: bool = False
    """There may be no vault yet; then creating it again works."""
    absent: bool = False
    """There may be no vault yet, or one without a header."""
    erased: tuple[bytes, ...] = ()
    """Bytes that must be nowhere on the disk, in no file and in no freed block."""


@dataclass(frozen=True)
class Look:
    """What one secret finds in one crash state."""

    refusal: str = ""
    reason: str = ""
    content: Content = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    unstable: str = ""
    """Why a second opening differs from the first."""


@dataclass(frozen=True)
class Violation:
    """A promise that a crash state breaks."""

    code: str
    after: int
    """Events that had happened."""
    detail: str
    state: CrashState | None = None


@dataclass
class Story:
    """One recorded run. `steps` says what held from which event on."""

    name: str
    disk: RecordingFs
    secrets: Secrets
    now: Expect
    root: Path = ROOT
    anchors: Path = ANCHORS
    steps: dict[int, Expect] = field(default_factory=dict)
    dull: frozenset[int] = frozenset()
    """Numbers of events after which nothing new can be found."""
    looks: dict[str, dict[str, Look]] = field(default_factory=dict)
    start: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.disk.begin()
        self.steps[0] = self.now

    @property
    def events(self) -> list[Event]:
        return self.disk.events

    def step(
        self,
        action: Callable[[], Expect],
        between: Callable[[Expect, Expect], Expect] | None = None,
    ) -> None:
        """Run an action. It returns what holds once it is acknowledged.

        Args:
            between: what holds while it runs; None: the contents before or after.
        """
        begun, before = len(self.events), self.now
        self.now = action()
        self.steps[begun + 1] = (between or in_between)(before, self.now)
        self.steps[len(self.events)] = self.now

    def expected(self, done: int) -> Expect:
        return self.steps[max(step for step in self.steps if step <= done)]

    def barriers(self) -> list[tuple[int, str]]:
        """Event number and role of every barrier in the run."""
        return [(i, role(e, self)) for i, e in enumerate(self.events) if isinstance(e, Barrier)]

    def look(self, state: CrashState) -> dict[str, Look]:
        """What every secret finds. The real `Vault.open` decides."""
        if state.key not in self.looks:
            self.looks[state.key] = {
                name: self._look(state, given, kill=bool(number % 2))
                for number, (name, given) in enumerate(self.secrets.items())
            }
        return self.looks[state.key]

    def open(self, disk: RecordingFs, given: dict[str, str]) -> Vault:
        return Vault.open(
            self.root, io=disk, anchors=self.anchors, min_kdf=KdfParams.for_tests(), **given
        )

    def _look(self, state: CrashState, given: dict[str, str], kill: bool) -> Look:
        """Open, read, then close or die, and open again."""
        disk = state.disk(self.name)
        try:
            vault = self.open(disk, given)
        except VaultError as error:
            return Look(error.code, error.message)
        found, notices = content(vault), tuple(one.code for one in vault.notices)
        next_disk = disk
        if kill:
            next_disk = RecordingFs.fork(disk, "killed" + state.key)
        vault.close(compact=not kill)
        try:
            with self.open(next_disk, given) as again:
                unstable = "" if content(again) == found else "other content at the second opening"
                unstable = unstable or " ".join(one.code for one in again.notices)
        except VaultError as error:
            unstable = f"the second opening refuses: {error.code}"
        return Look("", "", found, notices, unstable)


def content(vault: Vault) -> Content:
    """All that a vault lists; what does not verify shows its error in place of the payload."""
    found: Content = {}
    for entry in vault.list():
        try:
            payload: bytes | str = vault.get(entry.id)
        except VaultError as error:
            payload = error.code
        found[entry.id] = (payload, entry.meta, entry.recovered)
    return found


def in_between(before: Expect, after: Expect) -> Expect:
    """Wholly there or wholly absent; a new object may also come back as salvage."""
    old, new = before.contents[-1], after.contents[0]
    salvaged = {i: held if i in old else (*held[:2], True) for i, held in new.items()}
    contents = [before.contents[-1], new]
    if salvaged not in contents:
        contents.append(salvaged)
    return replace(
        after,
        contents=tuple(contents),
        opens=after.opens if before.creating else before.opens & after.opens,
        shut=before.shut & after.shut,
        either=frozenset() if before.creating else before.opens ^ after.opens,
        erased=before.erased,
        creating=before.creating,
    )


def violations(
    story: Story,
    *,
    without: Collection[int] = (),
    one_in: int = 1,
    seen: set[str] | None = None,
) -> Iterator[Violation]:
    """Judge every distinct crash state of a story.

    Args:
        without: numbers of the barriers' events that are taken away.
        one_in: look only at about every so-many-th state.
        seen: collects the keys of the states that were judged.
    """
    judged: set[tuple[str, int]] = set()
    for done, model in models(story.start, story.events, without):
        expect = story.expected(done)
        if any(secret in held for held in model.bytes_anywhere() for secret in expect.erased):
            yield Violation("NOT-ERASED", done, "bytes that are gone for good are on the disk")
        for state in model.states() if done not in story.dull else ():
            if (state.key, id(expect)) in judged or int(state.key[:6], 16) % one_in:
                continue
            judged.add((state.key, id(expect)))
            if seen is not None:
                seen.add(state.key)
            yield from judge(story, done, expect, state)


def judge(story: Story, done: int, expect: Expect, state: CrashState) -> Iterator[Violation]:
    """What a state breaks of what must hold."""
    looks = story.look(state)
    nothing = all(look.refusal == "NotAVault" for look in looks.values())
    if nothing and expect.absent:
        return
    if nothing and expect.creating:
        if why := _created_again(story, state):
            yield Violation("CANNOT-CREATE", done, why, state)
        return
    for name in sorted(expect.opens):
        if refusal := looks[name].refusal:
            code = REFUSALS.get(refusal, f"REFUSED-{refusal}")
            yield Violation(code, done, f"{name}: {looks[name].reason}", state)
    if expect.either and all(looks[name].refusal for name in expect.either):
        yield Violation("NOBODY-OPENS", done, "neither the old nor the new secret", state)
    for name in sorted(expect.shut):
        if not looks[name].refusal:
            yield Violation("OLD-PASSPHRASE-BACK", done, f"{name} opens again", state)
    for name, look in looks.items():
        if not look.refusal:
            if code := _wrong_content(look.content, expect.contents):
                yield Violation(code, done, f"{name} finds {_brief(look)}", state)
            if look.unstable:
                yield Violation("NOT-STABLE", done, look.unstable, state)


def _wrong_content(found: Content, allowed: tuple[Content, ...]) -> str:
    if found in allowed:
        return ""
    if any(isinstance(payload, str) for payload, _, _ in found.values()):
        return "LISTED-UNREADABLE"
    if any(object_id not in one for object_id in found for one in allowed[-1:]):
        return "RESURRECTED"
    return "LOST-ACKED"


def _brief(look: Look) -> str:
    parts = [f"{i[:6]} {payload[:20]!r} {meta}" for i, (payload, meta, _) in look.content.items()]
    return f"{'; '.join(parts)} (notices: {', '.join(look.notices)})"


def _created_again(story: Story, state: CrashState) -> str:
    disk = state.disk("again")
    try:
        vault, _ = Vault.create(
            story.root, "anew", kdf=KdfParams.for_tests(), anchors=story.anchors, io=disk
        )
        vault.close()
        with story.open(disk, {"passphrase": "anew"}) as again:
            return " ".join(one.code for one in again.notices)
    except VaultError as error:
        return f"{error.code}: {error.message}"


def role(barrier: Barrier, story: Story) -> str:
    """What a barrier makes durable, in words that do not change from run to run."""
    path = barrier.path
    if isinstance(barrier.target, Path):
        if path.parent.name == "obj":
            return "folder of the object"
        return f"folder {'vault' if path == story.root else path.name or '/'}"
    name = path.name.split(".")
    if path.suffix == ".tmp":
        kinds = {"vvo": "object", "vvlog": "new segment"}
        plain = ".".join(name[:-2])
        kind = kinds.get(plain.rpartition(".")[2], plain)
        if path.parent.name == "anchors":
            kind = "anchor"
        return f"file {kind if not kind.startswith('tail-') else 'torn tail'}"
    if path.suffix == ".vvo":
        return "overwritten object"
    return "log" if path.suffix == ".vvlog" else f"{path}"

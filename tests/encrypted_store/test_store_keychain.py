# SPDX-License-Identifier: GPL-3.0-or-later
"""Only the system's own keychain is trusted with a slot's secret, and its failures are typed."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.core
import pytest
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError, PasswordSetError

from encrypted_store import KeychainUnavailable, canon
from encrypted_store.keychain import Keychain, allowed, system_keychain

VAULT, SLOT = "ab" * 16, "cd" * 8
SECRET = bytes(range(32))
USER = f"{VAULT}:{SLOT}"
SYSTEMS = ("linux", "darwin", "win32")
EVERY = sorted({name for system in SYSTEMS for name in allowed(system)})
SECRET_SERVICE = "keyring.backends.SecretService.Keyring"


class Store:
    """What a fake back end keeps, and what it is told to do wrong."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], Any] = {}
        self.failure: Exception | None = None
        self.deaf = False


def make_backend(name: str, priority: float = 5, store: Store | None = None) -> Any:
    """A back end registered with keyring under the module path and class name given."""
    kept = store or Store()
    module, _, class_name = name.rpartition(".")

    def get_password(self: Any, service: str, username: str) -> Any:
        if kept.failure:
            raise kept.failure
        return kept.entries.get((service, username))

    def set_password(self: Any, service: str, username: str, password: str) -> None:
        if kept.failure:
            raise kept.failure
        if not kept.deaf:
            kept.entries[service, username] = password

    def delete_password(self: Any, service: str, username: str) -> None:
        if kept.failure:
            raise kept.failure
        if (service, username) not in kept.entries:
            raise PasswordDeleteError("not there")
        if not kept.deaf:
            del kept.entries[service, username]

    body = {
        "__module__": module,
        "__qualname__": class_name,
        "priority": priority,
        "get_password": get_password,
        "set_password": set_password,
        "delete_password": delete_password,
    }
    return type(keyring.backend.KeyringBackend)(
        class_name, (keyring.backend.KeyringBackend,), body
    )()


Offer = Callable[..., None]


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Offer]:
    """Puts fake back ends where keyring's own modules are; the rest of keyring sees them too."""
    known = set(keyring.backend.KeyringBackend._classes)
    for name in EVERY:
        monkeypatch.setitem(sys.modules, name.rpartition(".")[0], None)  # as if not installed

    def choose(*backends: Any) -> None:
        for backend in backends:
            kind = type(backend)
            module = sys.modules.get(kind.__module__) or types.ModuleType(kind.__module__)
            setattr(module, kind.__name__, kind)
            monkeypatch.setitem(sys.modules, kind.__module__, module)
            for parent in itertools.accumulate(kind.__module__.split(".")[:-1], "{}.{}".format):
                if parent not in sys.modules:
                    monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))

    monkeypatch.setattr(sys, "platform", "linux")
    yield choose
    keyring.backend.KeyringBackend._classes = known  # making a fake registered it for good


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def chain(offer: Offer, store: Store) -> Keychain:
    offer(make_backend(SECRET_SERVICE, store=store))
    return system_keychain()


@pytest.mark.parametrize(
    ("system", "name"), [(system, name) for system in SYSTEMS for name in allowed(system)]
)
def test_each_system_keychain_is_taken(
    system: str, name: str, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    store = Store()
    offer(make_backend(name, store=store))
    chain = system_keychain()
    assert name.rpartition(".")[0] in repr(chain)
    assert chain.get(VAULT, SLOT) is None
    chain.put(VAULT, SLOT, SECRET)
    assert store.entries == {("VoiceVault", USER): canon.b64(SECRET)}
    assert chain.get(VAULT, SLOT) == SECRET
    assert chain.get(VAULT, "00" * 8) is None
    chain.remove(VAULT, SLOT)
    assert store.entries == {}
    assert chain.get(VAULT, SLOT) is None


def test_the_allow_list_names_classes_that_keyring_has() -> None:
    """A renamed class would silently turn the feature off."""
    for name in EVERY:
        module, _, class_name = name.rpartition(".")
        assert hasattr(__import__(module, fromlist=["_"]), class_name), name


REFUSED = [
    "keyrings.alt.file.PlaintextKeyring",
    "keyrings.alt.file.EncryptedKeyring",
    "keyring.backends.fail.Keyring",
    "keyring.backends.null.Keyring",
    "keyring.backends.chainer.ChainerBackend",
    "keyring.backends.SecretService.Other",
    "keyring.backends.macOS.api.Keyring",
    "keyring.backends.macOS.Keyring",  # on Linux
    "evil.keyring.backends.SecretService.Keyring",
    "somebody.cloud.Keyring",
]


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("chosen", [False, True])
def test_anything_else_is_refused(
    name: str, chosen: bool, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However eager it is, and also when keyring's own configuration chose it."""
    store = Store()
    offer(make_backend(name, priority=99, store=store))
    if chosen:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        monkeypatch.setattr(keyring.core, "_keyring_backend", None)
        assert type(keyring.get_keyring()).priority == 99  # keyring would use it
    with pytest.raises(KeychainUnavailable, match="no system keychain answers") as caught:
        system_keychain()
    assert "passphrase" in caught.value.hint
    assert caught.value.code == "KeychainUnavailable"
    assert store.entries == {}


def test_the_best_trusted_one_is_used_and_never_an_eager_plain_file(
    offer: Offer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain, secret, lesser = Store(), Store(), Store()
    offer(
        make_backend("keyrings.alt.file.PlaintextKeyring", 9, plain),
        make_backend("keyring.backends.kwallet.DBusKeyring", 4.9, lesser),
        make_backend(SECRET_SERVICE, 5, secret),
    )
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    system_keychain().put(VAULT, SLOT, SECRET)
    assert (len(plain.entries), len(lesser.entries), len(secret.entries)) == (0, 0, 1)
    assert list(tmp_path.iterdir()) == []


def test_the_reason_of_each_is_told(offer: Offer) -> None:
    class Sleeping:
        def __get__(self, instance: Any, owner: Any) -> float:
            raise RuntimeError("the daemon sleeps")

    made = make_backend(SECRET_SERVICE)
    type(made).priority = Sleeping()
    offer(made)
    with pytest.raises(KeychainUnavailable) as caught:
        system_keychain()
    assert "SecretService: the daemon sleeps" in caught.value.message
    assert "kwallet: import of keyring.backends.kwallet halted" in caught.value.message


@pytest.mark.parametrize(
    "failure",
    [
        KeyringLocked("dismissed"),
        InitError("no collection"),
        PasswordSetError("cancelled"),
        PasswordDeleteError("no such password"),
        ConnectionResetError("D-Bus is gone"),
        RuntimeError("anything"),
        TypeError("'str' object is not callable"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_every_failure_of_the_back_end_is_typed_and_quotes_nothing(
    failure: Exception, chain: Keychain, store: Store
) -> None:
    failure.args = (*failure.args, canon.b64(SECRET))
    store.failure = failure
    for call in (
        lambda: chain.get(VAULT, SLOT),
        lambda: chain.put(VAULT, SLOT, SECRET),
        lambda: chain.remove(VAULT, SLOT),
    ):
        with pytest.raises(KeychainUnavailable) as caught:
            call()
        shown = "".join(traceback.format_exception(caught.value)) + caught.value.hint
        assert canon.b64(SECRET) not in shown
        assert caught.value.__context__ is None  # not even to a debugger's chain


def test_deleting_what_is_not_there(chain: Keychain) -> None:
    with pytest.raises(KeychainUnavailable, match="no such entry"):
        chain.remove(VAULT, SLOT)


def test_a_back_end_that_only_pretends_is_found_out(chain: Keychain, store: Store) -> None:
    store.deaf = True
    with pytest.raises(KeychainUnavailable, match="does not give it back"):
        chain.put(VAULT, SLOT, SECRET)
    store.entries["VoiceVault", USER] = canon.b64(bytes(32))
    with pytest.raises(KeychainUnavailable, match="does not give it back"):
        chain.put(VAULT, SLOT, SECRET)
    with pytest.raises(KeychainUnavailable, match="still there"):
        chain.remove(VAULT, SLOT)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "hunter2",
        canon.b64(SECRET) + "=",
        canon.b64(SECRET) + "\n",
        canon.b64(SECRET[:31]),
        canon.b64(SECRET + b"x"),
        canon.b64(SECRET)[:-1] + "9",  # spare bits that are not zero
        "é" * 43,
        canon.b64(SECRET).encode(),
        7,
    ],
)
def test_a_foreign_value_is_refused_unseen(stored: Any, chain: Keychain, store: Store) -> None:
    store.entries["VoiceVault", USER] = stored
    with pytest.raises(KeychainUnavailable, match="not one of VoiceVault's") as caught:
        chain.get(VAULT, SLOT)
    assert not stored or str(stored) not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_has_32_bytes(size: int, chain: Keychain, store: Store) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        chain.put(VAULT, SLOT, bytes(size))
    assert store.entries == {}


def test_on_windows_the_secret_stays_on_the_machine(
    offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backend("keyring.backends.Windows.WinVaultKeyring")
    monkeypatch.setattr(sys, "platform", "win32")
    type(made).persist = "enterprise"
    offer(made)
    chain: Any = system_keychain()
    assert chain._backend.persist == "local machine"
    assert type(made).persist == "enterprise"  # other users of keyring keep their choice


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "keyring"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(KeychainUnavailable, match=r"answers \(SecretService: No module"):
        system_keychain()


REAL = """
import socket, sys
from encrypted_store import KeychainUnavailable
from encrypted_store.keychain import system_keychain
assert not any(name.split(".")[0] == "keyring" for name in sys.modules), "imported too early"
bad = []
def watch(event, args):
    if event == "socket.connect" and args[0].family != socket.AF_UNIX:
        bad.append(event)
    elif event == "open" and args[2] & 3:
        bad.append(args)
    elif event in ("subprocess.Popen", "os.system", "socket.getaddrinfo"):
        bad.append(args)
sys.addaudithook(watch)
try:
    print(repr(system_keychain()))
except KeychainUnavailable as error:
    print(error.message)
assert not bad, bad
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a keychain")
@pytest.mark.parametrize("backend", ["", "keyring.backends.null.Keyring"])
def test_the_real_keyring_without_a_desktop(backend: str, tmp_path: Path) -> None:
    """No file is written, no program started, no network asked, and the reason is told."""
    environment = dict(os.environ, HOME=str(tmp_path), DBUS_SESSION_BUS_ADDRESS="unix:path=/none")
    environment |= {"XDG_CONFIG_HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    if backend:
        environment["PYTHON_KEYRING_BACKEND"] = backend
    done = subprocess.run(
        [sys.executable, "-c", REAL], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("no system keychain answers")
    assert list(tmp_path.rglob("*")) == []

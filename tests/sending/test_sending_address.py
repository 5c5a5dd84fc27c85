# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an offer may listen: one address of a home network, and nothing the internet reaches."""

from __future__ import annotations

import socket

import pytest

from voicevault import home_network
from voicevault.errors import Refused, UsageError
from voicevault.home_network import Interface, check_address, choose_address
from voicevault.sending import Offer

HERE = "127.0.0.1"


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "0.0.0.0", "255.255.255.255", "100.64.0.1", "172.32.0.1"]
)
def test_it_never_listens_where_the_internet_may_reach(address: str) -> None:
    with pytest.raises(Refused, match="home network"):
        Offer(b"x", "a.zip", address)


@pytest.mark.parametrize("address", ["", "localhost", "::1", "10.0.0", "10.0.0.1 ", "fe80::1"])
def test_an_address_is_an_ipv4_address(address: str) -> None:
    with pytest.raises(UsageError, match="no IPv4 address"):
        check_address(address)


def test_an_address_of_another_computer_is_told() -> None:
    with pytest.raises(UsageError, match=r"cannot listen on 10\.255\.255\.254"):
        Offer(b"x", "a.zip", "10.255.255.254")


def test_it_listens_on_that_address_only() -> None:
    with Offer(b"x", "a.zip", HERE) as one:
        port = int(one.url.split(":")[2].split("/")[0])
        with socket.socket() as other, pytest.raises(ConnectionRefusedError):
            other.connect(("127.0.0.2", port))


@pytest.mark.parametrize("name", ["", "../a.zip", 'a".zip', "a\r\nX: y.zip", "ü.zip", ".zip"])
def test_a_name_that_would_break_the_answer(name: str) -> None:
    with pytest.raises(UsageError, match="name of a download"):
        Offer(b"x", name, HERE)


@pytest.mark.parametrize("seconds", [0.0, -1.0, 3601.0])
def test_a_time_that_is_none(seconds: float) -> None:
    with pytest.raises(UsageError, match="3600"):
        Offer(b"x", "a.zip", HERE, seconds=seconds)


def offered(monkeypatch: pytest.MonkeyPatch, *found: Interface) -> None:
    monkeypatch.setattr(home_network, "interfaces", lambda: list(found))


def test_the_only_address_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    offered(monkeypatch, Interface("wlan0", "192.168.1.7"), Interface("docker0", "172.17.0.1"))
    assert choose_address() == "192.168.1.7"
    offered(monkeypatch, Interface("docker0", "172.17.0.1"))
    assert choose_address() == "172.17.0.1"
    assert choose_address("10.0.0.9") == "10.0.0.9"


def test_none_or_several_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    offered(monkeypatch)
    with pytest.raises(UsageError, match="no address in a home network"):
        choose_address()
    offered(monkeypatch, Interface("wlan0", "192.168.1.7"), Interface("eth0", "10.0.0.2"))
    with pytest.raises(UsageError, match=r"192\.168\.1\.7 \(wlan0\), 10\.0\.0\.2 \(eth0\)"):
        choose_address()


def test_the_cards_of_this_computer() -> None:
    for one in home_network.interfaces():
        check_address(one.address)
        assert not one.address.startswith("127.")
        with Offer(b"x", "a.zip", one.address):
            pass

# SPDX-License-Identifier: GPL-3.0-or-later
"""This computer's addresses in a home network, asked of the system; nothing is sent for it."""

from __future__ import annotations

import ipaddress
import socket
import struct
from dataclasses import dataclass

from voicevault.errors import Refused, UsageError

_HOME = tuple(
    ipaddress.IPv4Network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8")
)
_VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "tun", "tap", "wg", "lxc")


@dataclass(frozen=True, slots=True)
class Interface:
    """A network card and this computer's IPv4 address on it."""

    name: str
    address: str


def interfaces() -> list[Interface]:
    """Cards with an address of a home network, those of virtual machines last. Nothing is sent.

    Empty where the system cannot tell (it is asked the Linux way); the address can be named then.
    """
    try:
        import fcntl
    except ImportError:
        return []
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for _, name in socket.if_nameindex():
            try:
                asked = struct.pack("256s", name.encode()[:15])
                answer = fcntl.ioctl(one.fileno(), 0x8915, asked)  # SIOCGIFADDR
            except OSError:  # a card without an address
                continue
            address = socket.inet_ntoa(answer[20:24])
            if is_home(address) and not address.startswith("127."):
                found.append(Interface(name, address))
    return sorted(found, key=lambda one: one.name.startswith(_VIRTUAL))


def choose_address(wanted: str = "") -> str:
    """The address to offer on: the one that is wanted, or the only one there is.

    Raises:
        UsageError: not an IPv4 address, or there is none, or more than one to choose from.
        Refused: an address that the internet may reach.
    """
    if wanted:
        check_address(wanted)
        return wanted
    found = interfaces()
    real = [one for one in found if not one.name.startswith(_VIRTUAL)] or found
    if len(real) == 1:
        return real[0].address
    if not real:
        raise UsageError(
            "this computer has no address in a home network",
            hint="connect to the phone's Wi-Fi, or name the address with --address",
        )
    listed = ", ".join(f"{one.address} ({one.name})" for one in real)
    raise UsageError(f"there is more than one address: {listed}", hint="name one with --address")


def check_address(address: str) -> None:
    """Raises UsageError for what is no IPv4 address, Refused for one outside a home network."""
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        raise UsageError(
            f"{address!r} is no IPv4 address", hint="for example --address 192.168.1.20"
        ) from None
    if not is_home(address):
        raise Refused(
            f"{address} is no address of a home network, and others could reach it; "
            f"{', '.join(str(one) for one in _HOME)} are",
            hint="save the file and carry it over another way",
        )


def is_home(address: str) -> bool:
    """Whether an IPv4 address belongs to a network that the internet does not reach."""
    return any(ipaddress.IPv4Address(address) in one for one in _HOME)

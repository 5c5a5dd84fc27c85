# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors of the header, its slots and its two copies."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from store_sealer import Json, b64, cj, header, header_body, rnd, slot
from store_world import HEADERS, Writer

DAMAGED = "HeaderDamaged"
OFFICIAL = {"least": {"m": 65_536, "t": 1, "p": 1}}


def both(data: bytes | None) -> dict[str, bytes | None]:
    return dict.fromkeys(HEADERS, data)


def write(w: Writer) -> None:
    _lines(w)
    _canonical(w)
    _fields(w)
    _slots(w)
    _kdf(w)
    _secrets(w)
    _copies(w)


def _lines(w: Writer) -> None:
    good = header(header_body())
    body, checksum, mac, _ = good.split(b"\n")
    wrong = bytes([checksum[0] ^ 1]) + checksum[1:]

    def lines(*parts: bytes) -> dict[str, bytes | None]:
        return both(b"\n".join(parts))

    for what, files in {
        "an empty file": both(b""),
        "no MAC line": lines(body, checksum, b""),
        "a fourth line": lines(body, checksum, mac, b"", b""),
        "no line feed at the end": lines(body, checksum, mac),
        "a carriage return before each line feed": both(good.replace(b"\n", b"\r\n")),
        "an empty first line": both(b"\n" + good),
        "a byte after the last line": both(good + b" "),
        "one bit of the checksum": lines(body, wrong, mac, b""),
        "upper-case checksum": lines(body, checksum.upper(), mac, b""),
        "a checksum cut short": lines(body, checksum[:-1], mac, b""),
        "one bit of the body": lines(body.replace(b"created", b"creased"), checksum, mac, b""),
        "upper-case MAC": lines(body, checksum, mac.upper(), b""),
        "a MAC cut short": lines(body, checksum, mac[:-2], b""),
        "a MAC with a space": lines(body, checksum, b" " + mac[1:], b""),
        "a MAC that is not hexadecimal": lines(body, checksum, b"g" + mac[1:], b""),
        "an empty MAC line": lines(body, checksum, b"", b""),
    }.items():
        w.bad("header", what, files, DAMAGED)
    w.bad("header", "a wrong MAC", lines(body, checksum, b"0" * 64, b""), "VaultTampered")
    forged = header(header_body(), rnd("another key", 32))
    w.bad("header", "a MAC under another key", both(forged), "VaultTampered")
    rotten = b"\n".join([body, checksum, b"1" * 64, b""])
    w.good("header", "a wrong MAC in copy 1, copy 2 whole", {HEADERS[0]: rotten})


def _canonical(w: Writer) -> None:
    body = cj(header_body())
    fields = header_body()
    backwards = b"{" + b",".join(
        cj({name: fields[name]})[1:-1] for name in sorted(fields, reverse=True)
    ) + b"}"  # fmt: skip
    for what, raw in {
        "a space after a colon": body.replace(b'"created":', b'"created": '),
        "a space at the end": body + b" ",
        "keys in another order": backwards,
        "a key twice": body.replace(b'{"created"', b'{"created":1,"created"', 1),
        "a float": body.replace(b"1700000000", b"1700000000.0"),
        "an exponent": body.replace(b"1700000000", b"17e8"),
        "a number of 2^53": body.replace(b"1700000000", b"9007199254740992"),
        "a number of 400 digits": body.replace(b"1700000000", b"9" * 400),
        "minus zero": body.replace(b"1700000000", b"-0"),
        "NaN": body.replace(b"1700000000", b"NaN"),
        "an escape that was not needed": body.replace(b"voicevault/1", b"voicev\\u0061ult/1"),
        "half a surrogate pair": body.replace(b'"recovery"', b'"\\ud800"'),
        "bytes that are not UTF-8": body.replace(b'"recovery"', b'"recover\xff"'),
        "a byte order mark": b"\xef\xbb\xbf" + body,
        "an array around it": b"[" + body + b"]",
        "an empty body": b"",
        "no JSON": b"vault",
        "brackets nested 1,100 deep": b'{"created":' + b"[" * 1100 + b"]" * 1100 + b"}",
    }.items():
        w.bad("header", what, both(header(raw)), DAMAGED)


def changed(*where: Any, to: Any = None, drop: bool = False) -> Json:
    """The body with one place set to a value, or without it."""
    body = copy.deepcopy(header_body())
    spot: Any = body
    for step in where[:-1]:
        spot = spot[step]
    if drop:
        del spot[where[-1]]
    else:
        spot[where[-1]] = to
    return body


def _fields(w: Writer) -> None:
    for name in header_body():
        damaged(w, f"no {name}", changed(name, drop=True))
    vault_id = header_body()["vault_id"]
    for where, values in {
        "created": ["1700000000", -1, True, None],
        "generation": ["1", -1, False, [1]],
        "vault_id": [None, 7, "", vault_id[:-2], vault_id + "AA", vault_id + "==", "+" * 22],
        "slots": [None, {}, "no", [], [None], [[]]],
        "format": [None, 1, "", "voicevault/", "voicevault/1 ", "VoiceVault/2", "voicevault/1.0",
                   "voicevault/-2", "voicevault/two", "othervault/2", "voicevault/\u0662"],
        "extra": [1],
    }.items():  # fmt: skip
        for value in values:
            damaged(w, f"{where} is {cj(value).decode()}", changed(where, to=value))
    spare = vault_id[:-1] + chr(ord(vault_id[-1]) + 1)
    damaged(w, "vault_id with spare bits set", changed("vault_id", to=spare))
    for value in ("voicevault/2", "voicevault/10"):
        w.bad(
            "header", f"format {value}", both(header(changed("format", to=value))), "NewerVersion"
        )
    bare = {"format": "voicevault/2", "future": [1]}
    w.bad("header", "a newer format with other fields", both(header(bare)), "NewerVersion")
    newer = {HEADERS[1]: header(changed("format", to="voicevault/2"))}
    w.bad("header", "a newer format in copy 2 alone", newer, "NewerVersion")


def damaged(w: Writer, what: str, body: Json, layer: str = "header") -> None:
    w.bad(layer, what, both(header(body)), DAMAGED)


def _slots(w: Writer) -> None:
    pair = header_body()["slots"]
    many = [slot("recovery", f"filler {n}") for n in range(15)]
    damaged(w, "17 slots", header_body(slots=pair + many), "slot")
    w.good("slot", "16 slots", both(header(header_body(slots=[*pair, *many[:14]]))))
    twin = slot("recovery", "first")
    damaged(w, "two slots with one id", header_body(slots=[pair[0], twin]), "slot")
    for name in pair[1]:
        damaged(w, f"a slot without {name}", changed("slots", 1, name, drop=True), "slot")
        damaged(w, f"a slot with a number for {name}", changed("slots", 1, name, to=7), "slot")
    damaged(w, "a slot with one more field", changed("slots", 1, "x", to=1), "slot")
    for name, size in {"id": 8, "commit": 32, "nonce": 12, "wrapped": 48}.items():
        for length in (size - 1, size + 1):
            value = b64(rnd(f"slot {name}", length))
            damaged(w, f"{name} of {length} bytes", changed("slots", 1, name, to=value), "slot")
    padded = pair[1]["wrapped"][:-4] + "===="
    damaged(w, "wrapped with padding signs", changed("slots", 1, "wrapped", to=padded), "slot")
    for value in ("password", "", "Passphrase", None):
        damaged(w, f"slot type {value!r}", changed("slots", 0, "type", to=value), "slot")
    damaged(w, "Argon2id under a recovery slot", changed("slots", 0, "type", to="recovery"), "slot")
    damaged(w, "HKDF under a passphrase slot", changed("slots", 1, "type", to="passphrase"), "slot")
    for type_ in ("keychain", "fido2"):
        more = header_body(slots=[*pair, slot(type_, type_)])
        w.good("slot", f"a further slot of type {type_}", both(header(more)))


def _kdf(w: Writer) -> None:
    for name in ("m", "name", "p", "salt", "t"):
        damaged(w, f"kdf without {name}", changed("slots", 0, "kdf", name, drop=True), "slot")
    for name, values in {
        "m": ["64", -64, True], "t": [None, -1], "p": ["1", False],
        "name": ["argon2i", "hkdf-sha256", None], "salt": [b64(bytes(15)), b64(bytes(17)), None],
        "extra": [1],
    }.items():  # fmt: skip
        for value in values:
            body = changed("slots", 0, "kdf", name, to=value)
            damaged(w, f"kdf {name} is {cj(value).decode()}", body, "slot")
    for value in ([], None, "argon2id"):
        what = f"kdf is {cj(value).decode()}"
        damaged(w, what, changed("slots", 0, "kdf", to=value), "slot")
    damaged(
        w, "an HKDF kdf named argon2id", changed("slots", 1, "kdf", "name", to="argon2id"), "slot"
    )
    damaged(w, "an HKDF kdf with m", changed("slots", 1, "kdf", "m", to=64), "slot")
    for m, t, p in ((65_535, 1, 1), (2_097_153, 1, 1), (65_536, 0, 1), (65_536, 65, 1),
                    (65_536, 1, 0), (65_536, 1, 17)):  # fmt: skip
        _cost(w, m, t, p, OFFICIAL)
    _cost(w, 63, 1, 1, None)
    _cost(w, 71, 1, 9, None)
    second = [*header_body()["slots"], slot("passphrase", "dear", m=2_097_153)]
    what = "an excessive cost in a second passphrase slot"
    w.bad("slot", what, both(header(header_body(slots=second))), "KdfOutOfBounds")
    for m, t, p, options in ((65_536, 1, 1, OFFICIAL), (64, 2, 8, None), (64, 1, 1, None)):
        slots = [slot("passphrase", f"cost {m} {t} {p}", m=m, t=t, p=p), header_body()["slots"][1]]
        what = f"a cost just within its bounds: m {m}, t {t}, p {p}"
        w.good("slot", what, both(header(header_body(slots=slots))), with_=options)


def _cost(w: Writer, m: int, t: int, p: int, options: Json | None) -> None:
    slots = [slot("passphrase", f"cost {m} {t} {p}", m=m, t=t, p=p), header_body()["slots"][1]]
    what = f"Argon2id cost m {m}, t {t}, p {p}"
    files = both(header(header_body(slots=slots)))
    w.bad("slot", what, files, "KdfOutOfBounds", with_=options)


def _secrets(w: Writer) -> None:
    """Altered by somebody who can compute checksum and MAC: only the slot's own proof is left."""
    recovery = {"use": "recovery"}
    for at, use, wrong in ((0, None, "WrongPassphrase"), (1, recovery, "WrongRecoveryCode")):
        for name, error in {
            "commit": wrong, "id": wrong, "wrapped": "VaultTampered", "nonce": "VaultTampered",
        }.items():  # fmt: skip
            size = {"commit": 32, "id": 8, "wrapped": 48, "nonce": 12}[name]
            body = changed("slots", at, name, to=b64(rnd(f"altered {name}", size)))
            what = f"another {name} in slot {at + 1}, checksum and MAC made right"
            w.bad("slot", what, both(header(body)), error, with_=use)
        body = changed("slots", at, "kdf", "salt", to=b64(rnd("altered salt", 16)))
        w.bad("slot", f"another salt in slot {at + 1}", both(header(body)), wrong, with_=use)
    for name, value in {"m": 128, "t": 2, "p": 2}.items():
        body = changed("slots", 0, "kdf", name, to=value)
        w.bad("slot", f"another {name} in the cost", both(header(body)), "WrongPassphrase")
    moved = header_body(vault_id=b64(rnd("another vault", 16)))
    w.bad("slot", "the slots under another vault id", both(header(moved)), "WrongPassphrase")
    for what, typed in {"another": "incorrect", "with a space more": "correct horse "}.items():
        w.bad("slot", f"passphrase: {what}", {}, "WrongPassphrase", with_={"passphrase": typed})
    only = header_body(slots=[header_body()["slots"][1]])
    w.bad("slot", "no passphrase slot at all", both(header(only)), "WrongPassphrase")
    other = {"use": "recovery", "recovery": rnd("another recovery", 20).hex()}
    w.bad("slot", "another recovery code", {}, "WrongRecoveryCode", with_=other)
    w.good("slot", "the recovery code", {}, with_=recovery)
    extra = [slot("passphrase", "older", secret=b"another"), *header_body()["slots"]]
    w.good("slot", "the passphrase of the second slot", both(header(header_body(slots=extra))))
    word = "Gr\u00fc\u00dfe".encode()
    nfc = both(header(header_body(slots=[slot("passphrase", "nfc", secret=word)])))
    w.good("slot", "a passphrase in NFD", nfc, with_={"passphrase": "Gru\u0308\u00dfe"})


def _copies(w: Writer) -> None:
    good = header(header_body())
    rot = good.replace(b"created", b"creased")
    one, two = HEADERS
    older: Callable[[int], bytes] = lambda n: header(header_body(generation=n))  # noqa: E731
    w.bad("header", "neither copy is there", both(None), "NotAVault")
    w.bad("header", "both copies are damaged", {one: rot, two: good[:-1]}, DAMAGED)
    w.bad("header", "copy 1 is gone, copy 2 damaged", {one: None, two: rot}, DAMAGED)
    w.good("header", "copy 1 is damaged", {one: rot})
    w.good("header", "copy 2 is damaged", {two: rot})
    w.good("header", "copy 1 is gone", {one: None})
    w.good("header", "copy 2 is gone", {two: None})
    w.good("header", "copy 2 is of an older generation", {one: older(2)})
    w.good("header", "copy 1 is of an older generation", {two: older(2)})
    forged = header(header_body(generation=9), rnd("another key", 32))
    w.bad("header", "a newer generation without the key in copy 2", {two: forged}, "VaultTampered")
    edited = header(header_body(created=5), rnd("another key", 32))
    w.bad("header", "another body of this generation in copy 1", {one: edited}, "VaultTampered")
    w.bad("header", "an older generation than the anchor's", both(older(0)), "RollbackDetected")

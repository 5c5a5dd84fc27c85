# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose voice is this, and is it still what was exported: manifest and Ed25519 signature.

``manifest.json`` names every file of the folder with its SHA-256 and says from which run and base
the voice came. ``manifest.sig`` is the base64 of an Ed25519 signature over the exact bytes of
``manifest.json``. The private key lives in the vault; the public key is in the manifest. A good
signature proves that the folder is unchanged since the holder of that key exported it; that the
key is the owner's shows by comparing fingerprints (``expected_key``).

The manifest is a file of its own because Piper's and sherpa-onnx's converters wipe metadata.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from voicevault.errors import ExportFailed
from voicevault.export.info import VoiceInfo

FORMAT = "voicevault-manifest/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
_MAX_MANIFEST_BYTES = 1 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ManifestCheck:
    """What the manifest of a folder proves."""

    status: str
    """"ok", "unsigned" (files right, no signature), "missing" (no manifest), "changed" (a file
    differs or is gone), "forged" (the signature does not fit) or "unreadable"."""
    message: str
    voice: str = ""
    created: str = ""
    run: str = ""
    fingerprint: str = ""
    """Of the public key, for comparing by eye."""
    changed: tuple[str, ...] = ()


def new_signing_key() -> bytes:
    """32 private bytes; they belong into the vault and nowhere else."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_key(signing_key: bytes) -> bytes:
    """The 32 public bytes that go with a private key."""
    return _private(signing_key).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """First 80 bits of the key's SHA-256 in groups of four, short enough to read aloud."""
    digest = hashlib.sha256(public).hexdigest()[:20]
    return "-".join(digest[i : i + 4] for i in range(0, 20, 4))


def make_manifest(
    files: Mapping[str, bytes], info: VoiceInfo, signing_key: bytes | None
) -> dict[str, bytes]:
    """manifest.json for a folder of ``files`` and, with a key, manifest.sig."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "voice": info.name,
        **({} if info.kind == "voice" else {"kind": info.kind}),
        "created": info.created,
        "run": info.run,
        "recipe": info.recipe,
        "base_sha256": info.base_sha256,
        "licence": info.licence,
        "seconds_of_speech": info.seconds_of_speech,
        "teachers": list(info.teachers),
        "commercial": info.commercial,
        "consent": info.consent.to_json() if info.consent else None,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in sorted(files.items())
        },
    }
    if signing_key is not None:
        content["public_key"] = base64.b64encode(public_key(signing_key)).decode()
    data = (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
    if signing_key is None:
        return {MANIFEST: data}
    signature = base64.b64encode(_private(signing_key).sign(data)) + b"\n"
    return {MANIFEST: data, SIGNATURE: signature}


def verify_manifest(
    folder: str | Path, voice: str = "", *, expected_key: bytes | None = None
) -> ManifestCheck:
    """Checks a folder against its manifest and the manifest against its signature.

    Args:
        folder: the exported folder.
        voice: name the manifest must speak of; empty accepts any.
        expected_key: public key the signature must come from; by default the manifest's own.
    """
    root = Path(folder)
    try:
        data = _bounded(root / MANIFEST)
        base, named, key = _parsed(data)
    except FileNotFoundError:
        return ManifestCheck("missing", f"there is no {MANIFEST}: nothing says whose voice it is")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return ManifestCheck("unreadable", f"{MANIFEST} cannot be read as a manifest: {error}")
    status, message = _signature(root, data, key, expected_key)
    changed = tuple(sorted(name for name, sha in named.items() if _sha256(root / name) != sha))
    if status == "forged":
        pass  # says more than changed files do
    elif changed:
        status, message = "changed", f"not as exported: {', '.join(changed)}"
    elif voice and (base.voice != voice or f"{voice}.onnx" not in named):
        status, message = "changed", f"the manifest is for {base.voice}, not for {voice}"
    return replace(base, status=status, message=message, changed=changed)


def _parsed(data: bytes) -> tuple[ManifestCheck, dict[str, str], bytes]:
    """What a manifest says: its facts, SHA-256 of each file name, and the public key."""
    content = json.loads(data)
    named = {str(name): str(one["sha256"]) for name, one in content["files"].items()}
    # A manifest is a stranger's file: names that lead out of its folder are never followed.
    if content["format"] != FORMAT or any(Path(name).name != name for name in named):
        raise ValueError(f"it is not of the format {FORMAT}")
    key = base64.b64decode(content.get("public_key", ""), validate=True)
    facts = ManifestCheck(
        "unreadable",
        "",
        voice=str(content["voice"]),
        created=str(content.get("created", "")),
        run=str(content.get("run", "")),
        fingerprint=fingerprint(key) if key else "",
    )
    return facts, named, key


def _signature(root: Path, data: bytes, key: bytes, expected_key: bytes | None) -> tuple[str, str]:
    if expected_key is not None and key != expected_key:
        return "forged", "the manifest was made with another key than expected"
    if not key:
        return "unsigned", "all files are as exported, but nobody signed for them"
    try:
        signature = base64.b64decode(_bounded(root / SIGNATURE).strip(), validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except FileNotFoundError:
        return "forged", f"{MANIFEST} names a key but {SIGNATURE} is missing"
    except (InvalidSignature, ValueError, OSError):
        return "forged", f"{SIGNATURE} does not fit {MANIFEST}: it was changed after export"
    return "ok", "all files are as exported and signed"


def _private(signing_key: bytes) -> Ed25519PrivateKey:
    if len(signing_key) != 32:
        raise ExportFailed(f"the signing key has {len(signing_key)} bytes; 32 are needed")
    return Ed25519PrivateKey.from_private_bytes(signing_key)


def _bounded(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(_MAX_MANIFEST_BYTES + 1)
    if len(data) > _MAX_MANIFEST_BYTES:
        raise ValueError(f"larger than {_MAX_MANIFEST_BYTES} bytes")
    return data


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_CHUNK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Which public clips make up a corpus: speaker folders, and more voices made of their speakers."""

from dataclasses import dataclass
from pathlib import Path

AUDIO_SUFFIXES = frozenset((".wav", ".flac", ".mp3", ".opus", ".ogg", ".oga", ".aif", ".aiff"))


@dataclass(frozen=True, slots=True)
class Source:
    """One clip to prepare: a file, its text, whose voice it becomes.

    ``factor`` moves pitch and formants together (``training.pseudo``); 1.0 leaves them alone.
    """

    path: Path
    text: str
    speaker: str
    factor: float = 1.0

    @property
    def clip(self) -> str:
        """Folder and name of the clip, which say the same on every machine."""
        return f"{self.path.parent.name}/{self.path.stem}"


def list_sources(folder: Path, factors: dict[str, tuple[float, ...]]) -> list[Source]:
    """All clips of the speaker folders (``metadata.csv`` of ``id|text``) below ``folder``.

    ``factors``: prefix of a speaker's name -> factors of pitch and formants; each but 1.0 makes one
    more voice, named ``speaker*factor``, out of everything that the speaker said.
    """
    sources = []
    for metadata in sorted(folder.glob("*/metadata.csv")):
        name = metadata.parent.name
        found = sorted(p for p in metadata.parent.iterdir() if p.suffix.lower() in AUDIO_SUFFIXES)
        files = {p.stem: p for p in found}
        chosen = next((v for k, v in factors.items() if name.startswith(k)), (1.0,))
        for line in metadata.read_text("utf-8").splitlines():
            clip, _, text = line.partition("|")
            if clip in files and text.strip():
                for factor in chosen:
                    speaker = name if factor == 1.0 else f"{name}*{factor:g}"
                    sources.append(Source(files[clip], text.strip(), speaker, factor))
    return sources

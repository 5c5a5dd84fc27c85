# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own drawings: strokes on a grid of 24 by 24, coloured when they are used."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" '
    'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">'
)

DRAWINGS = {
    "record": '<rect x="9" y="3" width="6" height="11" rx="3"/>'
    '<path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M8.5 21h7"/>',
    "takes": '<path d="M4 12h1.5M8 8v8M11.5 5v14M15 9v6M18.5 11v2M21 12h0"/>',
    "train": '<path d="M4 19V12M9.5 19V8M15 19v-5M20.5 19V5"/><path d="M3 21.5h19"/>',
    "voice": '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z"/>'
    '<path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11"/>',
    "dictate": '<path d="M3.5 5.5h17M3.5 11h9M3.5 16.5h6"/>'
    '<path d="M17.5 11v9.5M15 11h5M15 20.5h5"/>',
    "carry": '<rect x="6.5" y="2.5" width="11" height="19" rx="2.5"/>'
    '<path d="M12 7.5v7M9 11.7l3 3 3-3M10.5 18.5h3"/>',
    "settings": '<path d="M4 7h9M17.5 7H20M4 12h2.5M11 12h9M4 17h8M16.5 17H20"/>'
    '<circle cx="15.2" cy="7" r="2.2"/><circle cx="8.7" cy="12" r="2.2"/>'
    '<circle cx="14.2" cy="17" r="2.2"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="10" rx="2.5"/>'
    '<path d="M8 10.5V8a4 4 0 0 1 8 0v2.5M12 14.5v2"/>',
    "key": '<circle cx="8" cy="15.5" r="4.5"/><path d="M11.3 12.3L20 3.5M16.5 7l3 3"/>',
    "folder": '<path d="M3.5 18.5v-12a1.5 1.5 0 0 1 1.5-1.5h4.5l2 2.5H19a1.5 1.5 '
    '0 0 1 1.5 1.5v9.5a1.5 1.5 0 0 1-1.5 1.5H5a1.5 1.5 0 0 1-1.5-1.5z"/>',
    "play": '<path d="M7.5 4.8v14.4L19 12z" fill="{colour}"/>',
    "stop": '<rect x="6" y="6" width="12" height="12" rx="2" fill="{colour}"/>',
    "pause": '<path d="M8.5 5.5v13M15.5 5.5v13" stroke-width="3.4"/>',
    "add": '<path d="M12 5v14M5 12h14"/>',
    "delete": '<path d="M4.5 6.5h15M9.5 6V4h5v2M6.5 6.5l1 14h9l1-14M10.5 10.5v6M13.5 10.5v6"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5.5 5.5"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "undo": '<path d="M8.5 5L4 9.5 8.5 14"/><path d="M4.5 9.5H14a5.5 5.5 0 0 1 0 11h-4"/>',
    "good": '<circle cx="12" cy="12" r="9"/><path d="M7.8 12.3l2.9 2.9 5.5-6"/>',
    "warn": '<path d="M12 3.5L2.5 20h19z"/><path d="M12 9.5v5M12 17.2v.3"/>',
    "bad": '<path d="M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z"/>'
    '<path d="M12 7.5v6M12 16.5v.3"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7.3v.3"/>',
    "shield": '<path d="M12 2.8l7.5 2.7v5.7c0 4.7-3 8.3-7.5 10-4.5-1.7-7.5-5.3-7.5'
    '-10V5.5z"/><path d="M8.5 12l2.5 2.5 4.5-5"/>',
    "backup": '<path d="M4 15.5v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3M12 15.5v-12M7.5 8L12 3.5'
    'l4.5 4.5"/>',
    "skip": '<path d="M5 5.5v13l9-6.5zM18.5 5.5v13"/>',
    "redo": '<path d="M15.5 5L20 9.5 15.5 14"/><path d="M19.5 9.5H10a5.5 5.5 0 0 0 0 11h4"/>',
    "next": '<path d="M9 5l7 7-7 7"/>',
}


def svg(name: str, colour: str) -> bytes:
    """The drawing as an SVG file. KeyError for a name that is not in `DRAWINGS`."""
    body = _HEAD + DRAWINGS[name] + "</svg>"
    return body.replace("{colour}", colour).encode()


def pixmap(name: str, colour: str, size_px: int, ratio: float = 1.0) -> QPixmap:
    """A picture of `size_px` logical pixels for a screen with `ratio` device pixels to each."""
    picture = QPixmap(round(size_px * ratio), round(size_px * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    whole = QRectF(0, 0, picture.width(), picture.height())
    QSvgRenderer(QByteArray(svg(name, colour))).render(painter, whole)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def icon(name: str, colour: str, chosen: str, size_px: int) -> QIcon:
    """An icon of `size_px`, sharp on screens of one and two pixels to each; `chosen` in rows.

    Two pictures and no more: a page has dozens of icons, and each picture costs a tenth of a
    millisecond before the page is there.
    """
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(pixmap(name, colour, size_px, ratio))
        made.addPixmap(pixmap(name, chosen, size_px, ratio), QIcon.Mode.Selected)
    return made

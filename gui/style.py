# SPDX-License-Identifier: GPL-3.0-or-later
"""From a scheme and a text size to Qt's palette and style sheet: spacing, type and edges.

Type has five sizes, spacing seven steps; a page uses these and no numbers of its own.
"""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtGui import QColor, QPalette

from gui.scheme import Scheme

RADIUS_PX = 8


class Space(IntEnum):
    """Distances in pixels."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 32


ROLES = {  # of a label: times the body's size, weight
    "prompt": (2.0, 500),
    "title": (1.75, 600),
    "heading": (1.2, 600),
    "body": (1.0, 400),
    "small": (0.9, 400),
}
"""A label says `role`, and `tone` (muted, good, warn, bad) where it is not the text's colour."""


def palette(scheme: Scheme) -> QPalette:
    """Qt's roles for a scheme; own painters read these and nothing else."""
    made = QPalette()
    role = QPalette.ColorRole
    for one, colour in (
        (role.Window, scheme.window), (role.WindowText, scheme.text),
        (role.Base, scheme.surface), (role.AlternateBase, scheme.window),
        (role.Text, scheme.text), (role.PlaceholderText, scheme.muted),
        (role.Button, scheme.surface), (role.ButtonText, scheme.text),
        (role.Highlight, scheme.accent), (role.HighlightedText, scheme.on_accent),
        (role.Accent, scheme.accent), (role.Link, scheme.accent), (role.LinkVisited, scheme.accent),
        (role.ToolTipBase, scheme.surface), (role.ToolTipText, scheme.text),
        (role.BrightText, scheme.bad), (role.Mid, scheme.border), (role.Midlight, scheme.line),
        (role.Light, scheme.surface), (role.Dark, scheme.border), (role.Shadow, scheme.line),
    ):  # fmt: skip
        made.setColor(one, QColor(colour))
    for one in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, one, QColor(scheme.muted))
    return made


def sheet(scheme: Scheme, body_pt: float) -> str:
    """The style sheet of the whole app."""
    width = 2 if scheme.high_contrast else 1
    return "\n".join(
        (
            _labels(scheme, body_pt),
            _buttons(scheme, width),
            _inputs(scheme, width, body_pt),
            _frames(scheme, width, body_pt),
            _lists(scheme, width, body_pt),
        )
    )


def _labels(scheme: Scheme, body_pt: float) -> str:
    sizes = [
        f'QLabel[role="{name}"] {{ font-size: {body_pt * times:.1f}pt; font-weight: {weight}; }}'
        for name, (times, weight) in ROLES.items()
    ]
    tones = [
        f'QLabel[tone="{name}"] {{ color: {getattr(scheme, name)}; }}'
        for name in ("muted", "good", "warn", "bad", "accent")
    ]
    return "\n".join([*sizes, *tones, "QLabel { background: transparent; }"])


def _buttons(scheme: Scheme, width: int) -> str:
    s = scheme
    # High contrast has no grey for what cannot be pressed now: its edge is broken instead.
    unused = "border-style: dashed;" if s.high_contrast else ""
    return f"""
QPushButton {{
    background: {s.surface}; color: {s.text}; border: {width}px solid {s.border};
    border-radius: {RADIUS_PX}px; padding: {8 - width}px {18 - width}px;
}}
QPushButton:hover {{ border-color: {s.accent}; }}
QPushButton:pressed {{ background: {s.tint}; color: {s.on_tint}; }}
QPushButton:focus {{ border: 2px solid {s.accent}; padding: 6px 16px; }}
QPushButton:disabled {{
    color: {s.muted}; border-color: {s.line}; background: {s.window}; {unused}
}}
QPushButton[kind="primary"] {{
    background: {s.accent}; color: {s.on_accent}; border: {width}px solid {s.accent};
    font-weight: 600;
}}
QPushButton[kind="primary"]:focus {{ border: 2px solid {s.text}; }}
QPushButton[kind="primary"]:disabled {{
    background: {s.line if not s.high_contrast else s.window}; color: {s.muted};
    border-color: {s.line}; {unused}
}}
QPushButton[kind="danger"] {{ color: {s.bad}; }}
QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; color: {s.text}; }}
QPushButton[kind="quiet"]:hover {{ background: {s.tint}; color: {s.on_tint}; }}
QPushButton[kind="quiet"]:disabled {{ color: {s.muted}; {unused} }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {s.accent}; }}
QPushButton[kind="link"] {{
    background: transparent; border-color: transparent; color: {s.accent};
    padding-left: 4px; padding-right: 4px; text-align: left;
}}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="link"]:focus {{ border: 2px solid {s.accent}; padding: 6px 3px; }}
QPushButton[kind="link"]:disabled {{ color: {s.muted}; }}
"""


def _inputs(scheme: Scheme, width: int, body_pt: float) -> str:
    s = scheme
    radius, ring = round(body_pt * 0.55), max(width, 2)  # a thin curve is faint
    return f"""
QLineEdit, QPlainTextEdit, QTextEdit {{
    background: {s.surface}; color: {s.text}; border: {width}px solid {s.border};
    border-radius: {RADIUS_PX}px; padding: {8 - width}px {11 - width}px;
    selection-background-color: {s.accent}; selection-color: {s.on_accent};
    placeholder-text-color: {s.muted};
}}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus {{
    border: 2px solid {s.accent}; padding: 6px 9px;
}}
QLineEdit:disabled, QLineEdit:read-only {{ background: {s.window}; }}
QComboBox {{
    background: {s.surface}; color: {s.text}; border: {width}px solid {s.border};
    border-radius: {RADIUS_PX}px; padding: {7 - width}px {12 - width}px;
}}
QComboBox:hover {{ border-color: {s.accent}; }}
QComboBox:focus {{ border: 2px solid {s.accent}; padding: 5px 10px; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox QAbstractItemView {{
    background: {s.surface}; color: {s.text}; border: 1px solid {s.border}; padding: 4px;
    selection-background-color: {s.tint}; selection-color: {s.on_tint};
}}
QSpinBox {{ padding: 6px 10px; }}
QCheckBox, QRadioButton {{ spacing: {Space.S}px; padding: 4px 2px; }}
QCheckBox::indicator {{
    width: {round(body_pt * 1.6)}px; height: {round(body_pt * 1.6)}px;
    background: {s.surface}; border: {width}px solid {s.border}; border-radius: 5px;
}}
QCheckBox::indicator:checked {{ background: {s.accent}; border-color: {s.accent}; }}
QRadioButton {{ spacing: {Space.XS}px; padding: 4px 0; }}
QRadioButton::indicator {{
    width: {2 * (radius - ring)}px; height: {2 * (radius - ring)}px;
    background: {s.surface}; border: {ring}px solid {s.border}; border-radius: {radius}px;
}}
QRadioButton::indicator:checked {{
    border-color: {s.accent}; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
        fx: 0.5, fy: 0.5, stop: 0 {s.accent}, stop: 0.5 {s.accent}, stop: 0.6 {s.surface});
}}
QRadioButton::indicator:focus {{ border-color: {s.accent}; }}
QRadioButton::indicator:checked:focus {{ border-color: {s.text}; }}
QCheckBox::indicator:focus {{ border: 2px solid {s.accent}; }}
QCheckBox::indicator:checked:focus {{ border-color: {s.text}; }}
QToolTip {{
    background: {s.surface}; color: {s.text}; border: 1px solid {s.border}; padding: 6px;
}}
QProgressBar {{
    background: {s.line if not s.high_contrast else s.window}; border: none; border-radius: 4px;
    {"border: 1px solid " + s.border + ";" if s.high_contrast else ""}
    max-height: 8px; min-height: 8px; text-align: center; color: transparent;
}}
QProgressBar::chunk {{ background: {s.accent}; border-radius: 4px; }}
"""


def _frames(scheme: Scheme, width: int, body_pt: float) -> str:
    s = scheme
    return f"""
QFrame[card="true"] {{
    background: {s.surface}; border: {width}px solid {s.line}; border-radius: 12px;
}}
QFrame[card="true"] QLineEdit:read-only {{ background: {s.window}; }}
QFrame#banner {{ background: {s.surface}; border: 2px solid {s.bad}; border-radius: 10px; }}
QFrame#banner[tone="warn"] {{ border-color: {s.warn}; }}
QFrame#banner[tone="good"] {{ border-color: {s.good}; }}
QFrame#toast {{ background: {s.surface}; border: 2px solid {s.border}; border-radius: 10px; }}
QFrame#sidebar {{
    background: {s.sidebar}; border: none; border-right: {width}px solid {s.line};
}}
QFrame#footer {{ background: transparent; border: none; border-top: {width}px solid {s.line}; }}
QFrame[separator="true"] {{ background: {s.line}; border: none; max-height: {width}px; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle {{ background: {s.border}; border-radius: 3px; min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; min-height: 0; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QGroupBox {{ font-size: {body_pt:.1f}pt; }}
"""


def _lists(scheme: Scheme, width: int, body_pt: float) -> str:
    s = scheme
    return f"""
QListWidget#pages {{
    background: transparent; border: none; outline: none; font-size: {body_pt:.1f}pt;
}}
QListWidget#pages:focus {{ border: none; }}
QListWidget#pages::item {{
    color: {s.text}; border: 2px solid transparent; border-radius: {RADIUS_PX}px;
    padding: 8px 8px; margin: 1px 0;
}}
QListWidget#pages::item:hover {{ border-color: {s.line}; }}
QListWidget#pages::item:selected {{ background: {s.tint}; color: {s.on_tint}; }}
QListWidget#pages::item:selected:focus {{
    border: 2px solid {s.text if s.high_contrast else s.accent};
}}
QTableView, QListView {{
    background: {s.surface}; alternate-background-color: {s.window}; color: {s.text};
    border: {width}px solid {s.line}; border-radius: 10px; outline: none;
    selection-background-color: {s.tint}; selection-color: {s.on_tint};
    gridline-color: transparent;
}}
QTableView:focus, QListView:focus {{ border: 2px solid {s.accent}; }}
QTableView::item {{ padding: 0 8px; border: none; }}
QTableView::item:selected {{ background: {s.tint}; color: {s.on_tint}; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{
    background: transparent; color: {s.muted}; border: none; padding: 8px;
    border-bottom: {width}px solid {s.line}; font-size: {body_pt * 0.9:.1f}pt;
}}
QTabBar::tab {{
    background: transparent; color: {s.text}; border: 2px solid transparent;
    border-radius: {RADIUS_PX}px; padding: 6px 14px; margin-right: 4px;
}}
QTabBar::tab:hover {{ border-color: {s.line}; }}
QTabBar::tab:selected {{ background: {s.tint}; color: {s.on_tint}; font-weight: 600; }}
QTabBar::tab:selected:focus {{ border-color: {s.accent}; }}
QMenu {{
    background: {s.surface}; color: {s.text}; border: 1px solid {s.border}; padding: 6px;
}}
QMenu::item {{ padding: 6px 24px; border-radius: 6px; }}
QMenu::item:selected {{ background: {s.tint}; color: {s.on_tint}; }}
"""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaking with onnxruntime alone: what a phone does, on the desktop."""

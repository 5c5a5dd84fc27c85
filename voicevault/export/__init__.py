# SPDX-License-Identifier: GPL-3.0-or-later
"""One voice file that every runtime loads, with its proof and its papers."""

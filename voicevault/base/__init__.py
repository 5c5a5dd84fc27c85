# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped many-voiced starting point: weights and their model card."""

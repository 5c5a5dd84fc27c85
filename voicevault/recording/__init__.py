# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording session without a face: what to read, the take in progress, what becomes of it."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound in memory: files in and out, voice activity, quality of a take."""

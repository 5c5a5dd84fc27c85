# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes and what training reads from them, always in memory or in the vault."""

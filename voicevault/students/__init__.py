# SPDX-License-Identifier: GPL-3.0-or-later
"""The small networks that become a personal voice (torch)."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop app: Qt widgets over voicevault.service. It computes nothing and keeps nothing."""

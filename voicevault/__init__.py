# SPDX-License-Identifier: GPL-3.0-or-later
"""VoiceVault: your voice, recorded, kept, trained and exported on your own computer."""

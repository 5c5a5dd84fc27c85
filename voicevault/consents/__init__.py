# SPDX-License-Identifier: GPL-3.0-or-later
"""Consent: the sentence to say, the record of it, and where the vault keeps it. No torch."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Words before they are sound: symbols, phonemes, prompts and the lexicon."""

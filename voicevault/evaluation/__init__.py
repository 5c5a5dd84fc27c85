# SPDX-License-Identifier: GPL-3.0-or-later
"""What a voice is worth: measures, held-out text and the report."""

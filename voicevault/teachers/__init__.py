# SPDX-License-Identifier: GPL-3.0-or-later
"""Teachers: large models, on the owner's disk, that make material for the small ones."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes, losses and the loops that turn takes into a student (torch)."""

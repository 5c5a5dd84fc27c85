# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the shipped base from public speech (``recipes/train_base.py``)."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Teachers by other people's libraries; only the worker process imports this room."""

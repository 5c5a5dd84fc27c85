# SPDX-License-Identifier: GPL-3.0-or-later
"""Care for a whole vault: copies of it and their return, and its end."""

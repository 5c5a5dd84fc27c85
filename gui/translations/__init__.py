# SPDX-License-Identifier: GPL-3.0-or-later
"""The app's languages, one .ts file and its .qm for each page."""

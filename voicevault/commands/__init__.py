# SPDX-License-Identifier: GPL-3.0-or-later
"""What each verb of the command line does: ask, call the Studio, print."""

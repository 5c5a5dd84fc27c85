# SPDX-License-Identifier: GPL-3.0-or-later
"""Being here puts this folder on the module path, for the toy voices that several rooms use."""

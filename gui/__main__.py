# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m gui"""

from gui.app import main

if __name__ == "__main__":
    main()

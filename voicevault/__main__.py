# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m voicevault."""

from voicevault.cli import main

if __name__ == "__main__":
    main()

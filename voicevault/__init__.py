# SPDX-License-Identifier: GPL-3.0-or-later
"""VoiceVault: your voice, recorded, kept, trained and exported on your own computer."""

import os

# onnxruntime 1.29 and newer report usage to their maker from Linux and macOS too: on import a
# native thread asks for a server's address, keeps a device id and a queue under ~/.cache, and a
# session id in the temporary folder. Python's hooks see none of it. The switch is read once, when
# the library loads, and piper-tts loads it as well; so it is set here, before any other import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["ORT_TELEMETRY_DISABLED"] = "1"  # its name in some builds

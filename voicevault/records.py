# SPDX-License-Identifier: GPL-3.0-or-later
"""What a front end may name beside the Studio: the records it takes and gives, under one roof."""

from encrypted_store import KdfParams as KdfParams
from encrypted_store import SlotInfo as SlotInfo
from encrypted_store.care.backup import BackupReport as BackupReport
from encrypted_store.hardening import harden as harden
from voicevault.audio.files import Clip as Clip
from voicevault.audio.qc import Verdict as Verdict
from voicevault.audio.qc import describe as describe
from voicevault.audio.reasons import Reason as Reason
from voicevault.blindfold import fair_pair as fair_pair
from voicevault.custody import Key as Key
from voicevault.data.importer import ImportSummary as ImportSummary
from voicevault.data.takes import Take as Take
from voicevault.forecast import Chance as Chance
from voicevault.forecast import Forecast as Forecast
from voicevault.forecast import Outlook as Outlook
from voicevault.forecast import Probe as Probe
from voicevault.forgetting import Receipt as Receipt
from voicevault.paths import default_vault as default_vault
from voicevault.runs import Run as Run
from voicevault.runtime.spans import Clause as Clause
from voicevault.runtime.voice import Voice as Voice

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
from voicevault.bundle import Bundle as Bundle
from voicevault.bundle import Ownership as Ownership
from voicevault.custody import Key as Key
from voicevault.data.importer import ImportSummary as ImportSummary
from voicevault.data.takes import Take as Take
from voicevault.egress import write_file as write_file
from voicevault.export.verify import FolderReport as FolderReport
from voicevault.forgetting import Receipt as Receipt
from voicevault.home_network import Interface as Interface
from voicevault.home_network import interfaces as interfaces
from voicevault.paths import default_vault as default_vault
from voicevault.qr import Squares as Squares
from voicevault.qr import squares as squares
from voicevault.runs import Run as Run
from voicevault.sending import Delivery as Delivery
from voicevault.sending import Offer as Offer

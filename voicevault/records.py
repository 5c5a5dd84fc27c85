# SPDX-License-Identifier: GPL-3.0-or-later
"""What a front end may name beside the Studio: the records it takes and gives, under one roof."""

from encrypted_store import KdfParams as KdfParams
from encrypted_store import SlotInfo as SlotInfo
from encrypted_store.care.backup import BackupReport as BackupReport
from encrypted_store.hardening import harden as harden
from voicevault import listening
from voicevault.audio.capture import Device as Device
from voicevault.audio.capture import Recorded as Recorded
from voicevault.audio.files import Clip as Clip
from voicevault.audio.meter import Level as Level
from voicevault.audio.microphones import Input as Input
from voicevault.audio.playback import Loudspeaker as Loudspeaker
from voicevault.audio.qc import Verdict as Verdict
from voicevault.audio.qc import describe as describe
from voicevault.audio.reasons import Reason as Reason
from voicevault.blindfold import fair_pair as fair_pair
from voicevault.bundle import Bundle as Bundle
from voicevault.bundle import Ownership as Ownership
from voicevault.consenting import Withdrawal as Withdrawal
from voicevault.consents.record import Challenge as Challenge
from voicevault.consents.record import Consent as Consent
from voicevault.consents.sentence import BANK as BANK
from voicevault.consents.sentence import OWN as OWN
from voicevault.consents.sentence import Declaration as Declaration
from voicevault.custody import Key as Key
from voicevault.data.importer import ImportSummary as ImportSummary
from voicevault.data.takes import Take as Take
from voicevault.egress import write_file as write_file
from voicevault.egress import write_text as write_text
from voicevault.export.verify import FolderReport as FolderReport
from voicevault.forecast import Chance as Chance
from voicevault.forecast import Forecast as Forecast
from voicevault.forecast import Outlook as Outlook
from voicevault.forecast import Probe as Probe
from voicevault.forgetting import Receipt as Receipt
from voicevault.home_network import Interface as Interface
from voicevault.home_network import interfaces as interfaces
from voicevault.paths import default_vault as default_vault
from voicevault.qr import Squares as Squares
from voicevault.qr import squares as squares
from voicevault.recording import happenings, script, session
from voicevault.recording.attempt import Attempt as Attempt
from voicevault.recording.dictating import Dictating as Dictating
from voicevault.recording.dictating import Kept as Kept
from voicevault.recording.dictating import Understood as Understood
from voicevault.recording.happenings import Happening as Happening
from voicevault.recording.listening import Listener as Listener
from voicevault.recording.script import MINIMUM as MINIMUM
from voicevault.recording.script import RECOMMENDED as RECOMMENDED
from voicevault.recording.session import Phase as Phase
from voicevault.recording.sounds import Sounds as Sounds
from voicevault.runs import Run as Run
from voicevault.runtime.recognise import UNSURE as UNSURE
from voicevault.runtime.recognise import HeardWord as HeardWord
from voicevault.runtime.recognise import Recogniser as Recogniser
from voicevault.runtime.spans import Clause as Clause
from voicevault.runtime.voice import Voice as Voice
from voicevault.sending import Delivery as Delivery
from voicevault.sending import Offer as Offer
from voicevault.text.coverage import ENGLISH_PHONES as ENGLISH_PHONES
from voicevault.text.coverage import Coverage as Coverage
from voicevault.text.own_prompts import read_prompts as read_prompts
from voicevault.text.prompts import Prompt as Prompt

# Their own rooms call these by shorter names.
BASE_RECOGNISER = listening.BASE
OpenedRecogniser = listening.Listener
HappeningKind = happenings.Kind
ReadingProgress = script.Progress
RecordingSession = session.Session
RecordingSettings = session.Settings

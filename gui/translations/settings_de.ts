<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>CodeDialog</name>
    <message>
        <source>A new recovery code</source>
        <translation>Ein neuer Wiederherstellungscode</translation>
    </message>
    <message>
        <source>The old code does not open this vault any more.</source>
        <translation>Der alte Code öffnet diesen Tresor dann nicht mehr.</translation>
    </message>
    <message>
        <source>Replace the code</source>
        <translation>Code ersetzen</translation>
    </message>
</context>
<context>
    <name>KeyDialog</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Present passphrase</source>
        <translation>Jetzige Passphrase</translation>
    </message>
</context>
<context>
    <name>KeychainDialog</name>
    <message>
        <source>Open with the keychain</source>
        <translation>Mit dem Schlüsselbund öffnen</translation>
    </message>
    <message>
        <source>Whoever is logged in as you can then open the vault without the passphrase, other programs too. The passphrase keeps working.</source>
        <translation>Wer als du angemeldet ist, kann den Tresor dann ohne Passphrase öffnen, auch andere Programme. Die Passphrase gilt weiter.</translation>
    </message>
    <message>
        <source>Use the keychain</source>
        <translation>Schlüsselbund benutzen</translation>
    </message>
    <message>
        <source>Stop using the keychain</source>
        <translation>Schlüsselbund nicht mehr benutzen</translation>
    </message>
    <message>
        <source>The vault will open with the passphrase or the recovery code only.</source>
        <translation>Der Tresor öffnet sich dann nur noch mit Passphrase oder Wiederherstellungscode.</translation>
    </message>
    <message>
        <source>Stop using it</source>
        <translation>Nicht mehr benutzen</translation>
    </message>
</context>
<context>
    <name>KeysCard</name>
    <message>
        <source>Keys</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>What opens this vault</source>
        <translation>Was diesen Tresor öffnet</translation>
    </message>
    <message>
        <source>Change the passphrase…</source>
        <translation>Passphrase ändern …</translation>
    </message>
    <message>
        <source>New recovery code…</source>
        <translation>Neuer Wiederherstellungscode …</translation>
    </message>
    <message>
        <source>Use this computer&apos;s keychain…</source>
        <translation>Schlüsselbund benutzen …</translation>
    </message>
    <message>
        <source>a passphrase</source>
        <translation>eine Passphrase</translation>
    </message>
    <message>
        <source>{n} passphrases</source>
        <translation>{n} Passphrasen</translation>
    </message>
    <message>
        <source>a recovery code</source>
        <translation>ein Wiederherstellungscode</translation>
    </message>
    <message>
        <source>{n} recovery codes</source>
        <translation>{n} Wiederherstellungscodes</translation>
    </message>
    <message>
        <source>this computer&apos;s keychain</source>
        <translation>der Schlüsselbund dieses Computers</translation>
    </message>
    <message>
        <source>{n} keychains</source>
        <translation>{n} Schlüsselbunde</translation>
    </message>
    <message>
        <source>This vault opens with: {ways}.</source>
        <translation>Diesen Tresor öffnet: {ways}.</translation>
    </message>
    <message>
        <source>Stop using the keychain…</source>
        <translation>Schlüsselbund nicht mehr benutzen …</translation>
    </message>
</context>
<context>
    <name>PassphraseDialog</name>
    <message>
        <source>Change the passphrase</source>
        <translation>Passphrase ändern</translation>
    </message>
    <message>
        <source>The old one does not open this vault any more. Backups made before still open with it.</source>
        <translation>Die alte öffnet diesen Tresor dann nicht mehr. Frühere Sicherungen öffnet sie weiterhin.</translation>
    </message>
    <message>
        <source>Change it</source>
        <translation>Ändern</translation>
    </message>
    <message>
        <source>The passphrase is changed.</source>
        <translation>Die Passphrase ist geändert.</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Show the folder</source>
        <translation>Ordner zeigen</translation>
    </message>
    <message>
        <source>Make a backup…</source>
        <translation>Sicherung anlegen …</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Size of the text</source>
        <translation>Schriftgröße</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Locking</source>
        <translation>Abschließen</translation>
    </message>
    <message>
        <source>A locked vault is closed: its keys are gone from memory. It also locks when the computer sleeps, and with Ctrl+L at any time. A running training keeps it open.</source>
        <translation>Ein abgeschlossener Tresor ist zu: Seine Schlüssel sind aus dem Speicher verschwunden. Er schließt sich auch, wenn der Computer schläft, und jederzeit mit Strg+L. Ein laufendes Training hält ihn offen.</translation>
    </message>
    <message>
        <source>Lock when nobody is here for</source>
        <translation>Abschließen, wenn niemand da ist seit</translation>
    </message>
    <message>
        <source>The vault</source>
        <translation>Der Tresor</translation>
    </message>
    <message>
        <source>Folder of the vault</source>
        <translation>Ordner des Tresors</translation>
    </message>
    <message>
        <source>A name for the backup: a folder, or a name ending in .tar</source>
        <translation>Ein Name für die Sicherung: ein Ordner oder ein Name, der auf .tar endet</translation>
    </message>
    <message>
        <source>the copy does not verify</source>
        <translation>die Kopie besteht die Prüfung nicht</translation>
    </message>
    <message>
        <source>the disk may be failing: back up to another one</source>
        <translation>der Datenträger ist vielleicht defekt: sichere auf einen anderen</translation>
    </message>
    <message>
        <source>Backed up {n} objects, {size}; every byte was read back.</source>
        <translation>{n} Objekte gesichert, {size}; jedes Byte wurde zurückgelesen.</translation>
    </message>
    <message>
        <source>There is no backup yet. A second copy on another disk is worth having.</source>
        <translation>Es gibt noch keine Sicherung. Eine zweite Kopie auf einem anderen Datenträger lohnt sich.</translation>
    </message>
    <message>
        <source>Last backup: {day}</source>
        <translation>Letzte Sicherung: {day}</translation>
    </message>
    <message>
        <source>About VoiceVault</source>
        <translation>Über VoiceVault</translation>
    </message>
    <message>
        <source>Free software under the GNU General Public License, version 3 or later: you may use, study, share and change it. It comes without any warranty. Qt and PySide6 are used under the LGPL-3.0, espeak-ng under the GPL-3.0, onnxruntime and zxcvbn under the MIT licence; numpy, scipy and cryptography under the BSD licence. A voice that you make is yours.</source>
        <translation>Freie Software unter der GNU General Public License, Version 3 oder später: Du darfst sie benutzen, untersuchen, weitergeben und verändern. Sie kommt ohne jede Gewähr. Qt und PySide6 werden unter der LGPL-3.0 benutzt, espeak-ng unter der GPL-3.0, onnxruntime und zxcvbn unter der MIT-Lizenz; numpy, scipy und cryptography unter der BSD-Lizenz. Eine Stimme, die du machst, gehört dir.</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>High contrast, dark</source>
        <translation>Hoher Kontrast, dunkel</translation>
    </message>
    <message>
        <source>High contrast, light</source>
        <translation>Hoher Kontrast, hell</translation>
    </message>
    <message>
        <source>1 minute</source>
        <translation>1 Minute</translation>
    </message>
    <message>
        <source>{n} minutes</source>
        <translation>{n} Minuten</translation>
    </message>
</context>
</TS>

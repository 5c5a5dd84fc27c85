<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>CodeForm</name>
    <message>
        <source>Recovery code</source>
        <translation>Wiederherstellungscode</translation>
    </message>
    <message>
        <source>I have written it down</source>
        <translation>Ich habe ihn aufgeschrieben</translation>
    </message>
    <message>
        <source>Print…</source>
        <translation>Drucken …</translation>
    </message>
    <message>
        <source>Save as a file…</source>
        <translation>Als Datei speichern …</translation>
    </message>
    <message>
        <source>Group {number} of the code</source>
        <translation>Gruppe {number} des Codes</translation>
    </message>
    <message>
        <source>Write this down</source>
        <translation>Schreib das auf</translation>
    </message>
    <message>
        <source>This recovery code opens the vault when the passphrase is lost. It is shown only now and kept nowhere. Write it on paper and keep that away from this computer.</source>
        <translation>Dieser Wiederherstellungscode öffnet den Tresor, wenn die Passphrase verloren ist. Er wird nur jetzt gezeigt und nirgends gespeichert. Schreib ihn auf Papier und bewahre es nicht bei diesem Computer auf.</translation>
    </message>
    <message>
        <source>VoiceVault recovery code

{code}

It opens this vault without the passphrase: {path}
Whoever has this sheet and the vault can open it.</source>
        <translation>VoiceVault-Wiederherstellungscode

{code}

Er öffnet diesen Tresor ohne die Passphrase: {path}
Wer dieses Blatt und den Tresor hat, kann ihn öffnen.</translation>
    </message>
    <message>
        <source>Sent to the printer.</source>
        <translation>An den Drucker gesendet.</translation>
    </message>
    <message>
        <source>Where the code goes, unencrypted</source>
        <translation>Wohin der Code kommt, unverschlüsselt</translation>
    </message>
    <message>
        <source>Saved, unencrypted, as {path}. Move it off this computer.</source>
        <translation>Unverschlüsselt gespeichert als {path}. Bring die Datei von diesem Computer weg.</translation>
    </message>
    <message>
        <source>Not saved: {why}.</source>
        <translation>Nicht gespeichert: {why}.</translation>
    </message>
</context>
<context>
    <name>CreateForm</name>
    <message>
        <source>Choose…</source>
        <translation>Wählen …</translation>
    </message>
    <message>
        <source>Choose the folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Make the vault</source>
        <translation>Tresor anlegen</translation>
    </message>
    <message>
        <source>A new vault</source>
        <translation>Ein neuer Tresor</translation>
    </message>
    <message>
        <source>Nobody can reset this passphrase. In the next step you get a recovery code for the day you have forgotten it; without both, the recordings are gone.</source>
        <translation>Niemand kann diese Passphrase zurücksetzen. Im nächsten Schritt bekommst du einen Wiederherstellungscode für den Tag, an dem du sie vergessen hast; ohne beides sind die Aufnahmen verloren.</translation>
    </message>
    <message>
        <source>Folder of the vault</source>
        <translation>Ordner des Tresors</translation>
    </message>
    <message>
        <source>A name for the vault&apos;s folder</source>
        <translation>Ein Name für den Ordner des Tresors</translation>
    </message>
</context>
<context>
    <name>PassphraseTwice</name>
    <message>
        <source>Show what I type</source>
        <translation>Zeigen, was ich tippe</translation>
    </message>
    <message>
        <source>Strength of the passphrase</source>
        <translation>Stärke der Passphrase</translation>
    </message>
    <message>
        <source>Passphrase</source>
        <translation>Passphrase</translation>
    </message>
    <message>
        <source>Four or five words that do not belong together are good.</source>
        <translation>Vier oder fünf Wörter, die nicht zusammengehören, sind gut.</translation>
    </message>
    <message>
        <source>The same again</source>
        <translation>Noch einmal dieselbe</translation>
    </message>
    <message>
        <source>The two differ.</source>
        <translation>Die beiden sind verschieden.</translation>
    </message>
    <message>
        <source>Weak.</source>
        <translation>Schwach.</translation>
    </message>
    <message>
        <source>Fair.</source>
        <translation>Mäßig.</translation>
    </message>
    <message>
        <source>Good.</source>
        <translation>Gut.</translation>
    </message>
    <message>
        <source>Strong.</source>
        <translation>Stark.</translation>
    </message>
    <message>
        <source>longer than a million years</source>
        <translation>mehr als eine Million Jahre</translation>
    </message>
    <message>
        <source>about {n} years</source>
        <translation>etwa {n} Jahre</translation>
    </message>
    <message>
        <source>about {n} days</source>
        <translation>etwa {n} Tage</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>etwa {time}</translation>
    </message>
    <message>
        <source>less than a minute</source>
        <translation>weniger als eine Minute</translation>
    </message>
    <message>
        <source>A thousand computers like this one would need {time}.</source>
        <translation>Tausend Computer wie dieser bräuchten {time}.</translation>
    </message>
    <message>
        <source>Common words are tried first: add more of them.</source>
        <translation>Häufige Wörter werden zuerst probiert: Nimm mehr davon.</translation>
    </message>
    <message>
        <source>Add a word or two.</source>
        <translation>Nimm ein, zwei Wörter dazu.</translation>
    </message>
    <message>
        <source>Repetitions add nearly nothing.</source>
        <translation>Wiederholungen bringen fast nichts.</translation>
    </message>
    <message>
        <source>Rows like abc or 123 add nearly nothing.</source>
        <translation>Reihen wie abc oder 123 bringen fast nichts.</translation>
    </message>
    <message>
        <source>Neighbouring keys are tried early.</source>
        <translation>Nachbartasten werden früh probiert.</translation>
    </message>
    <message>
        <source>Dates are tried early.</source>
        <translation>Daten werden früh probiert.</translation>
    </message>
</context>
<context>
    <name>StartForm</name>
    <message>
        <source>Your voice, kept by you</source>
        <translation>Deine Stimme, bei dir verwahrt</translation>
    </message>
    <message>
        <source>Recordings, texts and voices are encrypted in one folder on this computer, the vault; only your passphrase or your recovery code opens it. The app itself remembers where that folder is and how it should look, and sends nothing unless you ask for it.</source>
        <translation>Aufnahmen, Texte und Stimmen liegen verschlüsselt in einem Ordner auf diesem Computer, dem Tresor; nur deine Passphrase oder dein Wiederherstellungscode öffnet ihn. Die App selbst merkt sich, wo dieser Ordner ist und wie sie aussehen soll, und sendet nichts, wenn du es nicht verlangst.</translation>
    </message>
    <message>
        <source>Make a new vault</source>
        <translation>Neuen Tresor anlegen</translation>
    </message>
    <message>
        <source>Open a vault that is here already</source>
        <translation>Einen vorhandenen Tresor öffnen</translation>
    </message>
</context>
<context>
    <name>UnlockForm</name>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Use the recovery code</source>
        <translation>Wiederherstellungscode benutzen</translation>
    </message>
    <message>
        <source>Use this computer&apos;s keychain</source>
        <translation>Schlüsselbund benutzen</translation>
    </message>
    <message>
        <source>Another vault…</source>
        <translation>Anderer Tresor …</translation>
    </message>
    <message>
        <source>New vault…</source>
        <translation>Neuer Tresor …</translation>
    </message>
    <message>
        <source>Open your vault</source>
        <translation>Öffne deinen Tresor</translation>
    </message>
    <message>
        <source>Passphrase</source>
        <translation>Passphrase</translation>
    </message>
    <message>
        <source>Recovery code</source>
        <translation>Wiederherstellungscode</translation>
    </message>
    <message>
        <source>Nine groups of four; hyphens and case do not matter.</source>
        <translation>Neun Gruppen zu vier; Bindestriche und Großschreibung sind egal.</translation>
    </message>
    <message>
        <source>Use the passphrase</source>
        <translation>Passphrase benutzen</translation>
    </message>
    <message>
        <source>The vault&apos;s folder</source>
        <translation>Der Ordner des Tresors</translation>
    </message>
</context>
<context>
    <name>WelcomePage</name>
    <message>
        <source>It was closed before this could happen: {what}</source>
        <translation>Er wurde geschlossen, bevor das geschehen konnte: {what}</translation>
    </message>
    <message>
        <source>The vault was closed because nobody was here.</source>
        <translation>Der Tresor wurde geschlossen, weil niemand da war.</translation>
    </message>
    <message>
        <source>The vault was closed because the computer slept.</source>
        <translation>Der Tresor wurde geschlossen, weil der Computer schlief.</translation>
    </message>
    <message>
        <source>The vault is closed.</source>
        <translation>Der Tresor ist geschlossen.</translation>
    </message>
    <message>
        <source>Making the vault. This takes some seconds, on purpose.</source>
        <translation>Der Tresor entsteht. Das dauert mit Absicht einige Sekunden.</translation>
    </message>
    <message>
        <source>Opening the vault…</source>
        <translation>Der Tresor wird geöffnet …</translation>
    </message>
    <message>
        <source>An older vault</source>
        <translation>Ein älterer Tresor</translation>
    </message>
    <message>
        <source>This vault is older than the one that was open here last. Was it restored?</source>
        <translation>Dieser Tresor ist älter als der, der hier zuletzt offen war. Wurde er wiederhergestellt?</translation>
    </message>
    <message>
        <source>If you put a backup there, open it. If you did not, somebody may have exchanged the folder: leave it, and look for the newer one.</source>
        <translation>Wenn du eine Sicherung dorthin gelegt hast, öffne ihn. Wenn nicht, hat vielleicht jemand den Ordner vertauscht: Lass ihn und suche den neueren.</translation>
    </message>
    <message>
        <source>I restored a backup</source>
        <translation>Ich habe eine Sicherung wiederhergestellt</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>Lassen</translation>
    </message>
</context>
</TS>

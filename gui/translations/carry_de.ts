<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>Carry</name>
    <message>
        <source>Piper on a computer</source>
        <translation>Piper auf einem Rechner</translation>
    </message>
    <message>
        <source>Something else</source>
        <translation>Etwas anderes</translation>
    </message>
    <message>
        <source>Not tried: there is no folder in memory here, and none on the disk was used. {size}.</source>
        <translation>Nicht ausprobiert: Hier gibt es keinen Ordner im Arbeitsspeicher, und auf dem Datenträger wurde keiner benutzt. {size}.</translation>
    </message>
    <message>
        <source>Not installed here: {names}.</source>
        <translation>Hier nicht installiert: {names}.</translation>
    </message>
    <message>
        <source>Not tried: no speech engine is installed here. {size}.</source>
        <translation>Nicht ausprobiert: Hier ist keine Sprachausgabe installiert. {size}.</translation>
    </message>
    <message>
        <source>Checked with 1 engine</source>
        <translation>Geprüft mit 1 Sprachausgabe</translation>
    </message>
    <message>
        <source>Checked with {n} engines</source>
        <translation>Geprüft mit {n} Sprachausgaben</translation>
    </message>
    <message>
        <source>Files (SHA-256):</source>
        <translation>Dateien (SHA-256):</translation>
    </message>
    <message>
        <source>not recorded</source>
        <translation>nicht festgehalten</translation>
    </message>
    <message>
        <source>as the owner says</source>
        <translation>wie es die Person bestimmt, der die Stimme gehört</translation>
    </message>
    <message>
        <source>no: the licence of a teacher forbids it</source>
        <translation>nein: die Lizenz eines Lehrers verbietet sie</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>Owner&apos;s key</source>
        <translation>Schlüssel der Person, der die Stimme gehört</translation>
    </message>
    <message>
        <source>nobody signed</source>
        <translation>niemand hat signiert</translation>
    </message>
    <message>
        <source>Made</source>
        <translation>Entstanden</translation>
    </message>
    <message>
        <source>Consent</source>
        <translation>Einwilligung</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Speech used</source>
        <translation>Verwendete Sprache</translation>
    </message>
    <message>
        <source>Teachers</source>
        <translation>Lehrer</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Commercial use</source>
        <translation>Kommerzielle Nutzung</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Base (SHA-256)</source>
        <translation>Grundlage (SHA-256)</translation>
    </message>
    <message>
        <source>On the phone, open the file in the app for files and unpack it.</source>
        <translation>Öffne die Datei auf dem Handy in der App für Dateien und entpacke sie.</translation>
    </message>
    <message>
        <source>Open SherpaTTS, go to Manage languages and choose Install from SD card.</source>
        <translation>Öffne SherpaTTS, gehe zur Verwaltung der Sprachen („Manage languages“) und wähle die Installation von der SD-Karte („Install from SD card“).</translation>
    </message>
    <message>
        <source>Type eng as the language, and any name.</source>
        <translation>Gib als Sprache eng ein und einen beliebigen Namen.</translation>
    </message>
    <message>
        <source>As the model choose {voice}.onnx, as the tokens tokens.txt; then OK.</source>
        <translation>Wähle als Modell {voice}.onnx und als Tokens tokens.txt; dann OK.</translation>
    </message>
    <message>
        <source>In Android&apos;s settings, under text-to-speech output, choose SherpaTTS.</source>
        <translation>Wähle in den Einstellungen von Android unter „Sprachausgabe“ (Text-in-Sprache) SherpaTTS.</translation>
    </message>
    <message>
        <source>Open VoxSherpa, go to its models and import a local one for Piper / VITS.</source>
        <translation>Öffne VoxSherpa, gehe zu den Modellen und importiere ein lokales für Piper / VITS.</translation>
    </message>
    <message>
        <source>Choose {voice}.onnx, and tokens.txt where it asks for it.</source>
        <translation>Wähle {voice}.onnx und, wo danach gefragt wird, tokens.txt.</translation>
    </message>
    <message>
        <source>In Android&apos;s settings, under text-to-speech output, choose VoxSherpa.</source>
        <translation>Wähle in den Einstellungen von Android unter „Sprachausgabe“ (Text-in-Sprache) VoxSherpa.</translation>
    </message>
    <message>
        <source>Unpack the file on a computer.</source>
        <translation>Entpacke die Datei auf einem Rechner.</translation>
    </message>
    <message>
        <source>Copy {voice}.onnx and {voice}.onnx.json into the folder piper of Home Assistant&apos;s share, for example with the Samba add-on.</source>
        <translation>Kopiere {voice}.onnx und {voice}.onnx.json in den Ordner piper der Freigabe „share“ von Home Assistant, zum Beispiel mit dem Samba-Add-on.</translation>
    </message>
    <message>
        <source>Restart the Piper add-on and reload the Wyoming integration.</source>
        <translation>Starte das Piper-Add-on neu und lade die Wyoming-Integration neu.</translation>
    </message>
    <message>
        <source>Under Settings, Voice assistants, choose English (US) and the voice. The add-on&apos;s own list does not show it.</source>
        <translation>Wähle unter „Einstellungen“, „Sprachassistenten“ Englisch (US) und die Stimme. Die Liste des Add-ons selbst zeigt sie nicht.</translation>
    </message>
    <message>
        <source>Copy the file to the computer and unpack it.</source>
        <translation>Kopiere die Datei auf den Rechner und entpacke sie.</translation>
    </message>
    <message>
        <source>Install Piper there: pip install piper-tts</source>
        <translation>Installiere dort Piper: pip install piper-tts</translation>
    </message>
    <message>
        <source>Let it speak: echo &quot;Hello.&quot; | piper -m {voice}.onnx -f hello.wav</source>
        <translation>Lass sie sprechen: echo &quot;Hello.&quot; | piper -m {voice}.onnx -f hello.wav</translation>
    </message>
    <message>
        <source>Unpack the file where the other program can read it.</source>
        <translation>Entpacke die Datei dort, wo das andere Programm sie lesen kann.</translation>
    </message>
    <message>
        <source>Programs that load Piper voices take {voice}.onnx and {voice}.onnx.json.</source>
        <translation>Programme, die Piper-Stimmen laden, nehmen {voice}.onnx und {voice}.onnx.json.</translation>
    </message>
    <message>
        <source>Programs on sherpa-onnx take {voice}.onnx, tokens.txt and lexicon.txt.</source>
        <translation>Programme, die auf sherpa-onnx bauen, nehmen {voice}.onnx, tokens.txt und lexicon.txt.</translation>
    </message>
    <message>
        <source>VOICE_CARD.md says what the voice is and what others may do with it.</source>
        <translation>In VOICE_CARD.md steht, was die Stimme ist und was andere mit ihr tun dürfen.</translation>
    </message>
    <message>
        <source>Try it with a sentence of your own.</source>
        <translation>Probiere sie mit einem eigenen Satz aus.</translation>
    </message>
</context>
<context>
    <name>CarryPage</name>
    <message>
        <source>Take it with you</source>
        <translation>Mitnehmen</translation>
    </message>
    <message>
        <source>Your voice as one file, for your phone and other programs.</source>
        <translation>Deine Stimme als eine Datei, für dein Handy und andere Programme.</translation>
    </message>
    <message>
        <source>Go to training</source>
        <translation>Zum Training</translation>
    </message>
    <message>
        <source>Make the file</source>
        <translation>Datei anlegen</translation>
    </message>
    <message>
        <source>Which voice, and where to</source>
        <translation>Welche Stimme und wohin</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>It will speak in</source>
        <translation>Wo sie sprechen soll</translation>
    </message>
    <message>
        <source>Its name there</source>
        <translation>Ihr Name dort</translation>
    </message>
    <message>
        <source>Letters, digits and _; others may see it.</source>
        <translation>Buchstaben von A bis Z, Ziffern und _; andere können ihn sehen.</translation>
    </message>
    <message>
        <source>I know, and I want it</source>
        <translation>Ich weiß das und will es</translation>
    </message>
    <message>
        <source>The file is made</source>
        <translation>Die Datei ist fertig</translation>
    </message>
    <message>
        <source>It is not encrypted. Anyone with this file can make your voice say anything, and nobody can take it back.</source>
        <translation>Sie ist nicht verschlüsselt. Wer diese Datei hat, kann deine Stimme alles sagen lassen, und niemand kann die Datei zurückholen.</translation>
    </message>
    <message>
        <source>Save the file…</source>
        <translation>Datei speichern …</translation>
    </message>
    <message>
        <source>To the phone by QR code</source>
        <translation>Per QR-Code aufs Handy</translation>
    </message>
    <message>
        <source>What to do there</source>
        <translation>Was dort zu tun ist</translation>
    </message>
    <message>
        <source>Take it</source>
        <translation>Nimm sie mit</translation>
    </message>
    <message>
        <source>There is no voice yet</source>
        <translation>Es gibt noch keine Stimme</translation>
    </message>
    <message>
        <source>Train one first; then it can leave with you.</source>
        <translation>Trainiere zuerst eine; dann kannst du sie mitnehmen.</translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation>es läuft schon etwas anderes</translation>
    </message>
    <message>
        <source>wait until it has ended, or stop it first</source>
        <translation>warte, bis es fertig ist, oder halte es erst an</translation>
    </message>
    <message>
        <source>Stopped; no file was made.</source>
        <translation>Angehalten; es ist keine Datei entstanden.</translation>
    </message>
    <message>
        <source>Where the file goes</source>
        <translation>Wohin die Datei kommt</translation>
    </message>
    <message>
        <source>Saved as {path}.</source>
        <translation>Gespeichert als {path}.</translation>
    </message>
    <message>
        <source>It is on the phone. What to do there:</source>
        <translation>Sie ist auf dem Handy. Was dort zu tun ist:</translation>
    </message>
    <message>
        <source>Menus are named as we know them; a newer version may name them otherwise.</source>
        <translation>Die Menüs heißen hier so, wie wir sie kennen; in einer neueren Version heißen sie vielleicht anders.</translation>
    </message>
</context>
<context>
    <name>CodeView</name>
    <message>
        <source>QR code of the link</source>
        <translation>QR-Code des Links</translation>
    </message>
</context>
<context>
    <name>RecordCard</name>
    <message>
        <source>Whose voice it is</source>
        <translation>Wessen Stimme es ist</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy the record</source>
        <translation>Den Nachweis kopieren</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Speichern …</translation>
    </message>
    <message>
        <source>Save the record</source>
        <translation>Den Nachweis speichern</translation>
    </message>
    <message>
        <source>The file carries this record, signed with the key in your vault.</source>
        <translation>Die Datei trägt diesen Nachweis, signiert mit dem Schlüssel in deinem Tresor.</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>Kopiert.</translation>
    </message>
    <message>
        <source>Where the record goes</source>
        <translation>Wohin der Nachweis kommt</translation>
    </message>
</context>
<context>
    <name>SendPanel</name>
    <message>
        <source>Show the code</source>
        <translation>Code zeigen</translation>
    </message>
    <message>
        <source>Sending to the phone</source>
        <translation>Senden ans Handy</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>The phone has to be in the same network. The file goes over it as plain HTTP, not encrypted: do this at home and not in a café. It can be fetched once, within five minutes, by whoever has the code.</source>
        <translation>Das Handy muss im selben Netz sein. Die Datei geht als einfaches HTTP durch dieses Netz, unverschlüsselt: Mach das zu Hause und nicht im Café. Wer den Code hat, kann sie innerhalb von fünf Minuten einmal abholen.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>Point the phone&apos;s camera at the code and open the link.</source>
        <translation>Richte die Kamera des Handys auf den Code und öffne den Link.</translation>
    </message>
    <message>
        <source>The link, if the phone has no camera</source>
        <translation>Der Link, falls das Handy keine Kamera hat</translation>
    </message>
    <message>
        <source>This computer is in no home network now. Connect it to the phone&apos;s Wi-Fi, or save the file.</source>
        <translation>Dieser Rechner ist gerade in keinem Heimnetz. Verbinde ihn mit dem WLAN des Handys oder speichere die Datei.</translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation>es läuft schon etwas anderes</translation>
    </message>
    <message>
        <source>wait until it has ended, or stop it first</source>
        <translation>warte, bis es fertig ist, oder halte es erst an</translation>
    </message>
    <message>
        <source>The phone can fetch it now.</source>
        <translation>Das Handy kann die Datei jetzt abholen.</translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation>Wird gesendet …</translation>
    </message>
    <message>
        <source>It works for {time} more.</source>
        <translation>Der Link gilt noch {time}.</translation>
    </message>
    <message>
        <source>It has arrived. The link is dead now.</source>
        <translation>Die Datei ist angekommen. Der Link gilt nicht mehr.</translation>
    </message>
    <message>
        <source>Nobody fetched it in time.</source>
        <translation>Niemand hat die Datei rechtzeitig abgeholt.</translation>
    </message>
    <message>
        <source>It was begun and did not arrive.</source>
        <translation>Die Übertragung hat begonnen, aber die Datei ist nicht angekommen.</translation>
    </message>
    <message>
        <source>Is the phone in the same Wi-Fi, and does a firewall let it in?</source>
        <translation>Ist das Handy im selben WLAN, und lässt die Firewall es herein?</translation>
    </message>
    <message>
        <source>Stopped. The link is dead now.</source>
        <translation>Angehalten. Der Link gilt nicht mehr.</translation>
    </message>
</context>
</TS>

<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>Carry</name>
    <message>
        <source>Piper on a computer</source>
        <translation>Piper auf einem Computer</translation>
    </message>
    <message>
        <source>Something else</source>
        <translation>Etwas anderes</translation>
    </message>
    <message>
        <source>Not tried: there is no folder in memory here, and none on the disk was used. {size}.</source>
        <translation>Nicht ausprobiert: Hier gibt es keinen Ordner im Arbeitsspeicher, und auf der Platte wurde keiner benutzt. {size}.</translation>
    </message>
    <message>
        <source>Not installed here: {names}.</source>
        <translation>Hier nicht installiert: {names}.</translation>
    </message>
    <message>
        <source>Not tried: no speech engine is installed here. {size}.</source>
        <translation>Nicht ausprobiert: Hier ist kein Sprachprogramm installiert. {size}.</translation>
    </message>
    <message>
        <source>Checked with 1 engine</source>
        <translation>Mit 1 Sprachprogramm geprüft</translation>
    </message>
    <message>
        <source>Checked with {n} engines</source>
        <translation>Mit {n} Sprachprogrammen geprüft</translation>
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
        <translation>wie die Eigentümerin oder der Eigentümer es sagt</translation>
    </message>
    <message>
        <source>no: the licence of a teacher forbids it</source>
        <translation>nein: Die Lizenz eines Lehrers verbietet es</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>Owner&apos;s key</source>
        <translation>Schlüssel der Eigentümerin oder des Eigentümers</translation>
    </message>
    <message>
        <source>nobody signed</source>
        <translation>niemand hat unterschrieben</translation>
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
        <translation>Gewerbliche Nutzung</translation>
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
        <translation>Auf dem Telefon die Datei in der Dateien-App öffnen und entpacken.</translation>
    </message>
    <message>
        <source>Open SherpaTTS, go to Manage languages and choose Install from SD card.</source>
        <translation>SherpaTTS öffnen, zu Manage languages gehen und Install from SD card wählen.</translation>
    </message>
    <message>
        <source>Type eng as the language, and any name.</source>
        <translation>Als Sprache eng eintippen, dazu einen beliebigen Namen.</translation>
    </message>
    <message>
        <source>As the model choose {voice}.onnx, as the tokens tokens.txt; then OK.</source>
        <translation>Als Modell {voice}.onnx wählen, als Tokens tokens.txt; dann OK.</translation>
    </message>
    <message>
        <source>In Android&apos;s settings, under text-to-speech output, choose SherpaTTS.</source>
        <translation>In den Einstellungen von Android unter Sprachausgabe SherpaTTS wählen.</translation>
    </message>
    <message>
        <source>Open VoxSherpa, go to its models and import a local one for Piper / VITS.</source>
        <translation>VoxSherpa öffnen, zu den Modellen gehen und ein lokales für Piper / VITS importieren.</translation>
    </message>
    <message>
        <source>Choose {voice}.onnx, and tokens.txt where it asks for it.</source>
        <translation>{voice}.onnx wählen, und tokens.txt, wo danach gefragt wird.</translation>
    </message>
    <message>
        <source>In Android&apos;s settings, under text-to-speech output, choose VoxSherpa.</source>
        <translation>In den Einstellungen von Android unter Sprachausgabe VoxSherpa wählen.</translation>
    </message>
    <message>
        <source>Unpack the file on a computer.</source>
        <translation>Die Datei auf einem Computer entpacken.</translation>
    </message>
    <message>
        <source>Copy {voice}.onnx and {voice}.onnx.json into the folder piper of Home Assistant&apos;s share, for example with the Samba add-on.</source>
        <translation>{voice}.onnx und {voice}.onnx.json in den Ordner piper unter share von Home Assistant kopieren, zum Beispiel mit dem Samba-Add-on.</translation>
    </message>
    <message>
        <source>Restart the Piper add-on and reload the Wyoming integration.</source>
        <translation>Das Piper-Add-on neu starten und die Wyoming-Integration neu laden.</translation>
    </message>
    <message>
        <source>Under Settings, Voice assistants, choose English (US) and the voice. The add-on&apos;s own list does not show it.</source>
        <translation>Unter Einstellungen, Sprachassistenten Englisch (US) und die Stimme wählen. In der Liste des Add-ons selbst steht sie nicht.</translation>
    </message>
    <message>
        <source>Copy the file to the computer and unpack it.</source>
        <translation>Die Datei auf den Computer kopieren und entpacken.</translation>
    </message>
    <message>
        <source>Install Piper there: pip install piper-tts</source>
        <translation>Dort Piper installieren: pip install piper-tts</translation>
    </message>
    <message>
        <source>Let it speak: echo &quot;Hello.&quot; | piper -m {voice}.onnx -f hello.wav</source>
        <translation>Sprechen lassen: echo &quot;Hello.&quot; | piper -m {voice}.onnx -f hello.wav</translation>
    </message>
    <message>
        <source>Unpack the file where the other program can read it.</source>
        <translation>Die Datei dort entpacken, wo das andere Programm sie lesen kann.</translation>
    </message>
    <message>
        <source>Programs that load Piper voices take {voice}.onnx and {voice}.onnx.json.</source>
        <translation>Programme, die Piper-Stimmen laden, nehmen {voice}.onnx und {voice}.onnx.json.</translation>
    </message>
    <message>
        <source>Programs on sherpa-onnx take {voice}.onnx, tokens.txt and lexicon.txt.</source>
        <translation>Programme auf der Grundlage von sherpa-onnx nehmen {voice}.onnx, tokens.txt und lexicon.txt.</translation>
    </message>
    <message>
        <source>VOICE_CARD.md says what the voice is and what others may do with it.</source>
        <translation>VOICE_CARD.md sagt, was die Stimme ist und was andere mit ihr tun dürfen.</translation>
    </message>
    <message>
        <source>Try it with a sentence of your own.</source>
        <translation>Mit einem eigenen Satz ausprobieren.</translation>
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
        <translation>Deine Stimme als eine Datei, für dein Telefon und andere Programme.</translation>
    </message>
    <message>
        <source>Go to training</source>
        <translation>Zum Training</translation>
    </message>
    <message>
        <source>Make the file</source>
        <translation>Datei erstellen</translation>
    </message>
    <message>
        <source>Which voice, and where to</source>
        <translation>Welche Stimme, und wohin</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>It will speak in</source>
        <translation>Sie spricht in</translation>
    </message>
    <message>
        <source>Its name there</source>
        <translation>Ihr Name dort</translation>
    </message>
    <message>
        <source>Letters, digits and _; others may see it.</source>
        <translation>Buchstaben ohne Umlaute, Ziffern und _; andere können ihn sehen.</translation>
    </message>
    <message>
        <source>I know, and I want it</source>
        <translation>Ich weiß es und will es so</translation>
    </message>
    <message>
        <source>The file is made</source>
        <translation>Die Datei ist erstellt</translation>
    </message>
    <message>
        <source>It is not encrypted. Anyone with this file can make your voice say anything, and nobody can take it back.</source>
        <translation>Sie ist nicht verschlüsselt. Wer diese Datei hat, kann deine Stimme alles sagen lassen, und niemand kann sie zurückholen.</translation>
    </message>
    <message>
        <source>Save the file…</source>
        <translation>Datei speichern…</translation>
    </message>
    <message>
        <source>To the phone by QR code</source>
        <translation>Per QR-Code aufs Telefon</translation>
    </message>
    <message>
        <source>What to do there</source>
        <translation>Was dort zu tun ist</translation>
    </message>
    <message>
        <source>Take it</source>
        <translation>Mitnehmen</translation>
    </message>
    <message>
        <source>There is no voice yet</source>
        <translation>Es gibt noch keine Stimme</translation>
    </message>
    <message>
        <source>Train one first; then it can leave with you.</source>
        <translation>Trainiere zuerst eine; dann kann sie mit.</translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation>etwas anderes läuft gerade</translation>
    </message>
    <message>
        <source>wait until it has ended, or stop it first</source>
        <translation>warten, bis es fertig ist, oder es zuerst anhalten</translation>
    </message>
    <message>
        <source>Stopped; no file was made.</source>
        <translation>Angehalten; es wurde keine Datei erstellt.</translation>
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
        <translation>Sie ist auf dem Telefon. Was dort zu tun ist:</translation>
    </message>
    <message>
        <source>Menus are named as we know them; a newer version may name them otherwise.</source>
        <translation>Menüs heißen hier, wie wir sie kennen; eine neuere Version nennt sie vielleicht anders.</translation>
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
        <translation>Das Dokument kopieren</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>Speichern…</translation>
    </message>
    <message>
        <source>Save the record</source>
        <translation>Das Dokument speichern</translation>
    </message>
    <message>
        <source>The file carries this record, signed with the key in your vault.</source>
        <translation>Die Datei trägt dieses Dokument bei sich, unterschrieben mit dem Schlüssel in deinem Tresor.</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>Kopiert.</translation>
    </message>
    <message>
        <source>Where the record goes</source>
        <translation>Wohin das Dokument kommt</translation>
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
        <translation>Senden an das Telefon</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>The phone has to be in the same network. The file goes over it as plain HTTP, not encrypted: do this at home and not in a café. It can be fetched once, within five minutes, by whoever has the code.</source>
        <translation>Das Telefon muss im selben Netz sein. Die Datei geht als einfaches HTTP darüber, nicht verschlüsselt: nur zu Hause, nicht im Café. Wer den Code hat, kann sie innerhalb von fünf Minuten einmal abholen.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netz</translation>
    </message>
    <message>
        <source>Point the phone&apos;s camera at the code and open the link.</source>
        <translation>Die Kamera des Telefons auf den Code richten und den Link öffnen.</translation>
    </message>
    <message>
        <source>The link, if the phone has no camera</source>
        <translation>Der Link, falls das Telefon keine Kamera hat</translation>
    </message>
    <message>
        <source>This computer is in no home network now. Connect it to the phone&apos;s Wi-Fi, or save the file.</source>
        <translation>Dieser Computer ist gerade in keinem Heimnetz. Mit dem WLAN des Telefons verbinden, oder die Datei speichern.</translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation>etwas anderes läuft gerade</translation>
    </message>
    <message>
        <source>wait until it has ended, or stop it first</source>
        <translation>warten, bis es fertig ist, oder es zuerst anhalten</translation>
    </message>
    <message>
        <source>The phone can fetch it now.</source>
        <translation>Das Telefon kann sie jetzt abholen.</translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation>Wird gesendet…</translation>
    </message>
    <message>
        <source>It works for {time} more.</source>
        <translation>Er gilt noch {time}.</translation>
    </message>
    <message>
        <source>It has arrived. The link is dead now.</source>
        <translation>Sie ist angekommen. Der Link gilt nicht mehr.</translation>
    </message>
    <message>
        <source>Nobody fetched it in time.</source>
        <translation>Niemand hat sie rechtzeitig abgeholt.</translation>
    </message>
    <message>
        <source>It was begun and did not arrive.</source>
        <translation>Das Abholen begann, und sie kam nicht an.</translation>
    </message>
    <message>
        <source>Is the phone in the same Wi-Fi, and does a firewall let it in?</source>
        <translation>Ist das Telefon im selben WLAN, und lässt eine Firewall es herein?</translation>
    </message>
    <message>
        <source>Stopped. The link is dead now.</source>
        <translation>Angehalten. Der Link gilt nicht mehr.</translation>
    </message>
</context>
</TS>

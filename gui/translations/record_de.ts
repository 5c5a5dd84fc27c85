<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>RecordPage</name>
    <message>
        <source>Check the room (C)</source>
        <translation>Raum prüfen (C)</translation>
    </message>
    <message>
        <source>How you record</source>
        <translation>Wie du aufnimmst</translation>
    </message>
    <message>
        <source>Keys (F1)</source>
        <translation>Tasten (F1)</translation>
    </message>
    <message>
        <source>Record (Space)</source>
        <translation>Aufnehmen (Leertaste)</translation>
    </message>
    <message>
        <source>Skip (S)</source>
        <translation>Überspringen (S)</translation>
    </message>
    <message>
        <source>Drop it (Esc)</source>
        <translation>Verwerfen (Esc)</translation>
    </message>
    <message>
        <source>Undo (Ctrl+Z)</source>
        <translation>Rückgängig (Strg+Z)</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>No microphone</source>
        <translation>Kein Mikrofon</translation>
    </message>
    <message>
        <source>Stop (Space)</source>
        <translation>Anhalten (Leertaste)</translation>
    </message>
    <message>
        <source>Record again (Space)</source>
        <translation>Neu aufnehmen (Leertaste)</translation>
    </message>
    <message>
        <source>Keep and go on (Space)</source>
        <translation>Behalten und weiter (Leertaste)</translation>
    </message>
    <message>
        <source>No microphone. Plug one in, or choose another.</source>
        <translation>Kein Mikrofon. Schließe eines an oder wähle ein anderes.</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>Aufnahme läuft</translation>
    </message>
    <message>
        <source>Ready. Nothing is kept until you press Space.</source>
        <translation>Bereit. Nichts wird behalten, bis du die Leertaste drückst.</translation>
    </message>
    <message>
        <source>Be silent for three seconds.</source>
        <translation>Sei drei Sekunden lang still.</translation>
    </message>
    <message>
        <source>Wait…</source>
        <translation>Warte …</translation>
    </message>
    <message>
        <source>Speak now</source>
        <translation>Sprich jetzt</translation>
    </message>
    <message>
        <source>Listening to it…</source>
        <translation>Die Aufnahme wird geprüft …</translation>
    </message>
    <message>
        <source>Your decision</source>
        <translation>Deine Entscheidung</translation>
    </message>
    <message>
        <source>Done. Thank you.</source>
        <translation>Fertig. Danke.</translation>
    </message>
    <message>
        <source>The microphone is back.</source>
        <translation>Das Mikrofon ist wieder da.</translation>
    </message>
    <message>
        <source>Sentences, one a line</source>
        <translation>Sätze, einer je Zeile</translation>
    </message>
    <message>
        <source>How far you are</source>
        <translation>Wie weit du bist</translation>
    </message>
</context>
</TS>

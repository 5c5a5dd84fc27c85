<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>RecordPage</name>
    <message>
        <source>Check the room (C)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How you record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys (F1)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skip (S)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop it (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo (Ctrl+Z)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record again (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep and go on (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No microphone. Plug one in, or choose another.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready. Nothing is kept until you press Space.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Be silent for three seconds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speak now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listening to it…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your decision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done. Thank you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The microphone is back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sentences, one a line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far you are</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>

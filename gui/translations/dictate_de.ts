<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>DictatePage</name>
    <message>
        <source>Listen (Space)</source>
        <translation>Zuhören (Leertaste)</translation>
    </message>
    <message>
        <source>Correct (Enter)</source>
        <translation>Korrigieren (Enter)</translation>
    </message>
    <message>
        <source>Keep as a take (K)</source>
        <translation>Als Aufnahme behalten (K)</translation>
    </message>
    <message>
        <source>Copy the text</source>
        <translation>Text kopieren</translation>
    </message>
    <message>
        <source>Save as text…</source>
        <translation>Als Text speichern …</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Dictate</source>
        <translation>Diktieren</translation>
    </message>
    <message>
        <source>Understanding the rest…</source>
        <translation>Der Rest wird noch verstanden …</translation>
    </message>
    <message>
        <source>Wait…</source>
        <translation>Warte …</translation>
    </message>
    <message>
        <source>Stop (Space)</source>
        <translation>Aufhören (Leertaste)</translation>
    </message>
    <message>
        <source>Listening. Speak now.</source>
        <translation>Es hört zu. Sprich jetzt.</translation>
    </message>
    <message>
        <source>Listening.</source>
        <translation>Es hört zu.</translation>
    </message>
    <message>
        <source>Microphone unplugged. What was heard is here.</source>
        <translation>Das Mikrofon ist abgezogen. Was gehört wurde, ist da.</translation>
    </message>
    <message>
        <source>1 line.</source>
        <translation>1 Zeile.</translation>
    </message>
    <message>
        <source>{n} lines.</source>
        <translation>{n} Zeilen.</translation>
    </message>
    <message>
        <source>The last one says: {text}</source>
        <translation>Die letzte lautet: {text}</translation>
    </message>
    <message>
        <source>Nothing was heard.</source>
        <translation>Es war nichts zu hören.</translation>
    </message>
    <message>
        <source>No microphone. Plug one in, or choose another.</source>
        <translation>Kein Mikrofon. Schließ eins an oder wähle ein anderes.</translation>
    </message>
    <message>
        <source>The microphone is closed. Space opens it.</source>
        <translation>Das Mikrofon ist zu. Die Leertaste öffnet es.</translation>
    </message>
    <message>
        <source>Another microphone: Space opens it.</source>
        <translation>Ein anderes Mikrofon: Die Leertaste öffnet es.</translation>
    </message>
    <message>
        <source>The microphone is back.</source>
        <translation>Das Mikrofon ist wieder da.</translation>
    </message>
    <message>
        <source>This line is a take already; its text stays.</source>
        <translation>Diese Zeile ist schon eine Aufnahme; ihr Text bleibt.</translation>
    </message>
    <message>
        <source>The sound of this line is forgotten; only its text is here.</source>
        <translation>Der Ton dieser Zeile ist vergessen; nur ihr Text ist noch da.</translation>
    </message>
    <message>
        <source>Is this what you said? Enter keeps it, Esc does not.</source>
        <translation>Hast du das gesagt? Enter behält es, Esc nicht.</translation>
    </message>
    <message>
        <source>The line says: {text}</source>
        <translation>Die Zeile lautet: {text}</translation>
    </message>
    <message>
        <source>Copied. Other programs can read the clipboard.</source>
        <translation>Kopiert. Andere Programme können die Zwischenablage lesen.</translation>
    </message>
    <message>
        <source>Save the text. The file is not encrypted.</source>
        <translation>Text speichern. Die Datei ist nicht verschlüsselt.</translation>
    </message>
    <message>
        <source>dictated.txt</source>
        <translation>diktiert.txt</translation>
    </message>
    <message>
        <source>Text (*.txt)</source>
        <translation>Text (*.txt)</translation>
    </message>
    <message>
        <source>Saved as {path}. It is not encrypted: anyone who has it can read it.</source>
        <translation>Gespeichert als {path}. Die Datei ist nicht verschlüsselt: Wer sie hat, kann sie lesen.</translation>
    </message>
    <message>
        <source>The lines are cleared.</source>
        <translation>Die Zeilen sind gelöscht.</translation>
    </message>
    <message>
        <source>The lines are back.</source>
        <translation>Die Zeilen sind wieder da.</translation>
    </message>
    <message>
        <source>The recogniser of this program listens.</source>
        <translation>Die Erkennung dieses Programms hört zu.</translation>
    </message>
    <message>
        <source>Your own recogniser listens.</source>
        <translation>Deine eigene Erkennung hört zu.</translation>
    </message>
    <message>
        <source>Nothing is stored unless you keep or save it; text is forgotten when the vault closes.</source>
        <translation>Es bleibt nur, was du behältst oder speicherst; der übrige Text ist vergessen, wenn sich der Tresor schließt.</translation>
    </message>
</context>
<context>
    <name>LineDelegate</name>
    <message>
        <source>What was said</source>
        <translation>Was gesagt wurde</translation>
    </message>
    <message>
        <source>Enter stores it, Esc leaves it as it was.</source>
        <translation>Enter übernimmt es, Esc lässt es, wie es war.</translation>
    </message>
</context>
<context>
    <name>LineList</name>
    <message>
        <source>What you said</source>
        <translation>Was du gesagt hast</translation>
    </message>
    <message>
        <source>What you say is written here, a line after each pause.</source>
        <translation>Was du sagst, steht hier, nach jeder Pause eine Zeile.</translation>
    </message>
</context>
<context>
    <name>LinesModel</name>
    <message>
        <source>Kept as a take.</source>
        <translation>Als Aufnahme behalten.</translation>
    </message>
    <message>
        <source>Listening to it…</source>
        <translation>Wird angehört …</translation>
    </message>
    <message>
        <source>Checked.</source>
        <translation>Geprüft.</translation>
    </message>
    <message>
        <source>Not sure of: {words}</source>
        <translation>Unsicher bei: {words}</translation>
    </message>
</context>
<context>
    <name>Taking</name>
    <message>
        <source>The line is kept as a take.</source>
        <translation>Die Zeile ist als Aufnahme behalten.</translation>
    </message>
    <message>
        <source>Undone: the take is destroyed.</source>
        <translation>Zurückgenommen: Die Aufnahme ist vernichtet.</translation>
    </message>
</context>
</TS>

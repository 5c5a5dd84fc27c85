<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>BlindTest</name>
    <message>
        <source>Blind test</source>
        <translation>Blindtest</translation>
    </message>
    <message>
        <source>One of your recordings and the voice say the same sentence, made equally loud. Can you tell which one is you? Others may try it too.</source>
        <translation>Eine deiner Aufnahmen und die Stimme sagen denselben Satz, gleich laut gemacht. Erkennst du, welche du bist? Auch andere dürfen es versuchen.</translation>
    </message>
    <message>
        <source>Three recordings at least are needed for it.</source>
        <translation>Dafür sind mindestens drei Aufnahmen nötig.</translation>
    </message>
    <message>
        <source>The keys A and B play, 1 and 2 answer.</source>
        <translation>Die Tasten A und B spielen ab, 1 und 2 antworten.</translation>
    </message>
    <message>
        <source>Start the blind test</source>
        <translation>Blindtest beginnen</translation>
    </message>
    <message>
        <source>Play A</source>
        <translation>A abspielen</translation>
    </message>
    <message>
        <source>Play B</source>
        <translation>B abspielen</translation>
    </message>
    <message>
        <source>A is my recording</source>
        <translation>A ist meine Aufnahme</translation>
    </message>
    <message>
        <source>B is my recording</source>
        <translation>B ist meine Aufnahme</translation>
    </message>
    <message>
        <source>Stop the test</source>
        <translation>Test beenden</translation>
    </message>
    <message>
        <source>Once more</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>Sentence {n} of {all}</source>
        <translation>Satz {n} von {all}</translation>
    </message>
    <message>
        <source>{right} of {all} recordings recognised</source>
        <translation>{right} von {all} Aufnahmen erkannt</translation>
    </message>
    <message>
        <source>The voice can still be told from you.</source>
        <translation>Die Stimme ist noch von dir zu unterscheiden.</translation>
    </message>
    <message>
        <source>That is within what guessing gives, and these were few sentences.</source>
        <translation>So viel ergibt auch bloßes Raten, und es waren wenige Sätze.</translation>
    </message>
    <message>
        <source>That is within what guessing gives: half of them on average.</source>
        <translation>So viel ergibt auch bloßes Raten: im Mittel die Hälfte.</translation>
    </message>
</context>
<context>
    <name>CompareCard</name>
    <message>
        <source>Compare two voices</source>
        <translation>Zwei Stimmen vergleichen</translation>
    </message>
    <message>
        <source>The figures of both voices</source>
        <translation>Die Werte beider Stimmen</translation>
    </message>
    <message>
        <source>One voice</source>
        <translation>Eine Stimme</translation>
    </message>
    <message>
        <source>The other</source>
        <translation>Die andere</translation>
    </message>
    <message>
        <source>{voice} is not measured yet; its report card does that.</source>
        <translation>{voice} ist noch nicht gemessen; das geschieht unter „Zeugnis“.</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>Messgröße</translation>
    </message>
</context>
<context>
    <name>PhraseBoard</name>
    <message>
        <source>Quick phrases</source>
        <translation>Schnelle Sätze</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Add the phrase</source>
        <translation>Den Satz hinzufügen</translation>
    </message>
    <message>
        <source>Edit phrases</source>
        <translation>Sätze bearbeiten</translation>
    </message>
    <message>
        <source>A new phrase</source>
        <translation>Ein neuer Satz</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>What you say often goes here: one click or one key, and your voice says it. The phrases are kept in the vault.</source>
        <translation>Was du oft sagst, gehört hierher: ein Klick oder eine Taste, und deine Stimme sagt es. Die Sätze liegen im Tresor.</translation>
    </message>
    <message>
        <source>The keys 1 to 9 and 0 say the first ten. Escape stops.</source>
        <translation>Die Tasten 1 bis 9 und 0 sagen die ersten zehn. Escape hält an.</translation>
    </message>
    <message>
        <source>The phrase is removed.</source>
        <translation>Der Satz ist entfernt.</translation>
    </message>
    <message>
        <source>The phrases are kept in the vault.</source>
        <translation>Die Sätze liegen im Tresor.</translation>
    </message>
</context>
<context>
    <name>PhraseButton</name>
    <message>
        <source>Key {key}</source>
        <translation>Taste {key}</translation>
    </message>
</context>
<context>
    <name>PhraseRow</name>
    <message>
        <source>Earlier</source>
        <translation>Nach vorn</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Phrase: {text}</source>
        <translation>Satz: {text}</translation>
    </message>
    <message>
        <source>Earlier: {text}</source>
        <translation>Nach vorn: {text}</translation>
    </message>
    <message>
        <source>Remove: {text}</source>
        <translation>Entfernen: {text}</translation>
    </message>
</context>
<context>
    <name>Report</name>
    <message>
        <source>A recogniser understood {n} of 100 words of the voice.</source>
        <translation>Eine Erkennung hat {n} von 100 Wörtern der Stimme verstanden.</translation>
    </message>
    <message>
        <source>Of your own recordings of the same sentences: {n}.</source>
        <translation>Von deinen eigenen Aufnahmen derselben Sätze: {n}.</translation>
    </message>
    <message>
        <source>Words understood</source>
        <translation>Verstandene Wörter</translation>
    </message>
    <message>
        <source>{n} of 100</source>
        <translation>{n} von 100</translation>
    </message>
    <message>
        <source>100 % is as near to you as one more recording of yours; somebody else has about 62 %.</source>
        <translation>100 % ist so nah an dir wie eine weitere Aufnahme von dir; jemand anderes hat etwa 62 %.</translation>
    </message>
    <message>
        <source>Likeness to you</source>
        <translation>Ähnlichkeit mit dir</translation>
    </message>
    <message>
        <source>{n} %</source>
        <translation>{n} %</translation>
    </message>
    <message>
        <source>What listeners would say, as a network guesses it, from 1 to 5.</source>
        <translation>Was Zuhörende sagen würden, wie ein Netz es schätzt, von 1 bis 5.</translation>
    </message>
    <message>
        <source>Your own recordings: {n}.</source>
        <translation>Deine eigenen Aufnahmen: {n}.</translation>
    </message>
    <message>
        <source>How natural it sounds</source>
        <translation>Wie natürlich es klingt</translation>
    </message>
    <message>
        <source>{n} of 5</source>
        <translation>{n} von 5</translation>
    </message>
    <message>
        <source>The middle of its pitch; yours is {n} Hz.</source>
        <translation>Die Mitte ihrer Tonhöhe; deine liegt bei {n} Hz.</translation>
    </message>
    <message>
        <source>Pitch</source>
        <translation>Tonhöhe</translation>
    </message>
    <message>
        <source>{n} Hz</source>
        <translation>{n} Hz</translation>
    </message>
    <message>
        <source>as fast as you</source>
        <translation>so schnell wie du</translation>
    </message>
    <message>
        <source>{n} % faster than you</source>
        <translation>{n} % schneller als du</translation>
    </message>
    <message>
        <source>{n} % slower than you</source>
        <translation>{n} % langsamer als du</translation>
    </message>
    <message>
        <source>The same sentences, said by the voice and by you.</source>
        <translation>Dieselben Sätze, gesprochen von der Stimme und von dir.</translation>
    </message>
    <message>
        <source>Pace</source>
        <translation>Tempo</translation>
    </message>
    <message>
        <source>It makes speech so much faster than it is heard, on one core here.</source>
        <translation>So viel schneller, als man zuhört, entsteht hier Sprache auf einem Rechenkern.</translation>
    </message>
    <message>
        <source>The voice has {size}.</source>
        <translation>Die Stimme hat {size}.</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Geschwindigkeit</translation>
    </message>
    <message>
        <source>{n} times</source>
        <translation>{n}-mal</translation>
    </message>
</context>
<context>
    <name>ReportCard</name>
    <message>
        <source>Report card</source>
        <translation>Zeugnis</translation>
    </message>
    <message>
        <source>Fewer sentences: a quarter of the time</source>
        <translation>Weniger Sätze: ein Viertel der Zeit</translation>
    </message>
    <message>
        <source>Measure this voice</source>
        <translation>Diese Stimme messen</translation>
    </message>
    <message>
        <source>Not measured yet. The voice reads sentences nobody recorded; a recogniser listens, and it is compared with you. This takes some minutes, and everything stays on this computer.</source>
        <translation>Noch nicht gemessen. Die Stimme liest Sätze, die niemand aufgenommen hat; eine Erkennung hört zu, und sie wird mit dir verglichen. Das dauert einige Minuten, und alles bleibt auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Measure it again</source>
        <translation>Noch einmal messen</translation>
    </message>
    <message>
        <source>The dot is the voice, the box what chance allows, the stroke you yourself.</source>
        <translation>Der Punkt ist die Stimme, der Kasten der Spielraum des Zufalls, der Strich bist du selbst.</translation>
    </message>
    <message>
        <source>Where it fails</source>
        <translation>Wo sie versagt</translation>
    </message>
    <message>
        <source>understood as: {words}</source>
        <translation>verstanden als: {words}</translation>
    </message>
    <message>
        <source>How it sounds, in pictures</source>
        <translation>Wie es klingt, in Bildern</translation>
    </message>
    <message>
        <source>Time runs to the right, pitch upwards; the white line is the melody.</source>
        <translation>Die Zeit läuft nach rechts, die Tonhöhe nach oben; die weiße Linie ist die Melodie.</translation>
    </message>
    <message>
        <source>The voice</source>
        <translation>Die Stimme</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Du</translation>
    </message>
    <message>
        <source>Hear it</source>
        <translation>Anhören</translation>
    </message>
    <message>
        <source>Hear: {text}</source>
        <translation>Anhören: {text}</translation>
    </message>
    <message>
        <source>Not measured:</source>
        <translation>Nicht gemessen:</translation>
    </message>
</context>
<context>
    <name>SpeakCard</name>
    <message>
        <source>Good morning! This is my voice.</source>
        <translation>Guten Morgen! Das ist meine Stimme.</translation>
    </message>
    <message>
        <source>{n} times</source>
        <translation>{n}-mal</translation>
    </message>
    <message>
        <source>As you speak</source>
        <translation>Wie du sprichst</translation>
    </message>
    <message>
        <source>Speak</source>
        <translation>Sprechen</translation>
    </message>
    <message>
        <source>Ctrl+Enter speaks, Escape stops</source>
        <translation>Strg+Enter spricht, Escape hält an</translation>
    </message>
    <message>
        <source>Save as a sound file…</source>
        <translation>Als Tondatei speichern …</translation>
    </message>
    <message>
        <source>Keep as a phrase</source>
        <translation>Als schnellen Satz behalten</translation>
    </message>
    <message>
        <source>What your voice says</source>
        <translation>Was deine Stimme sagt</translation>
    </message>
    <message>
        <source>How fast</source>
        <translation>Wie schnell</translation>
    </message>
    <message>
        <source>How high</source>
        <translation>Wie hoch</translation>
    </message>
    <message>
        <source>1 semitone higher</source>
        <translation>1 Halbton höher</translation>
    </message>
    <message>
        <source>1 semitone lower</source>
        <translation>1 Halbton tiefer</translation>
    </message>
    <message>
        <source>{n} semitones higher</source>
        <translation>{n} Halbtöne höher</translation>
    </message>
    <message>
        <source>{n} semitones lower</source>
        <translation>{n} Halbtöne tiefer</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>The voice is made…</source>
        <translation>Die Stimme entsteht …</translation>
    </message>
    <message>
        <source>Speaking. Escape stops it.</source>
        <translation>Sie spricht. Escape hält an.</translation>
    </message>
    <message>
        <source>Save the sound. The file is not encrypted.</source>
        <translation>Den Ton speichern. Die Datei ist nicht verschlüsselt.</translation>
    </message>
    <message>
        <source>voice.wav</source>
        <translation>stimme.wav</translation>
    </message>
    <message>
        <source>Sound (*.wav)</source>
        <translation>Ton (*.wav)</translation>
    </message>
    <message>
        <source>Saved as {path}. It is not encrypted: anyone who has it can play it.</source>
        <translation>Gespeichert als {path}. Die Datei ist nicht verschlüsselt: wer sie hat, kann sie abspielen.</translation>
    </message>
</context>
<context>
    <name>VoicePage</name>
    <message>
        <source>Voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>Go to training</source>
        <translation>Zum Training</translation>
    </message>
    <message>
        <source>No voice yet</source>
        <translation>Noch keine Stimme</translation>
    </message>
    <message>
        <source>When a training has finished, your voice speaks here.</source>
        <translation>Wenn ein Training fertig ist, spricht deine Stimme hier.</translation>
    </message>
    <message>
        <source>Views of the voice</source>
        <translation>Ansichten der Stimme</translation>
    </message>
    <message>
        <source>Speak</source>
        <translation>Sprechen</translation>
    </message>
    <message>
        <source>Report card</source>
        <translation>Zeugnis</translation>
    </message>
    <message>
        <source>Blind test</source>
        <translation>Blindtest</translation>
    </message>
    <message>
        <source>Which voice</source>
        <translation>Welche Stimme</translation>
    </message>
    <message>
        <source>It speaks on this computer, without a network. Nothing it says is kept.</source>
        <translation>Sie spricht auf diesem Rechner, ohne Netz. Nichts, was sie sagt, wird behalten.</translation>
    </message>
    <message>
        <source>The voice is measured.</source>
        <translation>Die Stimme ist gemessen.</translation>
    </message>
    <message>
        <source>The measurement was stopped; it keeps nothing.</source>
        <translation>Die Messung wurde beendet; sie behält nichts.</translation>
    </message>
</context>
</TS>

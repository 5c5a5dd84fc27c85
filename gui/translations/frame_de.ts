<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>Banner</name>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>CoverageMap</name>
    <message>
        <source>{n} of {all} sounds of English</source>
        <translation>{n} von {all} Lauten des Englischen</translation>
    </message>
    <message>
        <source>Missing: {sounds}</source>
        <translation>Es fehlen: {sounds}</translation>
    </message>
</context>
<context>
    <name>DeclarationForm</name>
    <message>
        <source>My own voice</source>
        <translation>Meine eigene Stimme</translation>
    </message>
    <message>
        <source>A person who can no longer speak</source>
        <translation>Wer nicht mehr sprechen kann</translation>
    </message>
    <message>
        <source>This person agreed to it</source>
        <translation>Diese Person hat zugestimmt</translation>
    </message>
    <message>
        <source>I may decide for this person</source>
        <translation>Ich darf für sie entscheiden</translation>
    </message>
    <message>
        <source>Whose voice it is</source>
        <translation>Wessen Stimme es ist</translation>
    </message>
    <message>
        <source>As the name is spoken, for example Anna Berg.</source>
        <translation>So, wie man den Namen spricht, zum Beispiel Anna Berg.</translation>
    </message>
    <message>
        <source>What this person is to you</source>
        <translation>Was diese Person für dich ist</translation>
    </message>
    <message>
        <source>In English, for example mother, husband or client.</source>
        <translation>Auf Englisch, zum Beispiel „mother“, „husband“ oder „client“.</translation>
    </message>
    <message>
        <source>Why a voice may be made</source>
        <translation>Warum eine Stimme entstehen darf</translation>
    </message>
    <message>
        <source>You declare it for them, with your own voice. Your voice is not compared; the declaration, your relation and the ground are written into every voice that is made.</source>
        <translation>Du erklärst es für diese Person, mit deiner eigenen Stimme. Deine Stimme wird nicht verglichen; die Erklärung, eure Beziehung und der Grund werden in jede Stimme geschrieben, die entsteht.</translation>
    </message>
</context>
<context>
    <name>Ears</name>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Neu suchen</translation>
    </message>
    <message>
        <source>The system&apos;s microphone</source>
        <translation>Mikrofon des Systems</translation>
    </message>
    <message>
        <source>{name} (not there)</source>
        <translation>{name} (nicht da)</translation>
    </message>
</context>
<context>
    <name>JobPanel</name>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Beginnt …</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} von {total}</translation>
    </message>
    <message>
        <source>On {device}</source>
        <translation>Auf {device}</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Wird angehalten …</translation>
    </message>
    <message>
        <source>Stopping, and keeping what is done.</source>
        <translation>Wird angehalten; was fertig ist, bleibt.</translation>
    </message>
</context>
<context>
    <name>Jobs</name>
    <message>
        <source>Importing recordings</source>
        <translation>Aufnahmen werden importiert</translation>
    </message>
    <message>
        <source>Making a backup</source>
        <translation>Eine Sicherung entsteht</translation>
    </message>
    <message>
        <source>Training your voice</source>
        <translation>Deine Stimme wird trainiert</translation>
    </message>
    <message>
        <source>Measuring the voice</source>
        <translation>Die Stimme wird gemessen</translation>
    </message>
    <message>
        <source>Exporting the voice</source>
        <translation>Die Stimme wird exportiert</translation>
    </message>
    <message>
        <source>Sending to the phone</source>
        <translation>Die Datei wird ans Handy gesendet</translation>
    </message>
    <message>
        <source>Asking the teacher</source>
        <translation>Der Lehrer wird gefragt</translation>
    </message>
    <message>
        <source>Listening to the sentence</source>
        <translation>Der Satz wird geprüft</translation>
    </message>
</context>
<context>
    <name>KeyList</name>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Leertaste</translation>
    </message>
    <message>
        <source>record, stop, go on: it alone is enough</source>
        <translation>aufnehmen, anhalten, weiter: sie allein genügt</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>keep the take, next sentence</source>
        <translation>die Aufnahme behalten, nächster Satz</translation>
    </message>
    <message>
        <source>Backspace</source>
        <translation>Rücktaste</translation>
    </message>
    <message>
        <source>the same sentence again</source>
        <translation>denselben Satz noch einmal</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>drop the take in progress</source>
        <translation>die laufende Aufnahme verwerfen</translation>
    </message>
    <message>
        <source>R</source>
        <translation>R</translation>
    </message>
    <message>
        <source>hear the take</source>
        <translation>die Aufnahme anhören</translation>
    </message>
    <message>
        <source>S</source>
        <translation>S</translation>
    </message>
    <message>
        <source>skip; it comes back at the end</source>
        <translation>überspringen; der Satz kommt am Ende wieder</translation>
    </message>
    <message>
        <source>E</source>
        <translation>E</translation>
    </message>
    <message>
        <source>correct the text to what was said</source>
        <translation>den Text nach dem Gesagten berichtigen</translation>
    </message>
    <message>
        <source>K</source>
        <translation>K</translation>
    </message>
    <message>
        <source>keep it against the verdict</source>
        <translation>trotz des Urteils behalten</translation>
    </message>
    <message>
        <source>Ctrl+Z, U</source>
        <translation>Strg+Z, U</translation>
    </message>
    <message>
        <source>undo the last decision</source>
        <translation>die letzte Entscheidung zurücknehmen</translation>
    </message>
    <message>
        <source>C</source>
        <translation>C</translation>
    </message>
    <message>
        <source>check the room</source>
        <translation>den Raum prüfen</translation>
    </message>
    <message>
        <source>I</source>
        <translation>I</translation>
    </message>
    <message>
        <source>figures behind the verdict</source>
        <translation>die Werte hinter dem Urteil</translation>
    </message>
    <message>
        <source>Ctrl +, Ctrl -</source>
        <translation>Strg +, Strg -</translation>
    </message>
    <message>
        <source>larger and smaller sentence</source>
        <translation>den Satz größer und kleiner zeigen</translation>
    </message>
</context>
<context>
    <name>LevelMeter</name>
    <message>
        <source>Microphone level</source>
        <translation>Pegel des Mikrofons</translation>
    </message>
    <message>
        <source>no signal</source>
        <translation>kein Signal</translation>
    </message>
    <message>
        <source>quiet</source>
        <translation>leise</translation>
    </message>
    <message>
        <source>good level</source>
        <translation>guter Pegel</translation>
    </message>
    <message>
        <source>loud</source>
        <translation>laut</translation>
    </message>
    <message>
        <source>too loud: clipped</source>
        <translation>zu laut: übersteuert</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Close the window?</source>
        <translation>Das Fenster schließen?</translation>
    </message>
    <message>
        <source>Your voice is being trained. It can go on without the window.</source>
        <translation>Deine Stimme wird gerade trainiert. Das kann ohne das Fenster weitergehen.</translation>
    </message>
    <message>
        <source>The vault stays open for it and closes by itself when it has ended. To hear the voice, open the vault again.</source>
        <translation>Der Tresor bleibt dafür offen und schließt sich von selbst, wenn es zu Ende ist. Um die Stimme zu hören, öffne ihn wieder.</translation>
    </message>
    <message>
        <source>Close the window, go on training</source>
        <translation>Fenster schließen, weiter trainieren</translation>
    </message>
    <message>
        <source>Keep the window open</source>
        <translation>Fenster offen lassen</translation>
    </message>
    <message>
        <source>Stop and lock?</source>
        <translation>Anhalten und abschließen?</translation>
    </message>
    <message>
        <source>Something is still running. It can be stopped now, keeping what is done.</source>
        <translation>Es läuft noch etwas. Es kann jetzt angehalten werden; was fertig ist, bleibt.</translation>
    </message>
    <message>
        <source>Stop and lock</source>
        <translation>Anhalten und abschließen</translation>
    </message>
    <message>
        <source>The training is finished.</source>
        <translation>Das Training ist fertig.</translation>
    </message>
    <message>
        <source>The training is paused.</source>
        <translation>Das Training ist unterbrochen.</translation>
    </message>
    <message>
        <source>The training has stopped.</source>
        <translation>Das Training hat aufgehört.</translation>
    </message>
    <message>
        <source>Keep it running</source>
        <translation>Weiterlaufen lassen</translation>
    </message>
</context>
<context>
    <name>Note</name>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>{n} good</source>
        <translation>{n} gut</translation>
    </message>
    <message>
        <source>{n} usable with a remark</source>
        <translation>{n} brauchbar mit Hinweis</translation>
    </message>
    <message>
        <source>{n} to record again</source>
        <translation>{n} neu aufzunehmen</translation>
    </message>
    <message>
        <source>{n} known already</source>
        <translation>{n} schon bekannt</translation>
    </message>
    <message>
        <source>{n} not usable</source>
        <translation>{n} nicht brauchbar</translation>
    </message>
    <message>
        <source>1 recording</source>
        <translation>1 Aufnahme</translation>
    </message>
    <message>
        <source>{n} recordings</source>
        <translation>{n} Aufnahmen</translation>
    </message>
    <message>
        <source>Imported {count}: {parts}.</source>
        <translation>{count} importiert: {parts}.</translation>
    </message>
    <message>
        <source>1 take</source>
        <translation>1 Aufnahme</translation>
    </message>
    <message>
        <source>{n} takes</source>
        <translation>{n} Aufnahmen</translation>
    </message>
    <message>
        <source>1 thing</source>
        <translation>1 Sache</translation>
    </message>
    <message>
        <source>{n} things</source>
        <translation>{n} Sachen</translation>
    </message>
    <message>
        <source>{takes} with {more} made of them</source>
        <translation>{takes} und {more}, die daraus entstanden sind</translation>
    </message>
    <message>
        <source>Deleted for good: {takes}; {size} overwritten.</source>
        <translation>Endgültig gelöscht: {takes}; {size} überschrieben.</translation>
    </message>
    <message>
        <source>These voices learned from them and are still here: {names}.</source>
        <translation>Diese Stimmen haben daraus gelernt und sind noch da: {names}.</translation>
    </message>
    <message>
        <source>Backups made before still hold them until they are brought up to date.</source>
        <translation>Frühere Sicherungen enthalten sie noch, bis sie aufgefrischt werden.</translation>
    </message>
    <message>
        <source>Voice files that were exported before are out of reach.</source>
        <translation>Stimmdateien, die früher exportiert wurden, sind nicht erreichbar.</translation>
    </message>
    <message>
        <source>… and {n} more</source>
        <translation>… und {n} weitere</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Record</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>Takes</source>
        <translation>Aufnahmen</translation>
    </message>
    <message>
        <source>Consent</source>
        <translation>Einwilligung</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Trainieren</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>Dictate</source>
        <translation>Diktieren</translation>
    </message>
    <message>
        <source>Take it with you</source>
        <translation>Mitnehmen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
</context>
<context>
    <name>PromptView</name>
    <message>
        <source>Every sentence is recorded.</source>
        <translation>Alle Sätze sind aufgenommen.</translation>
    </message>
    <message>
        <source>Then: {text}</source>
        <translation>Danach: {text}</translation>
    </message>
</context>
<context>
    <name>ReadingBar</name>
    <message>
        <source>Sentences recorded</source>
        <translation>Aufgenommene Sätze</translation>
    </message>
    <message>
        <source>enough for a good voice; more helps little</source>
        <translation>genug für eine gute Stimme; mehr hilft wenig</translation>
    </message>
    <message>
        <source>enough for a first voice; {n} are better</source>
        <translation>genug für eine erste Stimme; {n} Sätze sind besser</translation>
    </message>
    <message>
        <source>a first voice needs {n} sentences</source>
        <translation>eine erste Stimme braucht {n} Sätze</translation>
    </message>
    <message>
        <source>{speech} of usable speech, {mark}. {spent} today.</source>
        <translation>{speech} brauchbare Sprache, {mark}. Heute {spent}.</translation>
    </message>
    <message>
        <source>{n} of {total}</source>
        <translation>{n} von {total}</translation>
    </message>
    <message>
        <source>{counts}, all done</source>
        <translation>{counts}, alles fertig</translation>
    </message>
    <message>
        <source>{counts}, less than a minute left</source>
        <translation>{counts}, noch weniger als eine Minute</translation>
    </message>
    <message>
        <source>{counts}, about a minute left</source>
        <translation>{counts}, noch etwa eine Minute</translation>
    </message>
    <message>
        <source>{counts}, about {n} minutes left</source>
        <translation>{counts}, noch etwa {n} Minuten</translation>
    </message>
</context>
<context>
    <name>Reasons</name>
    <message>
        <source>no speech was found</source>
        <translation>keine Sprache gefunden</translation>
    </message>
    <message>
        <source>Check that the right microphone is chosen and not muted.</source>
        <translation>Prüfe, ob das richtige Mikrofon gewählt und nicht stummgeschaltet ist.</translation>
    </message>
    <message>
        <source>samples were lost while recording</source>
        <translation>beim Aufnehmen ging Ton verloren</translation>
    </message>
    <message>
        <source>Close other programs and record the sentence again.</source>
        <translation>Schließe andere Programme und nimm den Satz neu auf.</translation>
    </message>
    <message>
        <source>too long for one take</source>
        <translation>zu lang für eine Aufnahme</translation>
    </message>
    <message>
        <source>Split it into single sentences.</source>
        <translation>Teile sie in einzelne Sätze.</translation>
    </message>
    <message>
        <source>clipped</source>
        <translation>übersteuert</translation>
    </message>
    <message>
        <source>Move back a hand&apos;s width or turn the microphone down.</source>
        <translation>Rücke eine Handbreit ab oder stelle das Mikrofon leiser.</translation>
    </message>
    <message>
        <source>the words differ from the text</source>
        <translation>die Wörter weichen vom Text ab</translation>
    </message>
    <message>
        <source>Read exactly the sentence shown, or correct its text.</source>
        <translation>Lies genau den gezeigten Satz oder berichtige den Text.</translation>
    </message>
    <message>
        <source>too short for its text</source>
        <translation>zu kurz für den Text</translation>
    </message>
    <message>
        <source>Check that the whole sentence was recorded.</source>
        <translation>Prüfe, ob der ganze Satz aufgenommen wurde.</translation>
    </message>
    <message>
        <source>far too quiet</source>
        <translation>viel zu leise</translation>
    </message>
    <message>
        <source>Come closer to the microphone or turn it up.</source>
        <translation>Gehe näher ans Mikrofon oder stelle es lauter.</translation>
    </message>
    <message>
        <source>the noise is nearly as loud as the voice</source>
        <translation>das Rauschen ist fast so laut wie die Stimme</translation>
    </message>
    <message>
        <source>Find a quieter place or come closer to the microphone.</source>
        <translation>Suche einen ruhigeren Ort oder gehe näher ans Mikrofon.</translation>
    </message>
    <message>
        <source>clipped for a moment</source>
        <translation>kurz übersteuert</translation>
    </message>
    <message>
        <source>Move back a little.</source>
        <translation>Rücke ein wenig ab.</translation>
    </message>
    <message>
        <source>noise behind the voice</source>
        <translation>Rauschen hinter der Stimme</translation>
    </message>
    <message>
        <source>Switch off fans, or come closer to the microphone.</source>
        <translation>Schalte Lüfter aus oder gehe näher ans Mikrofon.</translation>
    </message>
    <message>
        <source>a noisy room</source>
        <translation>ein lauter Raum</translation>
    </message>
    <message>
        <source>Close windows and doors.</source>
        <translation>Schließe Fenster und Türen.</translation>
    </message>
    <message>
        <source>some words may differ from the text</source>
        <translation>einzelne Wörter weichen vielleicht vom Text ab</translation>
    </message>
    <message>
        <source>Listen once and compare it with the sentence.</source>
        <translation>Höre einmal hinein und vergleiche mit dem Satz.</translation>
    </message>
    <message>
        <source>speech touches the edge of the recording</source>
        <translation>die Sprache reicht bis an den Rand der Aufnahme</translation>
    </message>
    <message>
        <source>Wait a moment before you speak and after it.</source>
        <translation>Warte vor und nach dem Sprechen einen Moment.</translation>
    </message>
    <message>
        <source>telephone sound: nothing above 4 kHz</source>
        <translation>Telefonklang: nichts über 4 kHz</translation>
    </message>
    <message>
        <source>Record at 16 kHz or more, not over a telephone or an old headset.</source>
        <translation>Nimm mit 16 kHz oder mehr auf, nicht über ein Telefon oder ein altes Headset.</translation>
    </message>
    <message>
        <source>quiet</source>
        <translation>leise</translation>
    </message>
    <message>
        <source>Come a little closer to the microphone.</source>
        <translation>Gehe etwas näher ans Mikrofon.</translation>
    </message>
    <message>
        <source>close to the limit</source>
        <translation>nahe an der Grenze</translation>
    </message>
    <message>
        <source>Turn the microphone down a little.</source>
        <translation>Stelle das Mikrofon etwas leiser.</translation>
    </message>
    <message>
        <source>spoken fast</source>
        <translation>schnell gesprochen</translation>
    </message>
    <message>
        <source>Read a little slower.</source>
        <translation>Lies etwas langsamer.</translation>
    </message>
    <message>
        <source>spoken slowly</source>
        <translation>langsam gesprochen</translation>
    </message>
    <message>
        <source>If this is your usual pace, leave it as it is.</source>
        <translation>Wenn das dein gewohntes Tempo ist, lass es so.</translation>
    </message>
    <message>
        <source>long for one take</source>
        <translation>lang für eine Aufnahme</translation>
    </message>
    <message>
        <source>Shorter sentences are learnt better.</source>
        <translation>Kürzere Sätze werden besser gelernt.</translation>
    </message>
    <message>
        <source>good</source>
        <translation>gut</translation>
    </message>
</context>
<context>
    <name>Recording</name>
    <message>
        <source>Listening. Nothing is kept until you record.</source>
        <translation>Das Mikrofon hört zu. Nichts wird behalten, bis du aufnimmst.</translation>
    </message>
    <message>
        <source>Speak now.</source>
        <translation>Sprich jetzt.</translation>
    </message>
    <message>
        <source>Kept.</source>
        <translation>Behalten.</translation>
    </message>
    <message>
        <source>Again.</source>
        <translation>Noch einmal.</translation>
    </message>
    <message>
        <source>Skipped. It comes back at the end.</source>
        <translation>Übersprungen. Der Satz kommt am Ende wieder.</translation>
    </message>
    <message>
        <source>Dropped. Undo brings it back.</source>
        <translation>Verworfen. „Rückgängig“ holt die Aufnahme zurück.</translation>
    </message>
    <message>
        <source>Undone: it was kept.</source>
        <translation>Zurückgenommen: Die Aufnahme war behalten worden.</translation>
    </message>
    <message>
        <source>Undone: it was skipped.</source>
        <translation>Zurückgenommen: Der Satz war übersprungen worden.</translation>
    </message>
    <message>
        <source>Undone: it was discarded.</source>
        <translation>Zurückgenommen: Die Aufnahme war verworfen worden.</translation>
    </message>
    <message>
        <source>There is nothing to undo.</source>
        <translation>Es gibt nichts zurückzunehmen.</translation>
    </message>
    <message>
        <source>Nothing in this take could be used.</source>
        <translation>An dieser Aufnahme war nichts zu gebrauchen.</translation>
    </message>
    <message>
        <source>Not kept. Backspace records it again, S skips it.</source>
        <translation>Nicht behalten. Die Rücktaste nimmt den Satz neu auf, S überspringt ihn.</translation>
    </message>
    <message>
        <source>Not kept. Backspace records it again, S skips it. K keeps it anyway.</source>
        <translation>Nicht behalten. Die Rücktaste nimmt den Satz neu auf, S überspringt ihn. K behält die Aufnahme trotzdem.</translation>
    </message>
    <message>
        <source>Microphone unplugged. What was recorded so far is here.</source>
        <translation>Das Mikrofon ist abgezogen. Was bis dahin aufgenommen wurde, ist da.</translation>
    </message>
    <message>
        <source>Paused. Space goes on.</source>
        <translation>Pause. Die Leertaste macht weiter.</translation>
    </message>
    <message>
        <source>25 minutes. A rested voice is a better one: drink some water.</source>
        <translation>25 Minuten. Eine ausgeruhte Stimme ist eine bessere: Trink etwas Wasser.</translation>
    </message>
    <message>
        <source>Every sentence is recorded. Thank you.</source>
        <translation>Alle Sätze sind aufgenommen. Danke.</translation>
    </message>
</context>
<context>
    <name>RecordingOptions</name>
    <message>
        <source>How you record</source>
        <translation>Wie du aufnimmst</translation>
    </message>
    <message>
        <source>Go on by itself after a good take</source>
        <translation>Gute Aufnahme: gleich weiter</translation>
    </message>
    <message>
        <source>A short tone with each verdict</source>
        <translation>Ein kurzer Ton zu jedem Urteil</translation>
    </message>
    <message>
        <source>{s} s of silence</source>
        <translation>{s} s Stille</translation>
    </message>
    <message>
        <source>only Space</source>
        <translation>nur der Leertaste</translation>
    </message>
    <message>
        <source>Sentences from a file…</source>
        <translation>Sätze aus einer Datei …</translation>
    </message>
    <message>
        <source>Our sentences</source>
        <translation>Unsere Sätze</translation>
    </message>
    <message>
        <source>A take ends with</source>
        <translation>Eine Aufnahme endet mit</translation>
    </message>
    <message>
        <source>More for who speaks with long pauses.</source>
        <translation>Mehr, wenn du mit langen Pausen sprichst.</translation>
    </message>
</context>
<context>
    <name>Stages</name>
    <message>
        <source>Recordings</source>
        <translation>Aufnahmen</translation>
    </message>
    <message>
        <source>Copying</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Proving the copy</source>
        <translation>Die Kopie wird geprüft</translation>
    </message>
    <message>
        <source>Making the file</source>
        <translation>Die Datei wird erstellt</translation>
    </message>
    <message>
        <source>Letting the engines of phones speak with it</source>
        <translation>Sprachprogramme von Telefonen probieren sie aus</translation>
    </message>
    <message>
        <source>Comparing your recordings with your consent</source>
        <translation>Deine Aufnahmen werden mit deiner Einwilligung verglichen</translation>
    </message>
    <message>
        <source>Listening to your recordings</source>
        <translation>Deine Aufnahmen werden angehört</translation>
    </message>
    <message>
        <source>Finding the voice nearest to yours</source>
        <translation>Die Stimme, die deiner am ähnlichsten ist, wird gesucht</translation>
    </message>
    <message>
        <source>Learning your tone</source>
        <translation>Deine Klangfarbe wird gelernt</translation>
    </message>
    <message>
        <source>Learning your sounds</source>
        <translation>Deine Laute werden gelernt</translation>
    </message>
    <message>
        <source>Learning how you speak</source>
        <translation>Deine Sprechweise wird gelernt</translation>
    </message>
    <message>
        <source>Learning the grain of your voice</source>
        <translation>Die Körnung deiner Stimme wird gelernt</translation>
    </message>
    <message>
        <source>Checking that every word is still there</source>
        <translation>Es wird geprüft, ob noch jedes Wort da ist</translation>
    </message>
    <message>
        <source>Giving the sound its details back</source>
        <translation>Der Klang bekommt seine Feinheiten zurück</translation>
    </message>
    <message>
        <source>Adding the sound above 8 kHz</source>
        <translation>Der Klang über 8 kHz kommt dazu</translation>
    </message>
    <message>
        <source>Making the small voice file</source>
        <translation>Die kleine Stimmdatei entsteht</translation>
    </message>
    <message>
        <source>The voice reads test sentences</source>
        <translation>Die Stimme liest Prüfsätze</translation>
    </message>
    <message>
        <source>A recogniser listens to them</source>
        <translation>Eine Erkennung hört sie sich an</translation>
    </message>
    <message>
        <source>Comparing the voice with you</source>
        <translation>Die Stimme wird mit dir verglichen</translation>
    </message>
    <message>
        <source>Estimating what listeners would say</source>
        <translation>Es wird geschätzt, was Zuhörende sagen würden</translation>
    </message>
    <message>
        <source>Comparing the melody</source>
        <translation>Die Melodie wird verglichen</translation>
    </message>
    <message>
        <source>Measuring the speed</source>
        <translation>Die Geschwindigkeit wird gemessen</translation>
    </message>
    <message>
        <source>nearest voice</source>
        <translation>ähnlichste Stimme</translation>
    </message>
    <message>
        <source>tone</source>
        <translation>Klangfarbe</translation>
    </message>
    <message>
        <source>sounds</source>
        <translation>Laute</translation>
    </message>
    <message>
        <source>manner</source>
        <translation>Sprechweise</translation>
    </message>
    <message>
        <source>grain</source>
        <translation>Körnung</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>pausiert</translation>
    </message>
    <message>
        <source>stopped by an error</source>
        <translation>durch einen Fehler beendet</translation>
    </message>
    <message>
        <source>A first voice</source>
        <translation>Eine erste Stimme</translation>
    </message>
    <message>
        <source>The voice to keep</source>
        <translation>Die Stimme zum Behalten</translation>
    </message>
    <message>
        <source>A recogniser that knows you</source>
        <translation>Eine Erkennung, die dich kennt</translation>
    </message>
    <message>
        <source>A recogniser that knows you well</source>
        <translation>Eine Erkennung, die dich gut kennt</translation>
    </message>
    <message>
        <source>this computer&apos;s processor</source>
        <translation>der Prozessor dieses Rechners</translation>
    </message>
    <message>
        <source>the NVIDIA graphics card</source>
        <translation>die NVIDIA-Grafikkarte</translation>
    </message>
    <message>
        <source>the Apple graphics processor</source>
        <translation>der Apple-Grafikprozessor</translation>
    </message>
    <message>
        <source>the Intel graphics processor</source>
        <translation>der Intel-Grafikprozessor</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
</context>
<context>
    <name>TakeDetail</name>
    <message>
        <source>Play</source>
        <translation>Abspielen</translation>
    </message>
    <message>
        <source>Play or stop (Space)</source>
        <translation>Abspielen oder anhalten (Leertaste)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Delete the chosen takes (Del)</source>
        <translation>Die gewählten Aufnahmen löschen (Entf)</translation>
    </message>
    <message>
        <source>Delete {n}</source>
        <translation>{n} löschen</translation>
    </message>
    <message>
        <source>{khz} kHz, {format}</source>
        <translation>{khz} kHz, {format}</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
</context>
<context>
    <name>TakesModel</name>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Länge</translation>
    </message>
    <message>
        <source>Added</source>
        <translation>Hinzugefügt</translation>
    </message>
    <message>
        <source>{s} s</source>
        <translation>{s} s</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>{what} Ctrl+Z takes it back.</source>
        <translation>{what} Strg+Z nimmt es zurück.</translation>
    </message>
</context>
<context>
    <name>VerdictCard</name>
    <message>
        <source>Keep (Enter)</source>
        <translation>Behalten (Enter)</translation>
    </message>
    <message>
        <source>Again (Backspace)</source>
        <translation>Noch einmal (Rücktaste)</translation>
    </message>
    <message>
        <source>Hear (R)</source>
        <translation>Anhören (R)</translation>
    </message>
    <message>
        <source>Skip (S)</source>
        <translation>Überspringen (S)</translation>
    </message>
    <message>
        <source>Keep anyway (K)</source>
        <translation>Trotzdem behalten (K)</translation>
    </message>
    <message>
        <source>Correct the text (E)</source>
        <translation>Text berichtigen (E)</translation>
    </message>
    <message>
        <source>Figures (I)</source>
        <translation>Werte (I)</translation>
    </message>
    <message>
        <source>What was said</source>
        <translation>Was gesagt wurde</translation>
    </message>
    <message>
        <source>Enter takes it over, Esc leaves the text as it was.</source>
        <translation>Enter übernimmt ihn, Esc lässt den Text, wie er war.</translation>
    </message>
</context>
<context>
    <name>Verdicts</name>
    <message>
        <source>Good</source>
        <translation>Gut</translation>
    </message>
    <message>
        <source>Usable</source>
        <translation>Brauchbar</translation>
    </message>
    <message>
        <source>Record again</source>
        <translation>Neu aufnehmen</translation>
    </message>
    <message>
        <source>{reason} at {s} s</source>
        <translation>{reason} bei {s} s</translation>
    </message>
    <message>
        <source>Good: nothing to do.</source>
        <translation>Gut: nichts zu tun.</translation>
    </message>
    <message>
        <source>Please record it again: {reason}.</source>
        <translation>Bitte neu aufnehmen: {reason}.</translation>
    </message>
    <message>
        <source>It is kept, but: {reason}.</source>
        <translation>Wird behalten, aber: {reason}.</translation>
    </message>
    <message>
        <source>Correct the line to what you said.</source>
        <translation>Korrigiere die Zeile zu dem, was du gesagt hast.</translation>
    </message>
    <message>
        <source>Not kept: {reason}.</source>
        <translation>Nicht behalten: {reason}.</translation>
    </message>
    <message>
        <source>peak {n} dBFS</source>
        <translation>Spitze {n} dBFS</translation>
    </message>
    <message>
        <source>room {n} dBFS</source>
        <translation>Raum {n} dBFS</translation>
    </message>
    <message>
        <source>voice {n} dB above the noise</source>
        <translation>Stimme {n} dB über dem Rauschen</translation>
    </message>
</context>
<context>
    <name>Wording</name>
    <message>
        <source>This should not have happened: {kind}.</source>
        <translation>Das hätte nicht passieren dürfen: {kind}.</translation>
    </message>
    <message>
        <source>Nothing was lost that was kept before. Please report it.</source>
        <translation>Was vorher gespeichert war, ist noch da. Bitte melde den Fehler.</translation>
    </message>
    <message>
        <source>This passphrase does not open the vault.</source>
        <translation>Diese Passphrase öffnet den Tresor nicht.</translation>
    </message>
    <message>
        <source>Capital letters and spaces count. Is Caps Lock on?</source>
        <translation>Großbuchstaben und Leerzeichen zählen. Ist die Feststelltaste an?</translation>
    </message>
    <message>
        <source>This recovery code does not open the vault.</source>
        <translation>Dieser Wiederherstellungscode öffnet den Tresor nicht.</translation>
    </message>
    <message>
        <source>It may be the code of another vault, or one that was replaced.</source>
        <translation>Vielleicht gehört er zu einem anderen Tresor oder wurde ersetzt.</translation>
    </message>
    <message>
        <source>There is no vault in this folder.</source>
        <translation>In diesem Ordner ist kein Tresor.</translation>
    </message>
    <message>
        <source>Choose the folder that was named when the vault was made.</source>
        <translation>Wähle den Ordner, der beim Anlegen des Tresors genannt wurde.</translation>
    </message>
    <message>
        <source>There is something in this folder already.</source>
        <translation>In diesem Ordner ist schon etwas.</translation>
    </message>
    <message>
        <source>Name a new or empty folder.</source>
        <translation>Nenne einen neuen oder leeren Ordner.</translation>
    </message>
    <message>
        <source>This vault is older than the one that was open here last.</source>
        <translation>Dieser Tresor ist älter als der, der hier zuletzt offen war.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Nichts wurde verändert.</translation>
    </message>
    <message>
        <source>The vault was closed meanwhile.</source>
        <translation>Der Tresor wurde inzwischen geschlossen.</translation>
    </message>
    <message>
        <source>{s} s</source>
        <translation>{s} s</translation>
    </message>
    <message>
        <source>{min} min {s} s</source>
        <translation>{min} min {s} s</translation>
    </message>
    <message>
        <source>{min} min</source>
        <translation>{min} min</translation>
    </message>
    <message>
        <source>The vault is open already, in another window or program.</source>
        <translation>Der Tresor ist schon offen, in einem anderen Fenster oder Programm.</translation>
    </message>
    <message>
        <source>Close it there first. If a training goes on there without its window, the vault closes by itself when that has ended.</source>
        <translation>Schließe ihn zuerst dort. Wenn dort ein Training ohne sein Fenster weiterläuft, schließt sich der Tresor von selbst, sobald es zu Ende ist.</translation>
    </message>
    <message>
        <source>{h} h {min} min</source>
        <translation>{h} h {min} min</translation>
    </message>
    <message>
        <source>about {time} left</source>
        <translation>noch etwa {time}</translation>
    </message>
    <message>
        <source>{n} Wh of energy</source>
        <translation>{n} Wh Energie</translation>
    </message>
    <message>
        <source>{n} kB</source>
        <translation>{n} kB</translation>
    </message>
    <message>
        <source>{n} MB</source>
        <translation>{n} MB</translation>
    </message>
</context>
<context>
    <name>Workspace</name>
    <message>
        <source>Lock</source>
        <translation>Abschließen</translation>
    </message>
    <message>
        <source>Close the vault (Ctrl+L)</source>
        <translation>Den Tresor schließen (Strg+L)</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Ctrl+{number}</source>
        <translation>Strg+{number}</translation>
    </message>
    <message>
        <source>New among the pages: {titles}</source>
        <translation>Neu bei den Seiten: {titles}</translation>
    </message>
</context>
</TS>

<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>DeviceChoice</name>
    <message>
        <source>Where it runs</source>
        <translation>Wo trainiert wird</translation>
    </message>
    <message>
        <source>Let VoiceVault choose</source>
        <translation>VoiceVault wählen lassen</translation>
    </message>
    <message>
        <source>Testing how fast this computer is…</source>
        <translation>Es wird geprüft, wie schnell dieser Rechner ist …</translation>
    </message>
    <message>
        <source>The quickest device is chosen when the training starts.</source>
        <translation>Das schnellste Gerät wird gewählt, wenn das Training beginnt.</translation>
    </message>
    <message>
        <source>Let VoiceVault choose: {device}</source>
        <translation>VoiceVault wählen lassen: {device}</translation>
    </message>
    <message>
        <source>There is nothing else to train on in this computer. Everything stays in it.</source>
        <translation>In diesem Rechner gibt es nichts anderes zum Trainieren. Alles bleibt auf ihm.</translation>
    </message>
    <message>
        <source>In a short test {times} times as fast as the next best.</source>
        <translation>In einer kurzen Prüfung {times}-mal so schnell wie das nächstbeste.</translation>
    </message>
</context>
<context>
    <name>Hear</name>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
</context>
<context>
    <name>OutcomeCard</name>
    <message>
        <source>Listen</source>
        <translation>Anhören</translation>
    </message>
    <message>
        <source>Listen to the new voice</source>
        <translation>Die neue Stimme anhören</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Resume the training</source>
        <translation>Das Training fortsetzen</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Jetzt nicht</translation>
    </message>
    <message>
        <source>Your voice is ready</source>
        <translation>Deine Stimme ist fertig</translation>
    </message>
    <message>
        <source>it is in your vault and nowhere else</source>
        <translation>sie liegt in deinem Tresor und nirgends sonst</translation>
    </message>
    <message>
        <source>A training was cut off</source>
        <translation>Ein Training wurde abgebrochen</translation>
    </message>
    <message>
        <source>VoiceVault was closed while it ran. It is kept {where}.</source>
        <translation>VoiceVault wurde geschlossen, während es lief. Es ist aufgehoben: {where}.</translation>
    </message>
    <message>
        <source>The training is paused</source>
        <translation>Das Training macht Pause</translation>
    </message>
    <message>
        <source>What was learnt is kept {where}.</source>
        <translation>Was gelernt wurde, ist aufgehoben: {where}.</translation>
    </message>
    <message>
        <source>It goes on with the same recordings and settings.</source>
        <translation>Es geht mit denselben Aufnahmen und Einstellungen weiter.</translation>
    </message>
    <message>
        <source>The training stopped</source>
        <translation>Das Training ist stehen geblieben</translation>
    </message>
</context>
<context>
    <name>PreviewBar</name>
    <message>
        <source>Hear it now (after {n} steps)</source>
        <translation>Jetzt anhören (nach {n} Schritten)</translation>
    </message>
    <message>
        <source>And before (after {n} steps)</source>
        <translation>Und davor (nach {n} Schritten)</translation>
    </message>
    <message>
        <source>One sentence, as your voice says it so far; the finished one is a little better. Nothing of it is kept.</source>
        <translation>Ein Satz, wie deine Stimme ihn bisher sagt; die fertige ist noch etwas besser. Nichts davon wird aufbewahrt.</translation>
    </message>
    <message>
        <source>You can hear how your voice sounds so far.</source>
        <translation>Du kannst hören, wie deine Stimme bisher klingt.</translation>
    </message>
</context>
<context>
    <name>ProgressCard</name>
    <message>
        <source>Your voice is being trained</source>
        <translation>Deine Stimme wird trainiert</translation>
    </message>
    <message>
        <source>Progress of the training</source>
        <translation>Fortschritt des Trainings</translation>
    </message>
    <message>
        <source>How the error falls</source>
        <translation>Wie der Fehler sinkt</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>The line falls while the voice learns; each part has a scale of its own. You can use other pages meanwhile. Pausing keeps what was learnt.</source>
        <translation>Die Linie sinkt, während die Stimme lernt; jeder Teil hat seinen eigenen Maßstab. Du kannst inzwischen andere Seiten benutzen. Eine Pause hebt auf, was gelernt wurde.</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>Es beginnt …</translation>
    </message>
    <message>
        <source>On {device}.</source>
        <translation>Es rechnet {device}.</translation>
    </message>
    <message>
        <source>{stage}: the error is {value} after {step} steps.</source>
        <translation>{stage}: nach {step} Schritten ist der Fehler {value}.</translation>
    </message>
    <message>
        <source>Energy: {method}</source>
        <translation>Energie: {method}</translation>
    </message>
    <message>
        <source>The energy is not known: {why}</source>
        <translation>Die Energie ist nicht bekannt: {why}</translation>
    </message>
    <message>
        <source>{time} so far</source>
        <translation>{time} bisher</translation>
    </message>
    <message>
        <source>Pausing, and keeping what was learnt…</source>
        <translation>Pause beginnt, Gelerntes wird aufgehoben …</translation>
    </message>
</context>
<context>
    <name>ReadyCard</name>
    <message>
        <source>Record sentences</source>
        <translation>Sätze aufnehmen</translation>
    </message>
    <message>
        <source>Give your consent</source>
        <translation>Einwilligung geben</translation>
    </message>
    <message>
        <source>{n} of {least} sentences, {time} of speech.</source>
        <translation>{n} von {least} Sätzen, {time} Sprache.</translation>
    </message>
    <message>
        <source>{n} sentences, {time} of speech.</source>
        <translation>{n} Sätze, {time} Sprache.</translation>
    </message>
    <message>
        <source>{n} more are left out: they should be recorded again.</source>
        <translation>{n} weitere bleiben weg: sie sollten neu aufgenommen werden.</translation>
    </message>
    <message>
        <source>Consent given: this voice may be made.</source>
        <translation>Einwilligung gegeben: diese Stimme darf entstehen.</translation>
    </message>
    <message>
        <source>A consent is missing: no voice is trained without one, not even your own.</source>
        <translation>Es fehlt eine Einwilligung: ohne sie wird keine Stimme trainiert, auch die eigene nicht.</translation>
    </message>
</context>
<context>
    <name>RecipeCard</name>
    <message>
        <source>Start training</source>
        <translation>Training beginnen</translation>
    </message>
    <message>
        <source>Train: {what}</source>
        <translation>Trainieren: {what}</translation>
    </message>
</context>
<context>
    <name>Recipes</name>
    <message>
        <source>Hear early what is possible. It sounds like you already; words and melody are still a little plain.</source>
        <translation>Höre früh, was möglich ist. Es klingt schon nach dir; Wörter und Melodie sind noch etwas schlicht.</translation>
    </message>
    <message>
        <source>Nearer to you in tone and melody. Train it when you have recorded for a while.</source>
        <translation>Näher an dir in Ton und Melodie. Trainiere sie, wenn du eine Weile aufgenommen hast.</translation>
    </message>
    <message>
        <source>Understands you better than a recogniser made for everybody.</source>
        <translation>Versteht dich besser als eine Erkennung, die für alle gemacht ist.</translation>
    </message>
    <message>
        <source>The same with more time for learning.</source>
        <translation>Dasselbe mit mehr Zeit zum Lernen.</translation>
    </message>
    <message>
        <source>You have {n} sentences.</source>
        <translation>Du hast {n} Sätze.</translation>
    </message>
    <message>
        <source>Needs {need} sentences; you have {n}.</source>
        <translation>Braucht {need} Sätze; du hast {n}.</translation>
    </message>
    <message>
        <source>Needs about {need} of speech; you have {time}.</source>
        <translation>Braucht etwa {need} Sprache; du hast {time}.</translation>
    </message>
    <message>
        <source>You can try it now; with more it will be better.</source>
        <translation>Du kannst es jetzt versuchen; mit mehr wird es besser.</translation>
    </message>
    <message>
        <source>{n} minutes</source>
        <translation>{n} Minuten</translation>
    </message>
    <message>
        <source>Testing how fast this computer is…</source>
        <translation>Es wird geprüft, wie schnell dieser Rechner ist …</translation>
    </message>
    <message>
        <source>How long it takes is known once it has run here.</source>
        <translation>Wie lange es dauert, zeigt sich, wenn es hier einmal gelaufen ist.</translation>
    </message>
    <message>
        <source>Takes about {time}, as your last training here.</source>
        <translation>Dauert etwa {time}, nach deinem letzten Training hier.</translation>
    </message>
    <message>
        <source>Takes about {time}: an estimate from a short test.</source>
        <translation>Dauert etwa {time}: eine Schätzung nach einer kurzen Prüfung.</translation>
    </message>
</context>
<context>
    <name>Runs</name>
    <message>
        <source>at the beginning</source>
        <translation>am Anfang</translation>
    </message>
    <message>
        <source>after {step} of {steps} steps</source>
        <translation>nach {step} von {steps} Schritten</translation>
    </message>
    <message>
        <source>cut off {where}: VoiceVault was closed</source>
        <translation>abgebrochen {where}: VoiceVault wurde geschlossen</translation>
    </message>
    <message>
        <source>stopped by an error {where}: {why}</source>
        <translation>durch einen Fehler beendet {where}: {why}</translation>
    </message>
    <message>
        <source>took {time}</source>
        <translation>dauerte {time}</translation>
    </message>
    <message>
        <source>from {time} of speech</source>
        <translation>aus {time} Sprache</translation>
    </message>
</context>
<context>
    <name>RunsCard</name>
    <message>
        <source>Trainings so far</source>
        <translation>Bisherige Trainings</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Alle zeigen</translation>
    </message>
    <message>
        <source>Listen</source>
        <translation>Anhören</translation>
    </message>
    <message>
        <source>Listen: {run}</source>
        <translation>Anhören: {run}</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Resume: {run}</source>
        <translation>Fortsetzen: {run}</translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message>
        <source>Train</source>
        <translation>Trainieren</translation>
    </message>
    <message>
        <source>Your recordings become a voice, on this computer and nowhere else.</source>
        <translation>Aus deinen Aufnahmen wird eine Stimme, auf diesem Rechner und nirgends sonst.</translation>
    </message>
    <message>
        <source>Something else is running. A training can start after it.</source>
        <translation>Gerade läuft etwas anderes. Danach kann ein Training beginnen.</translation>
    </message>
    <message>
        <source>The training has started: {what}.</source>
        <translation>Das Training hat begonnen: {what}.</translation>
    </message>
    <message>
        <source>Your voice is ready. Go to Voice to hear it.</source>
        <translation>Deine Stimme ist fertig. Unter „Stimme“ kannst du sie hören.</translation>
    </message>
    <message>
        <source>The training is paused. It can be resumed at any time.</source>
        <translation>Das Training macht Pause. Es lässt sich jederzeit fortsetzen.</translation>
    </message>
    <message>
        <source>The training stopped.</source>
        <translation>Das Training ist stehen geblieben.</translation>
    </message>
</context>
</TS>

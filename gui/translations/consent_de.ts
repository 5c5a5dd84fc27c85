<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>ConsentPage</name>
    <message>
        <source>Withdraw…</source>
        <translation>Widerrufen …</translation>
    </message>
    <message>
        <source>Show the sentence</source>
        <translation>Satz zeigen</translation>
    </message>
    <message>
        <source>Record (Space)</source>
        <translation>Aufnehmen (Leertaste)</translation>
    </message>
    <message>
        <source>Another sentence</source>
        <translation>Anderer Satz</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Consent</source>
        <translation>Einwilligung</translation>
    </message>
    <message>
        <source>Without it nothing becomes a voice.</source>
        <translation>Ohne sie wird nichts zur Stimme.</translation>
    </message>
    <message>
        <source>name the person and what they are to you</source>
        <translation>nenne die Person und was sie für dich ist</translation>
    </message>
    <message>
        <source>both are part of the sentence, up to 60 letters</source>
        <translation>beides gehört zum Satz, jeweils höchstens 60 Zeichen</translation>
    </message>
    <message>
        <source>Nobody has consented yet</source>
        <translation>Noch hat niemand eingewilligt</translation>
    </message>
    <message>
        <source>Record some sentences first: your voice is compared with them.</source>
        <translation>Nimm zuerst einige Sätze auf: Mit ihnen wird deine Stimme verglichen.</translation>
    </message>
    <message>
        <source>Say one sentence, and a voice can be made from these recordings.</source>
        <translation>Sprich einen Satz, und aus diesen Aufnahmen kann eine Stimme entstehen.</translation>
    </message>
    <message>
        <source>Consent for your own voice, {day}</source>
        <translation>Einwilligung für deine eigene Stimme, {day}</translation>
    </message>
    <message>
        <source>Declared for {whose}, {day}</source>
        <translation>Erklärt für {whose}, {day}</translation>
    </message>
    <message>
        <source>Say a new one</source>
        <translation>Neu einwilligen</translation>
    </message>
    <message>
        <source>Read the sentence aloud.</source>
        <translation>Lies den Satz laut vor.</translation>
    </message>
    <message>
        <source>Read this aloud within 15 minutes. Press Space to begin.</source>
        <translation>Lies das innerhalb von 15 Minuten laut vor. Mit der Leertaste beginnst du.</translation>
    </message>
    <message>
        <source>Done (Space)</source>
        <translation>Fertig (Leertaste)</translation>
    </message>
    <message>
        <source>Speak now</source>
        <translation>Sprich jetzt</translation>
    </message>
    <message>
        <source>Nothing was heard. Check the microphone and say it again.</source>
        <translation>Es war nichts zu hören. Prüfe das Mikrofon und sprich den Satz noch einmal.</translation>
    </message>
    <message>
        <source>Comparing words and voice…</source>
        <translation>Wörter und Stimme werden verglichen …</translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation>es läuft schon etwas anderes</translation>
    </message>
    <message>
        <source>wait for it, then say the sentence again</source>
        <translation>warte darauf und sprich den Satz dann noch einmal</translation>
    </message>
    <message>
        <source>Thank you. A voice may be made from these recordings.</source>
        <translation>Danke. Aus diesen Aufnahmen darf eine Stimme entstehen.</translation>
    </message>
    <message>
        <source>Withdraw the consent?</source>
        <translation>Einwilligung widerrufen?</translation>
    </message>
    <message>
        <source>From then on nothing is trained or exported. Recordings and voices in the vault stay until you delete them. Files that were exported are out of reach.</source>
        <translation>Von da an wird nichts mehr trainiert oder exportiert. Aufnahmen und Stimmen im Tresor bleiben, bis du sie löschst. Dateien, die exportiert wurden, sind nicht erreichbar.</translation>
    </message>
    <message>
        <source>Withdraw</source>
        <translation>Widerrufen</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Withdrawn. Nothing is trained or exported from now on.</source>
        <translation>Widerrufen. Ab jetzt wird nichts mehr trainiert oder exportiert.</translation>
    </message>
    <message>
        <source>Still in the vault: {voices}.</source>
        <translation>Noch im Tresor: {voices}.</translation>
    </message>
    <message>
        <source>Whose voice is it?</source>
        <translation>Wessen Stimme ist es?</translation>
    </message>
    <message>
        <source>What it allows, and what not</source>
        <translation>Was sie erlaubt und was nicht</translation>
    </message>
    <message>
        <source>It allows voices to be trained and exported from the recordings in here.</source>
        <translation>Sie erlaubt, aus den Aufnahmen in diesem Tresor Stimmen zu trainieren und zu exportieren.</translation>
    </message>
    <message>
        <source>You say a sentence with today&apos;s date and three words that nobody could foresee. Its words and its voice are compared, now and again with every training.</source>
        <translation>Du sprichst einen Satz mit dem heutigen Datum und drei Wörtern, die niemand vorhersehen konnte. Seine Wörter und seine Stimme werden verglichen, jetzt und bei jedem Training wieder.</translation>
    </message>
    <message>
        <source>It is kept in the vault with its sound. Its kind, date and hash travel with every exported voice; the sound does not.</source>
        <translation>Sie liegt mit ihrem Ton im Tresor. Ihre Art, ihr Datum und ihre Prüfsumme gehen mit jeder exportierten Stimme mit; der Ton nicht.</translation>
    </message>
    <message>
        <source>You can withdraw it at any time, here. What was exported is out of reach.</source>
        <translation>Du kannst sie jederzeit hier widerrufen. Was exportiert wurde, ist nicht erreichbar.</translation>
    </message>
</context>
</TS>

<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>ConsentPage</name>
    <message>
        <source>Withdraw…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the sentence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another sentence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Consent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without it nothing becomes a voice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>name the person and what they are to you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>both are part of the sentence, up to 60 letters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody has consented yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record some sentences first: your voice is compared with them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say one sentence, and a voice can be made from these recordings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Consent for your own voice, {day}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Declared for {whose}, {day}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say a new one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read the sentence aloud.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read this aloud within 15 minutes. Press Space to begin.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speak now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was heard. Check the microphone and say it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparing words and voice…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wait for it, then say the sentence again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thank you. A voice may be made from these recordings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Withdraw the consent?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From then on nothing is trained or exported. Recordings and voices in the vault stay until you delete them. Files that were exported are out of reach.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Withdraw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Withdrawn. Nothing is trained or exported from now on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Still in the vault: {voices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whose voice is it?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it allows, and what not</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It allows voices to be trained and exported from the recordings in here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You say a sentence with today&apos;s date and three words that nobody could foresee. Its words and its voice are compared, now and again with every training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is kept in the vault with its sound. Its kind, date and hash travel with every exported voice; the sound does not.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You can withdraw it at any time, here. What was exported is out of reach.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>

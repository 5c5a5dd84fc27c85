<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>CarryPage</name>
    <message>
        <source>Take it with you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your voice as one file, for your phone and other programs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which voice, and where to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It will speak in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its name there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Letters, digits and _; others may see it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I know, and I want it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file is made</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is not encrypted. Anyone with this file can make your voice say anything, and nobody can take it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the phone by QR code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What to do there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no voice yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train one first; then it can leave with you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wait until it has ended, or stop it first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped; no file was made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the file goes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved as {path}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is on the phone. What to do there:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menus are named as we know them; a newer version may name them otherwise.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CodeView</name>
    <message>
        <source>QR code of the link</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecordCard</name>
    <message>
        <source>Whose voice it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the record</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file carries this record, signed with the key in your vault.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the record goes</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SendPanel</name>
    <message>
        <source>Show the code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sending to the phone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The phone has to be in the same network. The file goes over it as plain HTTP, not encrypted: do this at home and not in a café. It can be fetched once, within five minutes, by whoever has the code.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point the phone&apos;s camera at the code and open the link.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The link, if the phone has no camera</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer is in no home network now. Connect it to the phone&apos;s Wi-Fi, or save the file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wait until it has ended, or stop it first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The phone can fetch it now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sending…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It works for {time} more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has arrived. The link is dead now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody fetched it in time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was begun and did not arrive.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Is the phone in the same Wi-Fi, and does a firewall let it in?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped. The link is dead now.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>

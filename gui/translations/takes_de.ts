<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>TakesPage</name>
    <message>
        <source>Search the texts (Ctrl+F)</source>
        <translation>Texte durchsuchen (Strg+F)</translation>
    </message>
    <message>
        <source>Search the texts</source>
        <translation>Texte durchsuchen</translation>
    </message>
    <message>
        <source>Which takes are shown</source>
        <translation>Welche Aufnahmen gezeigt werden</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Gut</translation>
    </message>
    <message>
        <source>Usable</source>
        <translation>Brauchbar</translation>
    </message>
    <message>
        <source>To record again</source>
        <translation>Neu aufzunehmen</translation>
    </message>
    <message>
        <source>Takes</source>
        <translation>Aufnahmen</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>Importieren</translation>
    </message>
    <message>
        <source>A folder with metadata.csv…</source>
        <translation>Ein Ordner mit metadata.csv …</translation>
    </message>
    <message>
        <source>One recording…</source>
        <translation>Eine Aufnahme …</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Aufnehmen</translation>
    </message>
    <message>
        <source>No takes yet</source>
        <translation>Noch keine Aufnahmen</translation>
    </message>
    <message>
        <source>Record sentences here, or drop a folder of recordings with a metadata.csv onto this page. Ten sentences are enough for a first impression.</source>
        <translation>Nimm hier Sätze auf oder ziehe einen Ordner mit Aufnahmen und einer metadata.csv auf diese Seite. Zehn Sätze genügen für einen ersten Eindruck.</translation>
    </message>
    <message>
        <source>What is said in it?</source>
        <translation>Was wird darin gesagt?</translation>
    </message>
    <message>
        <source>The words of {name}</source>
        <translation>Die Wörter von {name}</translation>
    </message>
    <message>
        <source>{n} things were dropped at once</source>
        <translation>es wurden {n} Dinge zugleich abgelegt</translation>
    </message>
    <message>
        <source>drop one folder with a metadata.csv, or one recording</source>
        <translation>lege einen Ordner mit einer metadata.csv ab oder eine Aufnahme</translation>
    </message>
    <message>
        <source>{n} takes, {usable} usable, {speech} of speech</source>
        <translation>{n} Aufnahmen, {usable} brauchbar, {speech} Sprache</translation>
    </message>
    <message>
        <source>Nothing recorded yet</source>
        <translation>Noch nichts aufgenommen</translation>
    </message>
    <message>
        <source>{n} takes shown</source>
        <translation>{n} Aufnahmen gezeigt</translation>
    </message>
    <message>
        <source>A folder with metadata.csv</source>
        <translation>Ein Ordner mit metadata.csv</translation>
    </message>
    <message>
        <source>A recording</source>
        <translation>Eine Aufnahme</translation>
    </message>
    <message>
        <source>Recordings ({kinds})</source>
        <translation>Aufnahmen ({kinds})</translation>
    </message>
    <message>
        <source>something else is running</source>
        <translation>es läuft schon etwas anderes</translation>
    </message>
    <message>
        <source>wait for it, or stop it</source>
        <translation>warte darauf oder halte es an</translation>
    </message>
    <message>
        <source>Imported: {text}</source>
        <translation>Importiert: {text}</translation>
    </message>
    <message>
        <source>1 take will be deleted for good.</source>
        <translation>1 Aufnahme wird endgültig gelöscht.</translation>
    </message>
    <message>
        <source>{n} takes will be deleted for good.</source>
        <translation>{n} Aufnahmen werden endgültig gelöscht.</translation>
    </message>
    <message>
        <source>Nothing was deleted.</source>
        <translation>Nichts wurde gelöscht.</translation>
    </message>
</context>
</TS>

/** What the entities of GTFS-realtime share when they are written. */
export function text(writer, tag, value) {
    if (value !== undefined)
        writer.string(tag, value);
}
export function whole(writer, tag, value) {
    if (value !== undefined)
        writer.varint(tag, value);
}
export function writeTranslations(writer, tag, translations) {
    if (translations.length === 0)
        return;
    const start = writer.begin(tag);
    for (const { text: words, language } of translations) {
        const inner = writer.begin(10);
        text(writer, 10, words);
        text(writer, 18, language);
        writer.end(inner);
    }
    writer.end(start);
}

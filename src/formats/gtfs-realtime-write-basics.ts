import type { TranslationMessage } from "./gtfs-realtime.js";
import type { ProtobufWriter } from "./protobuf-writer.js";

/** What the entities of GTFS-realtime share when they are written. */

export function text(writer: ProtobufWriter, tag: number, value: string | undefined): void {
	if (value !== undefined) writer.string(tag, value);
}

export function whole(writer: ProtobufWriter, tag: number, value: number | undefined): void {
	if (value !== undefined) writer.varint(tag, value);
}

export function writeTranslations(
	writer: ProtobufWriter,
	tag: number,
	translations: readonly TranslationMessage[],
): void {
	if (translations.length === 0) return;
	const start = writer.begin(tag);
	for (const { text: words, language } of translations) {
		const inner = writer.begin(10);
		text(writer, 10, words);
		text(writer, 18, language);
		writer.end(inner);
	}
	writer.end(start);
}

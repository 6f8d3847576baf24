import { isAbsolute, resolve as resolvePath } from "node:path";
import { cellOf, columnsOf, csvRows } from "../formats/csv.js";
import { decodeText } from "../formats/text.js";
import { messageOf } from "../model/failure.js";
import type { Files } from "../runtime/files.js";
import type { CrosswalkEntry } from "../schedule/id-rules.js";
import { markOfFile } from "../schedule/rules-keeper.js";

const ROWS_MAX = 1_000_000;
const BYTES_MAX = 64 * 1024 * 1024;
/** Lines of one file that are told one by one. */
const LINES_TOLD = 10;

/** Takes what is wrong, and how to mend it. */
export type SayOfIds = (message: string, mend: string) => void;

/** Where a crosswalk is, and which of its columns are meant. Undefined: the first and the second. */
export interface CrosswalkPlace {
	readonly file: string;
	readonly from: string | undefined;
	readonly to: string | undefined;
}

type CrosswalkOption =
	| string
	| { readonly file: string; readonly from?: string | undefined; readonly to?: string | undefined };

export function crosswalkAt(option: CrosswalkOption, folder: string): CrosswalkPlace {
	if (typeof option === "string") return { file: absolute(option, folder), from: undefined, to: undefined };
	return { file: absolute(option.file, folder), from: option.from, to: option.to };
}

export function absolute(path: string, folder: string): string {
	return isAbsolute(path) ? path : resolvePath(folder, path);
}

/** Reads files and notes how each looked just before, so that a change while it is read is seen at the next look. */
export class FileLooks {
	readonly #files: Files;
	readonly #marks = new Map<string, string>();

	constructor(files: Files) {
		this.#files = files;
	}

	get paths(): readonly string[] {
		return [...this.#marks.keys()];
	}

	get mark(): string {
		return [...this.#marks.values()].join("|");
	}

	async read(path: string): Promise<Uint8Array> {
		// Noted before anything can fail: a file that cannot be looked at is watched all the same.
		if (!this.#marks.has(path)) this.#marks.set(path, await markOfFile(this.#files, path));
		return this.#files.read(path);
	}
}

/** The pairs of a crosswalk with their lines; what cannot be used is told with file and line, and left out. */
export async function readCrosswalk(
	place: CrosswalkPlace,
	looks: FileLooks,
	say: SayOfIds,
): Promise<readonly CrosswalkEntry[]> {
	const { file } = place;
	let bytes: Uint8Array;
	try {
		bytes = await looks.read(file);
	} catch (thrown) {
		say(`the crosswalk cannot be read: ${messageOf(thrown)}`, "check the path");
		return [];
	}
	if (bytes.byteLength > BYTES_MAX) {
		say(
			`the crosswalk ${file} has ${bytes.byteLength} bytes`,
			`it may have ${BYTES_MAX}; is it the right file?`,
		);
		return [];
	}
	let wrong = 0;
	const sayOfLine: SayOfIds = (message, mend) => {
		if (++wrong <= LINES_TOLD) say(message, mend);
	};
	const entries = entriesOf(decodeText(bytes).text, place, sayOfLine);
	if (wrong > LINES_TOLD) say(`${file}: ${wrong - LINES_TOLD} more lines cannot be used`, "mend them too");
	if (entries.length === 0 && wrong === 0)
		say(`the crosswalk ${file} has no ids`, "fill it, or remove the crosswalk");
	return entries;
}

function entriesOf(text: string, place: CrosswalkPlace, say: SayOfIds): CrosswalkEntry[] {
	const { file } = place;
	const entries: CrosswalkEntry[] = [];
	const known = new Map<string, CrosswalkEntry>();
	let columns:
		| { readonly left: string; readonly right: string; readonly byName: ReturnType<typeof columnsOf> }
		| undefined;
	for (const { fields, line, failure } of csvRows(text, { rowsMax: ROWS_MAX })) {
		if (failure) {
			say(`${file}:${line}: ${failure.message}`, "mend the line");
			continue;
		}
		if (columns === undefined) {
			const byName = columnsOf(fields);
			const names = [...byName.keys()];
			columns = { left: place.from ?? names[0] ?? "", right: place.to ?? names[1] ?? "", byName };
			const missing = [columns.left, columns.right].find((name) => !names.includes(name));
			if (missing === undefined) continue;
			const what = missing === "" ? "two columns" : `a column "${missing}"`;
			say(
				`${file}:${line}: the header lacks ${what}; it has ${names.join(", ")}`,
				"correct from and to, or the file",
			);
			return entries;
		}
		const from = cellOf(fields, columns.byName, columns.left);
		const to = cellOf(fields, columns.byName, columns.right);
		if (from === undefined || to === undefined) continue;
		const before = known.get(from);
		if (before === undefined) {
			known.set(from, { from, to, line });
			entries.push({ from, to, line });
		} else if (before.to !== to)
			say(
				`${file}:${line}: "${from}" becomes "${to}" here and "${before.to}" in line ${before.line}`,
				"keep one of the two",
			);
	}
	return entries;
}

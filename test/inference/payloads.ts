import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { CapturedPayload } from "../../src/quality/inference/documents.js";
import type { Sample } from "./samples.js";

/** The messages of a sample, as they would have been received. */
export function payloadsOf(
	folder: string,
	{ path, only, unwrap, payloads }: Sample,
): readonly CapturedPayload[] {
	if (payloads !== undefined) return payloads(folder);
	const whole = join(folder, path);
	const files = statSync(whole).isDirectory()
		? readdirSync(whole)
				.filter((name) => only?.test(name) ?? true)
				.sort()
				.map((name) => join(whole, name))
		: [whole];
	return files.flatMap((file): readonly CapturedPayload[] => {
		const raw = readFileSync(file);
		const bytes = file.endsWith(".gz") ? gunzipSync(raw) : raw;
		const name = file.slice(folder.length + 1);
		if (unwrap === undefined) return [{ name, bytes }];
		return unwrap(bytes.toString("utf8")).map((text) => ({ name, bytes: new TextEncoder().encode(text) }));
	});
}

import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { tarOf } from "./tar.js";

const bytes = (text: string) => new TextEncoder().encode(text);

it("is an archive that the tar of the system reads, byte for byte", () => {
	const files = [
		{ name: "one/review.md", bytes: bytes("# Straße\n") },
		{ name: "one/empty.ndjson", bytes: bytes("") },
		{ name: "one/block.json", bytes: new Uint8Array(512).fill(65) },
		{ name: "one/large.bin", bytes: new Uint8Array(100_000).map((_, at) => at % 251) },
	];
	const archive = tarOf(files, Date.UTC(2026, 10, 23, 7, 31));
	expect(archive.length % 512).toBe(0);
	const listed = spawnSync("tar", ["-tvf", "-", "--utc"], { input: archive, encoding: "utf8" });
	expect(listed.stderr).toBe("");
	expect(
		listed.stdout
			.trim()
			.split("\n")
			.map((line) => line.split(/\s+/).slice(2).join(" ")),
	).toEqual([
		"10 2026-11-23 07:31 one/review.md",
		"0 2026-11-23 07:31 one/empty.ndjson",
		"512 2026-11-23 07:31 one/block.json",
		"100000 2026-11-23 07:31 one/large.bin",
	]);
	for (const { name, bytes: wanted } of files) {
		const got = spawnSync("tar", ["-xOf", "-", name], { input: archive });
		expect(Buffer.compare(got.stdout, wanted), name).toBe(0);
	}
	expect(tarOf(files, 1_000)).toEqual(tarOf(files, 1_000));
});

it("refuses names that would leave the folder into which they are unpacked, or that it cannot write", () => {
	for (const name of ["/etc/passwd", "a b", "", "ä", `a/${"b".repeat(120)}`, "a/../../b"])
		expect(() => tarOf([{ name, bytes: bytes("") }], 0), name).toThrow(RangeError);
});

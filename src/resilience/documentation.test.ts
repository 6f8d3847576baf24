import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { resolveOptions } from "./resolve-options.js";

const here = new URL("./", import.meta.url);
const guide = readFileSync(new URL("../../docs/resilience.md", here), "utf8");
const tests = readdirSync(here)
	.filter((name) => name.endsWith(".test.ts"))
	.map((name) => readFileSync(new URL(name, here), "utf8"))
	.join("\n");

describe("docs/resilience.md", () => {
	it("names for everything that goes wrong elsewhere a test that exists", () => {
		const table = guide.slice(guide.indexOf("## What goes wrong"), guide.indexOf("## Testing your own code"));
		const rows = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
		const names = rows.slice(1).map((row) => row.split("|")[2]?.trim() ?? "");
		expect(names.length).toBeGreaterThan(20);
		expect(names.filter((name) => name === "" || !tests.includes(`it("${name}"`))).toEqual([]);
	});

	it("shows each of the thirty behaviours by a test that carries its number", () => {
		const missing = Array.from({ length: 30 }, (_, at) => at + 1).filter(
			(number) => !tests.includes(`it("behaviour ${number}: `),
		);
		expect(missing).toEqual([]);
	});

	it("lists every option", () => {
		const options = readFileSync(new URL("options.ts", here), "utf8");
		const names = [...options.matchAll(/^\treadonly (\w+)\?:/gm)].map(([, name]) => name ?? "");
		expect(names.length).toBeGreaterThan(30);
		expect(names.filter((name) => !guide.includes(name))).toEqual([]);
	});

	it("states the defaults that the options have", () => {
		const settings: Readonly<Record<string, unknown>> = { ...resolveOptions({}) };
		const rows = [...guide.matchAll(/^\| `\w+\.(\w+)` \| ([\d,.]+)/gm)];
		expect(rows.length).toBeGreaterThan(15);
		for (const [, name = "", text = ""] of rows) {
			const stated = Number(text.replace(/[,.]$/, "").replaceAll(",", ""));
			expect([name, settings[name]]).toEqual([name, stated]);
		}
	});
});

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
		const table = guide.slice(guide.indexOf("## What goes wrong"), guide.indexOf("## The rules"));
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

	it("tells each of the twenty-nine rules, with where it comes from", () => {
		const table = guide.slice(guide.indexOf("## The rules"), guide.indexOf("## Testing your own code"));
		const rows = [...table.matchAll(/^\| (\d+) \| (.+?) \| (.+?) \|$/gm)];
		expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 29 }, (_, at) => at + 1));
	});

	const section = guide.slice(guide.indexOf("## Every option"), guide.indexOf("## Waiting"));
	const optionRows = section.split("\n").filter((line) => line.startsWith("| `"));
	const cellsOf = (row: string) => row.split("|").map((cell) => cell.trim());

	it("lists every option with its default and the reason for it", () => {
		const listed = new Set<string>();
		for (const row of optionRows) {
			const [, names = "", preset, why, ...rest] = cellsOf(row);
			expect([row, preset === "", why === "", rest]).toEqual([row, false, false, [""]]);
			for (const [, name = ""] of names.matchAll(/`([\w.]+)`/g)) listed.add(name);
		}
		const interfacesOf = (file: string) =>
			[...readFileSync(new URL(file, here), "utf8").matchAll(/^export interface (\w+).*?^\}/gms)].map(
				([text, name = ""]) => ({
					name,
					options: [...text.matchAll(/^\treadonly (\w+)\??:/gm)].map(([, option = ""]) => option),
				}),
			);
		const sections = ["Retry", "Breaker", "Timeout", "Bulkhead", "Budget", "Fallback", "Hedge"];
		const ofUpstream = interfacesOf("options.ts").filter(({ name }) =>
			sections.includes(name.replace(/Options$/, "")),
		);
		expect(ofUpstream).toHaveLength(sections.length);
		for (const { name, options } of ofUpstream) {
			const prefix = name.replace(/Options$/, "").toLowerCase();
			for (const option of options) {
				// A group of options of its own, whose members are rows.
				if (option === "ratio") continue;
				expect([`${prefix}.${option}`, listed.has(`${prefix}.${option}`)]).toEqual([
					`${prefix}.${option}`,
					true,
				]);
			}
		}
		for (const { name, options } of [...interfacesOf("options.ts"), ...interfacesOf("upstream.ts")]) {
			if (!/^(Upstream|SyncJob|Execute|Attempt)Options$/.test(name)) continue;
			const single = options.filter((option) => !sections.some((one) => one.toLowerCase() === option));
			expect(single.filter((option) => !listed.has(option))).toEqual([]);
		}
		for (const name of ["breaker.ratio.share", "breaker.ratio.minimum", "breaker.ratio.windowMs"]) {
			expect(listed).toContain(name);
		}
	});

	it("states the defaults that the options have", () => {
		const settings: Readonly<Record<string, unknown>> = { ...resolveOptions({}) };
		const renamed: Readonly<Record<string, string>> = {
			"breaker.successes": "closeAfter",
			"breaker.ratio.minimum": "ratioMinimum",
			"breaker.ratio.windowMs": "ratioWindowMs",
			"hedge.percentile": "hedgePercentile",
			"hedge.minimum": "hedgeMinimum",
		};
		let numbers = 0;
		for (const row of optionRows) {
			const [, names = "", preset = ""] = cellsOf(row);
			const name = /^`(\w+\.[\w.]+)`$/.exec(names)?.[1];
			const stated = /^\d[\d,]*(\.\d+)?/.exec(preset)?.[0];
			if (name === undefined || stated === undefined) continue;
			numbers += 1;
			const setting = renamed[name] ?? name.split(".").at(-1) ?? "";
			expect([name, settings[setting]]).toEqual([name, Number(stated.replaceAll(",", ""))]);
		}
		expect(numbers).toBe(28);
	});
});

import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./tidy/repository.js";

interface Ran {
	readonly code: number | null;
	readonly text: Buffer;
}

/** The built command line, as a person starts it. */
function simulate(...words: string[]): Promise<Ran> {
	const child = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), "simulate", ...words], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	const pieces: Buffer[] = [];
	child.stdout.on("data", (piece: Buffer) => pieces.push(piece));
	return new Promise((resolve) =>
		child.on("close", (code) => resolve({ code, text: Buffer.concat(pieces) })),
	);
}

describe("wayside simulate as a process", { timeout: 120_000 }, () => {
	it("tells the same story of a seed in another process, byte for byte", async () => {
		const [once, again] = await Promise.all([
			simulate("--seed", "21", "--trace"),
			simulate("--seed", "21", "--trace"),
		]);
		const lines = (text: Buffer) => text.toString().trimEnd().split("\n").slice(0, -1).join("\n");
		expect(once.code).toBe(0);
		expect(lines(once.text)).toMatch(/process 2 starts/);
		expect(once.text.length).toBeGreaterThan(30_000);
		// The last line says how long the machine took.
		expect(lines(again.text)).toBe(lines(once.text));
	});

	it("runs the seeds that were named, and prints what the manual says", async () => {
		const { code, text } = await simulate("--seed", "21,14", "--json");
		expect(JSON.parse(text.toString())).toEqual({
			seeds: 2,
			failed: [],
			virtualHours: expect.any(Number),
			seconds: expect.any(Number),
		});
		expect(code).toBe(0);
	});

	it("finds the same in several processes as in one", async () => {
		const [one, several] = await Promise.all([
			simulate("--seed", "3,4", "--jobs", "1", "--json"),
			simulate("--seed", "3,4", "--jobs", "2", "--json"),
		]);
		const withoutTime = (text: Buffer) => ({ ...JSON.parse(text.toString()), seconds: 0 });
		expect(withoutTime(several.text)).toEqual(withoutTime(one.text));
		expect(several.code).toBe(0);
	});

	it.each([
		[["--seed", "x"], 2],
		[["--jobs", "0"], 2],
		[["--known", "--seed", "3"], 2],
		[["--known", "--long"], 2],
		[["--trace"], 2],
		[["--seed", "1,2", "--trace"], 2],
	])("refuses %j as a mistake of the command line", async (words, expected) => {
		expect((await simulate(...words)).code).toBe(expected);
	});
});

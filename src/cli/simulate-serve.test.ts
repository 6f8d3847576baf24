import { describe, expect, it } from "vitest";
import { BUILTINS } from "../config/builtins.js";
import { loadConfig } from "../config/load.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { serveWire } from "../runtime/node-server.js";
import { PROFILE_NAMES } from "../simulation/city-profile.js";
import { FORMAT_CHANGES } from "../simulation/gateway-changes.js";
import { SPEECHES } from "../simulation/gateway-speeches.js";
import { runCli } from "./program.js";

/** Runs `simulate` with these words and collects what it prints. */
async function simulate(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const runtime = createNodeRuntime();
	const code = await runCli(["simulate", ...words], {
		terminal: {
			environment: {},
			out: (line) => out.push(line),
			err: (line) => err.push(line),
			paint: (_tone, text) => text,
			progress: () => ({ show: () => {}, end: () => {} }),
			onStop: () => () => {},
		},
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: "/nowhere",
	});
	await runtime.close();
	return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("wayside simulate --serve", () => {
	it.each([
		[["--vehicles", "none"], "--vehicles none: a whole number from 2 to 5000 is expected"],
		[["--seed", "one"], "--seed one: a whole number from 0 to 999999999 is expected"],
		[["--port", "70000"], "--port 70000: a whole number from 0 to 65535 is expected"],
		[["--format", "avl"], `--format avl: one of ${SPEECHES.join(", ")} is expected`],
		[["--profile", "bart"], `--profile bart: one of ${PROFILE_NAMES.join(", ")} is expected`],
		[["--change", "colour@1"], `--change colour@1: one of ${FORMAT_CHANGES.join(", ")} is expected`],
		[["--change", "new-field"], "new-field@MINUTES is expected, or new-field@MINUTES:PERCENT%"],
		[["--change", "new-field@1:200%"], "new-field@MINUTES:PERCENT%"],
		[["--bandwidth", "16"], "--bandwidth 16: bytes in a time are expected, such as 16KiB/s"],
		[["--bandwidth", "16/s"], "--bandwidth 16/s: bytes in a time are expected, such as 16KiB/s"],
		[["--speed", "0"], "--speed 0: a number above 0, up to 1000, is expected"],
		[["--sped", "2"], "Did you mean one of --seed, --speed?"],
	])("refuses %j and names what it may be", async (words, said) => {
		const { code, err } = await simulate("--serve", ...words);
		expect(err).toContain(said);
		expect(code).toBe(2);
	});

	it("says which port is taken", async () => {
		const taken = await serveWire({ clock: createNodeRuntime().clock, handle: () => ({ kind: "hang" }) });
		const { code, err } = await simulate("--serve", "--vehicles", "2", "--port", String(taken.port));
		await taken.close();
		expect(err).toContain(`Cannot listen on 127.0.0.1:${taken.port} (EADDRINUSE); choose another port`);
		expect(code).toBe(78);
	});

	it.each([undefined, ...SPEECHES])(
		"prints a configuration without a finding (format %s)",
		async (format) => {
			const { code, out } = await simulate(
				"--print-config",
				...(format === undefined ? [] : ["--format", format]),
			);
			expect(code).toBe(0);
			const { config, findings } = await loadConfig(out, "/nowhere", {
				plugins: BUILTINS,
				runtime: createNodeRuntime(),
				environment: {},
				skipEnvironment: true,
			});
			expect(findings).toEqual([]);
			expect(config?.feeds).toHaveLength(format === undefined ? 2 : 1);
		},
	);
});

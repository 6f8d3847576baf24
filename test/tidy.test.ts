import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bannedUses, EXCEPTIONS } from "./tidy/bans.js";
import { ROOT, repositoryFiles } from "./tidy/repository.js";
import { TEXT_RULES, textFindings } from "./tidy/text-rules.js";

const LINES_WARN = 400;
const LINES_MAX = 450;
/** A suite is a list of cases: longer, and still one thing. */
const LINES_MAX_TEST = 600;

const files = repositoryFiles();
const sources = files.filter(({ path }) => /^src\/.*\.ts$/.test(path) && !path.endsWith(".test.ts"));

it("reads the repository", () => {
	expect(sources.length).toBeGreaterThan(100);
	for (const path of ["package.json", "src/hub.ts", "README.md", ".ci/run", "test/tidy.test.ts"])
		expect(files.map((file) => file.path)).toContain(path);
});

describe("only runtime/ touches the world", () => {
	it("holds for every file", () => {
		const found = sources.flatMap(({ path, text }) =>
			bannedUses(path, text).map(({ line, what, instead }) => `${path}:${line}: ${what}; ${instead}`),
		);
		expect(found).toEqual([]);
	});

	it.each([
		"const a = Date.now();",
		"const a = new Date(0);",
		"const a = Date.UTC(2020, 1);",
		"const a = globalThis.Date;",
		"setTimeout(run, 5);",
		"globalThis.setTimeout(run, 5);",
		"const later = setInterval;",
		"setImmediate(run);",
		"const a = performance.now();",
		"const a = AbortSignal.timeout(5);",
		"const a = Math.random();",
		"const a = { random: Math.random };",
		'import { randomBytes } from "node:crypto";',
		'import { createHash, randomUUID as id } from "crypto";',
		'import * as c from "node:crypto";',
		"const a = crypto.getRandomValues(b);",
		"const a = globalThis.crypto.randomUUID();",
		"await fetch(url);",
		"const f = globalThis.fetch;",
		'import { readFileSync } from "node:fs";',
		'import { readFile } from "fs/promises";',
		'import net from "node:net";',
		'import { createServer } from "node:http";',
		'import { setTimeout as wait } from "node:timers/promises";',
		'import { performance as p } from "node:perf_hooks";',
		'import { request } from "undici";',
		'export { readFile } from "node:fs/promises";',
		'const fs = await import("node:fs");',
		'const fs = require("fs");',
		"const a = process.env.HOME;",
		"const a = process.hrtime();",
		'const a = new Intl.DateTimeFormat("en-US");',
		'const a = new Intl.DateTimeFormat("en-US", { hour: "2-digit" });',
		"const a = time.toLocaleTimeString();",
		"class A { run() { return Date.now(); } }",
		"const f = (at = Date.now()) => at;",
		"const a = `${Date.now()}`;",
	])("catches %s", (planted) => {
		expect(bannedUses("src/log/planted.ts", planted)).not.toEqual([]);
	});

	it.each([
		"// Date.now() is what runtime/ is for",
		'const a = "setTimeout";',
		"const a: Date | undefined = undefined;",
		"interface A { performance: number; setTimeout(): void }",
		"const a = { performance: 1, fetch: 2 };",
		"const a = b.performance + b.fetch();",
		'import { createHash, createHmac, timingSafeEqual } from "node:crypto";',
		'import type { Socket } from "node:net";',
		'import { join } from "node:path";',
		'const a = new Intl.DateTimeFormat("en-US", { timeZone: zone });',
		"const a = Math.min(1, 2);",
		"const a = AbortSignal.any([b]);",
		"queueMicrotask(run);",
	])("lets %s pass", (innocent) => {
		expect(bannedUses("src/log/planted.ts", innocent)).toEqual([]);
	});

	it("has no exception that nothing needs", () => {
		for (const { path } of EXCEPTIONS)
			expect(
				sources.some((file) => path.test(file.path)),
				`${path}`,
			).toBe(true);
		expect(bannedUses("src/stores/planted.ts", 'import { openSync } from "node:fs";')).toEqual([]);
		expect(bannedUses("src/stores/planted.ts", "Date.now();")).toHaveLength(1);
		expect(bannedUses("src/cli/check.ts", "process.exit(1);")).toHaveLength(1);
	});
});

describe("text", () => {
	it("follows every rule", () => {
		expect(textFindings(files)).toEqual([]);
	});

	it.each(TEXT_RULES.map((rule) => [rule.name, rule] as const))("catches a planted %s", (_name, rule) => {
		const path = rule.plant === "" ? "src/log/utils.ts" : "src/log/planted.ts";
		expect(textFindings([{ path, text: `const a = 1;\n${rule.plant}\n` }])).toHaveLength(1);
		expect(textFindings([{ path: "src/log/planted.ts", text: "const a = 1;\n" }])).toEqual([]);
	});

	it("is written, not compiled", () => {
		const COMPILED = /\.jsx?$/;
		expect(files.filter(({ path }) => COMPILED.test(path)).map(({ path }) => path)).toEqual([]);
		expect(COMPILED.test(".bench0/src/hub.js") && !COMPILED.test("scripts/bench.mjs")).toBe(true);
	});

	it("stands in files that are one thing", () => {
		const measured = files
			.filter(({ path }) => /\.(ts|mjs|cjs)$/.test(path))
			.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
		const long = measured.filter(({ lines }) => lines > LINES_WARN);
		for (const { path, lines } of long) console.warn(`${path} has ${lines} lines; is it still one thing?`);
		const limit = (path: string) => (/^test\/|\.test\.ts$/.test(path) ? LINES_MAX_TEST : LINES_MAX);
		expect(long.filter(({ path, lines }) => lines > limit(path))).toEqual([]);
	});
});

it("has a lock file that npm ci accepts on every platform", () => {
	const { packages } = JSON.parse(files.find(({ path }) => path === "package-lock.json")?.text ?? "{}") as {
		packages: Record<string, { optionalDependencies?: Record<string, string> }>;
	};
	expect(Object.keys(packages).length).toBeGreaterThan(100);
	const missing = Object.entries(packages).flatMap(([owner, { optionalDependencies = {} }]) =>
		Object.keys(optionalDependencies).filter(
			(name) => !packages[`node_modules/${name}`] && !packages[`${owner}/node_modules/${name}`],
		),
	);
	expect(missing, "run: node scripts/complete-lock.mjs").toEqual([]);
});

describe("plug-ins", () => {
	const plugins = sources.filter(
		({ path, text }) =>
			/^src\/(sources|decoders|sinks)\//.test(path) && /^export const definition\b/m.test(text),
	);
	const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? "";

	it("are found", () => {
		expect(plugins.length).toBeGreaterThanOrEqual(12);
	});

	it.each(plugins.map(({ path, text }) => [path, text] as const))(
		"%s is listed, tested by the contract of its kind, and documented",
		(path, text) => {
			const [, kind = "", name = ""] = /^src\/(\w+)\/(.+)\.ts$/.exec(path) ?? [];
			expect(textOf("src/config/builtins.ts"), "config/builtins.ts").toContain(`"../${kind}/${name}.js"`);
			const tests = files.filter(
				(file) => file.path.startsWith(`src/${kind}/${name}`) && file.path.endsWith(".test.ts"),
			);
			expect(
				tests.some((file) => file.text.includes("/testing/")),
				`a test beside it that calls the contract suite of src/testing/`,
			).toBe(true);
			const type = /^\ttype: "([^"]+)"/m.exec(text)?.[1] ?? name;
			expect(textOf("docs/configuration.md"), "docs/configuration.md").toContain(`\`${type}\``);
		},
	);
});

describe("the package", () => {
	it("holds every dependency, so that it installs where no registry is reached", () => {
		const manifest = JSON.parse(files.find(({ path }) => path === "package.json")?.text ?? "") as {
			dependencies: Record<string, string>;
			bundleDependencies: string[];
		};
		expect(manifest.bundleDependencies).toEqual(Object.keys(manifest.dependencies));
	});
});

describe("the import law", () => {
	const folder = mkdtempSync(join(tmpdir(), "wayside-law-"));
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	/** Rule name, file and content of one violation each. */
	const PLANTS: readonly (readonly [string, string, string])[] = [
		["model-imports-only", "src/model/planted.ts", 'import "../formats/masking.js";'],
		["formats-imports-only", "src/formats/planted.ts", 'import "../runtime/runtime.js";'],
		["runtime-imports-only", "src/runtime/planted.ts", 'import "../log/log.js";'],
		["resilience-imports-only", "src/resilience/planted.ts", 'import "../formats/masking.js";'],
		["log-imports-only", "src/log/planted.ts", 'import "../formats/masking.js";'],
		["stores-imports-only", "src/stores/planted.ts", 'import "../intake/intake.js";'],
		["sources-imports-only", "src/sources/planted.ts", 'import "../resilience/index.js";'],
		["decoders-imports-only", "src/decoders/planted.ts", 'import "../sources/source.js";'],
		["sinks-imports-only", "src/sinks/planted.ts", 'import "../routes/route.js";'],
		["intake-imports-only", "src/intake/planted.ts", 'import "../sinks/sink.js";'],
		["routes-imports-only", "src/routes/planted.ts", 'import "../intake/intake.js";'],
		["operations-imports-only", "src/operations/planted.ts", 'import "../sinks/sink.js";'],
		["config-imports-only", "src/config/planted.ts", 'import "../gateway/gateway.js";'],
		["gateway-imports-only", "src/gateway/planted.ts", 'import "../intake/intake.js";'],
		["simulation-imports-only", "src/simulation/planted.ts", 'import "../cli/program.js";'],
		["testing-imports-only", "src/testing/planted.ts", 'import "../cli/program.js";'],
		["testing-only-by-tests", "src/gateway/planted-too.ts", 'import "../testing/index.js";'],
		["test-tools-only-in-testing", "src/formats/planted-too.ts", 'import "fast-check";'],
		["test-tools-only-in-testing", "src/cli/planted.ts", 'import "vitest";'],
		["hub-imports-stages", "src/hub.ts", 'import "./config/load.js";'],
		["hub-imports-stages", "src/hub/planted.ts", 'import "../config/load.js";'],
		["hub-parts-only-by-the-hub", "src/gateway/planted-three.ts", 'import "../hub/taps.js";'],
		["plugins-only-via-builtins", "src/config/planted-too.ts", 'import "../sources/http-poll.js";'],
		["sources-never-import-each-other", "src/sources/file-replay.ts", 'import "./http-poll.js";'],
		["decoders-never-import-each-other", "src/decoders/hfp-planted.ts", 'import "./siri-vm.js";'],
		["sinks-never-import-each-other", "src/sinks/planted-too.ts", 'import "./webhook.js";'],
		["no-npm-in-the-core", "src/intake/planted-too.ts", 'import "zod";'],
		["no-outside-world", "src/log/planted-too.ts", 'import "node:fs";'],
		["no-circular", "src/model/planted-a.ts", 'import "./planted-b.js";'],
		["no-unresolvable", "src/model/planted-c.ts", 'import "./nowhere.js";'],
	];

	function cruise(root: string) {
		const program = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
		const run = spawnSync(
			process.execPath,
			[program, "src", "--config", ".dependency-cruiser.cjs", "--output-type", "json"],
			{ cwd: root, encoding: "utf8", maxBuffer: 1e9 },
		);
		if (!run.stdout.startsWith("{")) throw new Error(`dependency-cruiser failed: ${run.stderr}${run.stdout}`);
		const { summary } = JSON.parse(run.stdout) as {
			summary: {
				totalCruised: number;
				totalDependenciesCruised: number;
				violations: { rule: { name: string }; from: string; to: string }[];
			};
		};
		return summary;
	}

	it("holds, and was checked on every file", () => {
		const summary = cruise(ROOT);
		expect(summary.totalCruised).toBeGreaterThan(sources.length);
		expect(summary.totalDependenciesCruised).toBeGreaterThan(sources.length * 2);
		expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
	});

	it("catches one violation of each of its rules", () => {
		for (const name of [
			"src",
			"test",
			"package.json",
			"tsconfig.json",
			"tsconfig.test.json",
			".dependency-cruiser.cjs",
		])
			cpSync(join(ROOT, name), join(folder, name), { recursive: true });
		symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
		for (const [, path, content] of PLANTS) {
			const target = join(folder, path);
			const before = files.find((file) => file.path === path)?.text ?? "export {};\n";
			mkdirSync(dirname(target), { recursive: true });
			writeFileSync(target, `${content}\n${before}`);
		}
		writeFileSync(join(folder, "src/model/planted-b.ts"), 'import "./planted-a.js";\n');
		const { violations } = cruise(folder);
		const caught = new Set(violations.map(({ rule, from }) => `${rule.name} ${from}`));
		for (const [rule, path] of PLANTS) expect(caught, `${rule} in ${path}`).toContain(`${rule} ${path}`);
	});
});

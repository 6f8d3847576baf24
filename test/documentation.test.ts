import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { BUILTINS } from "../src/config/builtins.js";
import { formatFinding } from "../src/config/findings.js";
import { loadConfig } from "../src/config/load.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { ROOT, repositoryFiles } from "./tidy/repository.js";

const pages = repositoryFiles().filter(({ path }) => path.endsWith(".md"));
const folder = mkdtempSync(join(tmpdir(), "wayside-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SWIFTLY = {
	success: true,
	route: "/real-time/demo/vehicles GET",
	data: {
		agencyKey: "demo",
		vehicles: [
			{
				id: "1204",
				loc: { lat: 41.9, lon: -87.6, time: 1_700_000_000, speed: 4.2, heading: 90 },
				schAdhSecs: -30,
			},
		],
	},
};

beforeAll(() => {
	const bin = join(folder, "node_modules", ".bin");
	mkdirSync(bin, { recursive: true });
	symlinkSync(join(ROOT, "dist/cli/main.js"), join(bin, "wayside"));
	writeFileSync(join(folder, "package.json"), "{}");
	writeFileSync(join(folder, "captured.json"), JSON.stringify(SWIFTLY));
});

/** Code blocks of a language; with `marked`, only those that follow the comment `<!-- run -->`. */
function blocks(text: string, language: string, marked = false): string[] {
	const before = marked ? "<!-- run -->\\n" : "";
	const pattern = new RegExp(`${before}\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g");
	return [...text.matchAll(pattern)].map(([, code]) => code ?? "");
}

describe("commands in the documentation", () => {
	const commands = pages.flatMap(({ path, text }) =>
		blocks(text, "sh", true).flatMap((block) =>
			block
				.split("\n")
				.map((line) => line.replace(/\s+#.*$/, "").trim())
				.filter((line) => line !== "")
				.map((line) => [path, line] as const),
		),
	);

	it("are found", () => {
		expect(commands.length).toBeGreaterThanOrEqual(4);
	});

	it.each(commands)("%s: %s", (_path, line) => {
		const path = `${join(folder, "node_modules", ".bin")}:${process.env["PATH"]}`;
		const run = spawnSync("sh", ["-ec", line.replace(/^npx wayside/, "wayside")], {
			cwd: folder,
			encoding: "utf8",
			env: { ...process.env, PATH: path },
		});
		expect(run.status, `${run.stdout}${run.stderr}`).toBe(0);
	});
});

async function findingsOf(path: string, text: string): Promise<readonly string[]> {
	const runtime = createNodeRuntime();
	const { findings } = await loadConfig(text, dirname(join(ROOT, path)), {
		plugins: BUILTINS,
		runtime,
		environment: { WAYSIDE_DEMO_GATEWAY: "http://127.0.0.1:1" },
		skipEnvironment: true,
	});
	await runtime.close();
	return findings.map((finding) => formatFinding(path, finding));
}

/** An example of sinks as a whole configuration: an agency, the feeds that its routes name, a route to each other sink. */
function completed(block: string): string {
	const feeds = new Set([...block.matchAll(/from: ([\w-]+)/g)].map(([, feed]) => feed ?? ""));
	if (feeds.size === 0) feeds.add("city-buses");
	const [, sinks = ""] = /^sinks:\n((?: .*\n|\n)*)/m.exec(block) ?? [];
	const names = [...sinks.matchAll(/^ {2}([\w-]+):/gm)].map(([, name]) => name ?? "");
	const [feed] = feeds;
	const routes = names.filter((name) => !new RegExp(`to: .*\\b${name}\\b`).test(block));
	const lines = [
		"agencies: { metro: { timezone: America/Chicago } }",
		"feeds:",
		...[...feeds].map(
			(one) =>
				`  ${one}: { agency: metro, upstreams: [{ source: { type: http-push, path: /${one} }, decoder: gtfs-realtime }] }`,
		),
		block.trimEnd(),
	];
	if (routes.length === 0) return `${lines.join("\n")}\n`;
	if (!/^routes:/m.test(block)) lines.push("routes:");
	return `${[...lines, ...routes.map((name) => `  - { from: ${feed}, to: ${name}, mode: latest }`)].join("\n")}\n`;
}

describe("configurations in the documentation and the examples", () => {
	const configs = [
		...pages.flatMap(({ path, text }) => blocks(text, "yaml").map((block) => [path, block] as const)),
		...repositoryFiles()
			.filter(({ path }) => /^examples\/[^/]+\.yaml$/.test(path))
			.map(({ path, text }) => [path, text] as const),
	].filter(([, text]) => /^agencies:/m.test(text) && /^routes:/m.test(text));

	it("are found", () => {
		expect(configs.length).toBeGreaterThanOrEqual(3);
	});

	it.each(configs)("%s passes the check", async (path, text) => {
		expect(await findingsOf(path, text)).toEqual([]);
	});

	const sinksOnly = pages.flatMap(({ path, text }) =>
		blocks(text, "yaml")
			.filter((block) => /^sinks:/m.test(block) && !/^agencies:/m.test(block))
			.map((block) => [path, block] as const),
	);

	it.each(sinksOnly)("%s: sinks, with what is not shown filled in, pass the check", async (path, block) => {
		expect(await findingsOf(path, completed(block))).toEqual([]);
	});
});

it.each(BUILTINS.sources.map(({ type, options }) => [type, options] as const))(
	"has every option of %s in docs/sources.md",
	(type, options) => {
		const page = pages.find(({ path }) => path === "docs/sources.md")?.text ?? "";
		const section = page.split(/^## /m).find((text) => text.startsWith(`${type}\n`)) ?? "";
		const { properties } = z.toJSONSchema(options, { io: "input" });
		expect(Object.keys(properties ?? {})).not.toEqual([]);
		for (const name of Object.keys(properties ?? {})) expect(section).toContain(`\`${name}\``);
	},
);

it("has no link that leads nowhere", () => {
	const broken = pages.flatMap(({ path, text }) =>
		[...text.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
			.map(([, target]) => target ?? "")
			.filter((target) => !/^[a-z]+:/.test(target))
			.filter((target) => !existsSync(join(ROOT, dirname(path), target)))
			.map((target) => `${path}: ${target}`),
	);
	expect(broken).toEqual([]);
});

it.each(["generate", "drills"])("is fresh where scripts/%s.mjs writes it", (script) => {
	const check = spawnSync(process.execPath, [`scripts/${script}.mjs`, "--check"], {
		cwd: ROOT,
		encoding: "utf8",
	});
	expect(`${check.stdout}${check.stderr}`).toBe("");
	expect(check.status).toBe(0);
});

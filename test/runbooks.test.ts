import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { runCli } from "../src/cli/program.js";
import { prometheusRules } from "../src/cli/prometheus.js";
import { BUILTINS } from "../src/config/builtins.js";
import { ALERT_RULES } from "../src/operations/alert-rules.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { hubProcesses, push } from "./hub-process.js";
import { repositoryFiles } from "./tidy/repository.js";

const ALERTS = [...ALERT_RULES.map(({ name }) => name), "hub-gone"];
const files = repositoryFiles();
const runbooks = files.filter(({ path }) => /^docs\/runbooks\/.*\.md$/.test(path));

async function cli(workingDirectory: string, words: readonly string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const runtime = createNodeRuntime();
	const code = await runCli(words, {
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
		workingDirectory,
	});
	await runtime.close();
	return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("runbooks", () => {
	const processes = hubProcesses();

	it("there is one for each alert, and the page of alerts lists them", () => {
		expect(runbooks.map(({ path }) => path).sort()).toEqual(
			ALERTS.map((name) => `docs/runbooks/${name}.md`).sort(),
		);
		const page = files.find(({ path }) => path === "docs/alerts.md")?.text ?? "";
		for (const name of ALERTS) expect(page).toContain(`[${name}](runbooks/${name}.md)`);
	});

	it("give commands that exist and work while a hub runs", { timeout: 60_000 }, async () => {
		const { url, admin } = await processes.hub("wayside.yaml");
		expect(await push(url, 1)).toBe(202);
		await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), {
			timeout: 20_000,
		});
		const commands = runbooks.flatMap(({ text }) =>
			[...text.matchAll(/^wayside .*$/gm)].map(([line]) => line),
		);
		expect(commands.length).toBeGreaterThan(ALERTS.length);
		for (const line of new Set(commands)) {
			const filled = line.replace("VEHICLE", "bus-1").replace("sink:NAME", "sink:archive");
			const asksHub = /^wayside (events|breaker|ledger|why|dlq)/.test(filled);
			const words = [...filled.split(" ").slice(1), ...(asksHub ? ["--url", admin] : [])];
			const { code, out, err } = await cli(processes.path("."), words);
			expect(code, `${line}: ${out} ${err}`).toBe(0);
		}
	});
});

describe("exports", () => {
	const processes = hubProcesses();

	it("are rules that promtool accepts, one for each alert and severity", async ({ skip }) => {
		const { code, out } = await cli(".", ["export", "prometheus"]);
		expect(code).toBe(0);
		expect(parse(out)).toEqual(prometheusRules());
		const names = new Set(
			prometheusRules().groups[0]?.rules.map(({ annotations }) => annotations["runbook"]),
		);
		expect([...names].sort()).toEqual(ALERTS.map((name) => `docs/runbooks/${name}.md`).sort());
		if (spawnSync("promtool", ["--version"]).error) {
			skip("promtool is not installed (Debian's package prometheus): the rules were not checked by it");
		}
		const folder = mkdtempSync(join(tmpdir(), "wayside-rules-"));
		try {
			writeFileSync(join(folder, "rules.yaml"), out);
			const checked = spawnSync("promtool", ["check", "rules", join(folder, "rules.yaml")], {
				encoding: "utf8",
			});
			expect(checked.stderr + checked.stdout).toMatch(/SUCCESS: \d+ rules found/);
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});

	it("ask only for metrics that the hub has", async () => {
		const { url } = await processes.hub("wayside.yaml");
		const metrics = await (await fetch(`${url}/metrics`)).text();
		const known = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
		const dashboard = await cli(".", ["export", "grafana"]);
		const asked = JSON.stringify(prometheusRules()) + dashboard.out;
		for (const [name] of asked.matchAll(/wayside_[a-z_]+/g)) expect(known, name).toContain(name);
	});
});

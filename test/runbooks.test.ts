import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { DEMO_CONFIG } from "../src/cli/demo.js";
import { runCli } from "../src/cli/program.js";
import { prometheusRules } from "../src/cli/prometheus.js";
import { BUILTINS } from "../src/config/builtins.js";
import { ALERT_RULES } from "../src/operations/alert-rules.js";
import { createNodeRuntime } from "../src/runtime/node-runtime.js";
import { serveAgency } from "../src/simulation/serve.js";
import { hubProcesses } from "./hub-process.js";
import { repositoryFiles } from "./tidy/repository.js";

const ALERTS = [...ALERT_RULES.map(({ name }) => name), "hub-gone"];
/** Of Debian, for the machine that the hub runs on. */
const MACHINE_COMMANDS = ["timedatectl", "chronyc", "systemctl"];
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

	it("are served by the hub, whose alerts link to them; and nothing else is", {
		timeout: 60_000,
	}, async () => {
		const { url } = await processes.hub("wayside.yaml");
		const answer = await fetch(`${url}/runbooks/feed-down.md`);
		expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
		expect(await answer.text()).toContain("wayside breaker reset feed:NAME/0");
		for (const path of ["none.md", "..%2Falerts.md", "%2e%2e%2falerts", "feed-down.md.md", "A"])
			expect((await fetch(`${url}/runbooks/${path}`)).status, path).toBe(404);
	});

	it("give commands that exist and work on the demo", { timeout: 120_000 }, async () => {
		const found = runbooks.flatMap(({ path, text }) => commandsIn(text).map((line) => ({ path, line })));
		const machine = found.filter(({ line }) => !line.startsWith("wayside "));
		for (const { path, line } of machine) expect(MACHINE_COMMANDS, path).toContain(line.split(" ")[0]);
		const ours = [...new Set(found.map(({ line }) => line))].filter((line) => line.startsWith("wayside "));
		expect(ours.length).toBeGreaterThan(ALERTS.length);

		const demo = await startDemoHub();
		try {
			// What takes away comes last, or there would be nothing left to show.
			const isLast = (line: string) =>
				Number(/ dlq (replay|drop) /.test(line)) + Number(/ dlq drop /.test(line));
			for (const line of ours.sort((a, b) => isLast(a) - isLast(b))) {
				const words = wordsOf(line, demo);
				const group = words.slice(0, words.findIndex((word) => !/^[a-z]+$/.test(word)) >>> 0);
				const help = await cli(processes.path("."), [...group.slice(0, 2), "--help"]);
				const where = help.out.includes("--url") ? ["--url", demo.admin] : [];
				await vi.waitFor(
					async () => {
						const { code, out, err } = await cli(processes.path("."), [...words, ...where]);
						// A reader waits for the job before, as the message says.
						if (err.includes("one job runs at a time")) throw new Error(err);
						expect.soft(code, `${line}: ${out} ${err}`).toBe(0);
					},
					{ timeout: 30_000, interval: 200 },
				);
			}
		} finally {
			await demo.close();
		}
	});

	/** The hub of the demo as a process, over an agency every other answer of which nobody can read. */
	async function startDemoHub() {
		const runtime = createNodeRuntime();
		const now = runtime.clock.now();
		const faults = [{ fault: "html", startTime: now, endTime: now + 600_000, share: 0.5 } as const];
		const agency = await serveAgency({ clock: runtime.clock, faults });
		const text = readFileSync(DEMO_CONFIG, "utf8")
			.replaceAll("${WAYSIDE_DEMO_GATEWAY}", agency.url)
			.replaceAll(/port: 808\d/g, "port: 0")
			.replaceAll("every: 10s", "every: 3s");
		writeFileSync(processes.path("wayside.yaml"), text);
		const { url, admin } = await processes.hub("wayside.yaml");
		const { issue, vehicle } = await vi.waitFor(
			async () => {
				const letters = await cli(processes.path("."), [
					"dlq",
					"ls",
					"wayside.yaml",
					"--url",
					admin,
					"--json",
				]);
				const [first] = (JSON.parse(letters.out) as { issues: { id: string }[] }).issues;
				const feed = await (await fetch(`${url}/gtfs-rt/vehicle-positions.json`)).json();
				const [entity] = (feed as { entity: { vehicle: { vehicle: { id: string } } }[] }).entity;
				if (first === undefined || entity === undefined) throw new Error(`not yet: ${letters.out}`);
				return { issue: first.id, vehicle: entity.vehicle.vehicle.id };
			},
			{ timeout: 60_000, interval: 500 },
		);
		const close = async () => {
			await agency.close();
			await runtime.close();
		};
		return { admin, issue, vehicle, close };
	}
});

/** Lines of fenced code, and what stands in the text as code and begins with a command. */
function commandsIn(text: string): readonly string[] {
	const fenced = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, code = ""]) =>
		code.trim().split("\n"),
	);
	const inline = [...text.matchAll(/`((?:wayside|[a-z]+ctl|chronyc|curl) ?[^`]*)`/g)].map(
		([, code = ""]) => code,
	);
	return [...fenced, ...inline];
}

/** As a shell takes them apart, with what the reader has to fill in. */
function wordsOf(
	line: string,
	demo: { readonly issue: string; readonly vehicle: string },
): readonly string[] {
	const filled = line
		.replaceAll("VEHICLE", demo.vehicle)
		.replaceAll("ISSUE", demo.issue)
		.replaceAll("feed:NAME/0", "feed:buses/0")
		.replaceAll("sink:NAME", "sink:archive");
	const words = [...filled.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
	return words.slice(1);
}

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
		// Each of the five promises has its numbers, and each number is one that the hub states.
		const page = files.find(({ path }) => path === "docs/operations.md")?.text ?? "";
		const [, table = ""] = page.split("## What each promise is seen by");
		const rows = [...(table.split("\n## ")[0] ?? "").matchAll(/^\| (.*?) ?\| `(wayside_\w+)/gm)];
		expect(rows.filter(([, promise]) => promise !== "")).toHaveLength(5);
		for (const [, , name] of rows) expect(known, name).toContain(name);
	});
});

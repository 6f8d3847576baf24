import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seededChance } from "../../test/seeded-chance.js";
import { BUILTINS } from "../config/builtins.js";
import { type EventEntry, packEvents } from "../log/event.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-incident-"));
const runtime = createNodeRuntime();
const HOUR = 3_600_000;
const began = Math.floor((runtime.clock.now() - 5 * HOUR) / 60_000) * 60_000;

async function incident(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const terminal: Terminal = {
		environment: { USER: "mia" },
		out: (line) => out.push(line),
		err: (line) => err.push(line),
		paint: (_tone, text) => text,
		progress: () => ({ show: () => {}, end: () => {} }),
		onStop: () => () => {},
	};
	const code = await runCli(["incident", ...words], {
		terminal,
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

beforeAll(async () => {
	writeFileSync(
		join(folder, "wayside.yaml"),
		`agencies: { metro: { timezone: UTC } }
feeds: { buses: { agency: metro, upstreams: [{ source: { type: http-push }, decoder: gtfs-realtime }] } }
sinks: { riders: { type: gtfs-realtime } }
routes: [{ from: buses, to: riders, mode: latest }]
store: { directory: ./store }
`,
	);
	const of = (atMs: number, code: string, message: string, details = {}): EventEntry => ({
		time: began + atMs,
		subject: "feed:buses",
		level: "warn",
		code,
		message,
		details,
	});
	const alert = { alert: "feed-down", severity: "page", since: began, runbook: "docs/runbooks/feed-down.md" };
	const said = {
		what: "Feed buses gives nothing good.",
		affected: "42 vehicles on 7 routes.",
		riders: "Old positions.",
	};
	const events = [
		of(1_000, "breaker.state", "Breaker open: too many calls in a row failed"),
		of(300_000, "alert.raised", "Feed buses", {
			...alert,
			...said,
			done: "Asked again.",
			todo: "Call the vendor.",
		}),
		of(1_200_000, "feed.gap", "Lost", { feed: "buses", reports: 900, estimated: false }),
		of(1_260_000, "alert.resolved", "Over", alert),
	];
	const log = await openSqliteLog({ directory: join(folder, "store"), chance: seededChance(1) });
	await log.commit({ append: packEvents(events) });
	await log.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("lists and tells what was wrong, out of the store of a hub that is stopped", async () => {
	const listed = await incident("ls");
	expect(listed).toMatchObject({ code: 0, err: "" });
	expect(listed.out).toMatch(
		/^Incident +State +Began +Lasted +What *\ni[0-9a-z]+ +resolved .* 21 min +Feed buses gives nothing good\./,
	);
	const [{ id }] = JSON.parse((await incident("ls", "--json")).out);
	const shown = await incident("show", id);
	for (const line of [
		`resolved page incident ${id}: Feed buses gives nothing good.`,
		"It lasted 21 min, and a person was needed for 21 min of it.",
		"Affected: 42 vehicles on 7 routes.",
		"900 reports were lost.",
		"after 5 min",
		"breaker.state: Breaker open",
	])
		expect(shown.out, line).toContain(line);
	expect(shown.out).toMatch(/taken care of +not yet/);
});

it("writes one archive that tar reads, with a review, the timeline and what it was about", async () => {
	const [{ id }] = JSON.parse((await incident("ls", "--json")).out);
	const written = await incident("export", id, "--out", "bundle.tar.gz", "--json");
	expect(written).toMatchObject({ code: 0, err: "" });
	const names = ["review.md", "incident.json", "timeline.ndjson", "records.ndjson", "frames.ndjson"];
	expect(JSON.parse(written.out).files).toEqual(names.map((name) => `incident-${id}/${name}`));
	const archive = join(folder, "bundle.tar.gz");
	const read = (name: string) =>
		spawnSync("tar", ["-xOzf", archive, `incident-${id}/${name}`], { encoding: "utf8" });
	expect(read("review.md").stdout).toContain("## To be written by people");
	expect(JSON.parse(read("incident.json").stdout)).toMatchObject({ id, lost: { counted: 900 } });
	expect(
		read("timeline.ndjson")
			.stdout.trim()
			.split("\n")
			.map((line) => JSON.parse(line).code),
	).toEqual(["breaker.state", "alert.raised", "feed.gap", "alert.resolved"]);
	expect((await incident("export", id)).out).toContain(`incident-${id}.tar.gz`);
});

it("says what there is when an incident is not there, and that a note needs a hub", async () => {
	const [{ id }] = JSON.parse((await incident("ls", "--json")).out);
	const unknown = await incident("show", "i0");
	expect(unknown.code).not.toBe(0);
	expect(unknown.err).toContain(`There is no incident "i0". The last ones: ${id}.`);
	const note = await incident("note", id, "seen");
	expect(note.code).not.toBe(0);
	expect(note.err).toContain("A note is taken by a running hub, and none has this store open");
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { seededChance } from "../../test/seeded-chance.js";
import { BUILTINS } from "../config/builtins.js";
import { type Gateway, openGateway } from "../gateway/gateway.js";
import { Replays } from "../hub/replays.js";
import type { Log } from "../log/log.js";
import { listIssues, showIssue } from "../operations/dead-letters.js";
import { nodeClock } from "../runtime/node-clock.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { letterPack, sampleLetter } from "../testing/log-contract-letters.js";
import { runCli } from "./program.js";
import type { Terminal } from "./terminal.js";

const folder = mkdtempSync(join(tmpdir(), "wayside-dlq-"));
const TIME = Date.UTC(2026, 10, 22, 7, 31);
const runtime = createNodeRuntime();

const openStore = (): Promise<Log> =>
	openSqliteLog({ directory: join(folder, "store"), chance: seededChance(3), host: "in-thread" });

async function dlq(...words: string[]) {
	const out: string[] = [];
	const err: string[] = [];
	const terminal: Terminal = {
		environment: {},
		out: (line) => out.push(line),
		err: (line) => err.push(line),
		paint: (_tone, text) => text,
		progress: () => ({ show: () => {}, end: () => {} }),
		onStop: () => () => {},
	};
	const code = await runCli(["dlq", ...words], {
		terminal,
		runtime,
		plugins: BUILTINS,
		version: "9.9.9",
		program: ["/usr/bin/node", "/opt/wayside/dist/cli/main.js"],
		workingDirectory: folder,
	});
	return { code, out: out.join("\n"), err: err.join("\n") };
}

const config = (adminPort: number) => `agencies: { metro: { timezone: UTC } }
feeds: { buses: { agency: metro, upstreams: [{ source: { type: http-push }, decoder: gtfs-realtime }] } }
sinks:
  rider-feed: { type: gtfs-realtime }
  # Its secret is the hub's own: whoever asks for dead letters has no such variable.
  partner: { type: webhook, url: "https://partner.example/in", secret: { env: PARTNER_SECRET_OF_THE_HUB } }
routes: [{ from: buses, to: [rider-feed, partner], mode: latest }]
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: ${adminPort} } }
`;

beforeAll(async () => {
	writeFileSync(join(folder, "wayside.yaml"), config(8081));
	const log = await openStore();
	const bad = (n: number) =>
		sampleLetter({
			feed: "buses",
			time: TIME + n * 60_000,
			message: `Latitude "${n}" is none`,
			index: n,
			sample: `{"lat":${n}}`,
		});
	await log.commit({ append: [letterPack([bad(1), bad(2), bad(3)], { feed: "buses" })] });
	const refused = sampleLetter({
		feed: "buses",
		stage: "sink:archive",
		code: "record.rejected",
		message: "No",
		attempts: 2,
		record: { partition: 0, offset: 5, id: "vehicle_location/metro:17/1" },
	});
	await log.commit({ append: [letterPack([refused], { feed: "buses" })] });
	await log.close();
});

afterAll(async () => {
	await runtime.close();
	rmSync(folder, { recursive: true, force: true });
});

describe("wayside dlq", () => {
	it("lists causes with counts, times and what to do", async () => {
		const { code, out, err } = await dlq("ls");
		expect([code, err]).toEqual([0, ""]);
		expect(out).toMatch(
			/^[0-9a-f]{10} {5}3 {2}2026-11-22T07:32Z {2}2026-11-22T07:34Z {2}feed:buses +decode\.record: Latitude "…" is none$/m,
		);
		expect(out).toContain("4 dead letters are open, of 2 causes.");
		expect(out).toContain("Sink archive refused these records: mend the destination");
		const { issues } = JSON.parse((await dlq("ls", "--json")).out) as {
			issues: { open: number; remedy: string }[];
		};
		expect(issues.map(({ open }) => open)).toEqual([3, 1]);
		expect(issues.every(({ remedy }) => remedy.endsWith("."))).toBe(true);
	});

	it("shows one cause by the beginning of its id, with samples", async () => {
		const { issues } = JSON.parse((await dlq("ls", "--json")).out) as { issues: { id: string }[] };
		const id = issues[0]?.id as string;
		const { code, out } = await dlq("show", id.slice(0, 6), "--limit", "2");
		expect(code).toBe(0);
		expect(out).toContain('What        decode.record: Latitude "3" is none');
		expect(out).toContain("Letters     3 open, 0 replayed, 0 dropped, 0 gone by age or size");
		expect(out).toContain('frame 0/0 item 1 (open): Latitude "1" is none\n    {"lat":1}');
		expect(out).toContain("and more; --limit shows them");
		const record = await dlq("show", issues[1]?.id as string);
		expect(record.out).toContain("vehicle_location/metro:17/1 (open, tried 2 times): No");
	});

	it("says which issues there are when one is not, and refuses a wrong limit", async () => {
		const { code, err } = await dlq("show", "ffffffff");
		expect(code).toBe(1);
		expect(err).toMatch(/There is no issue "ffffffff"\. There are: [0-9a-f]{10}, [0-9a-f]{10}\./);
		expect((await dlq("show", "ffffffff", "--limit", "0")).code).toBe(2);
	});

	it("asks the hub that has the store open", async () => {
		const log = await openStore();
		let gateway: Gateway | undefined;
		try {
			const local = { host: "127.0.0.1", port: 0 };
			gateway = await openGateway({
				hub: {
					endpoints: [],
					tap: () => () => {},
					upstreams: () => new Map(),
					status: () => Promise.reject(new Error("none")),
				},
				http: { public: local, admin: { ...local, token: undefined } },
				clock: nodeClock,
				replays: new Replays({ log, runtime, subscriptions: [], onEvent: () => undefined }),
				deadLetters: {
					list: (all) => listIssues(log, all),
					show: (issue, limit) => showIssue(log, issue, limit),
				},
			});
			writeFileSync(join(folder, "live.yaml"), config(Number(new URL(gateway.adminUrl).port)));
			const { code, out } = await dlq("ls", "live.yaml", "--json");
			expect(code).toBe(0);
			const { issues, open } = JSON.parse(out) as { issues: { id: string }[]; open: number };
			expect(open).toBe(4);
			expect((await dlq("show", issues[0]?.id as string, "live.yaml")).out).toContain("3 open");
			const missing = await dlq("show", "ffffffff", "live.yaml");
			expect(missing.code).toBe(1);
			expect(missing.err).toContain('The hub answered 404: There is no issue "ffffffff".');
			const byUrl = await dlq("ls", "--url", gateway.adminUrl);
			expect(byUrl.out).toContain("4 dead letters are open");
			await orders(issues[0]?.id as string, log);
		} finally {
			await gateway?.close();
			await log.close();
		}
	});
});

/** Previews, refusals, and a job that drops one issue, on the hub of live.yaml. */
async function orders(issue: string, log: Log): Promise<void> {
	const preview = await dlq("drop", "live.yaml", "--issue", issue, "--preview");
	expect([preview.code, preview.out]).toEqual([0, "3 dead letters of 1 cause would be dropped."]);
	const all = await dlq("replay", "live.yaml");
	expect([all.code, all.err]).toEqual([
		1,
		expect.stringContaining("The hub answered 400: This means every dead letter"),
	]);
	const none = await dlq("replay", "live.yaml", "--sink", "nobody");
	expect([none.code, none.err]).toEqual([
		1,
		expect.stringContaining("No open dead letter fits. Nothing was started."),
	]);
	expect((await dlq("replay", "live.yaml", "--all", "--since", "yesterday")).code).toBe(2);
	const begun = await dlq(
		"drop",
		"live.yaml",
		"--issue",
		issue,
		"--name",
		"given-up",
		"--reason",
		"test vehicles",
	);
	expect(begun.out).toBe("given-up has begun: 3 dead letters. wayside dlq jobs shows how far it is.");
	await vi.waitFor(
		async () => {
			const jobs = await dlq("jobs", "live.yaml");
			expect(jobs.out).toBe("given-up  Done: 3 of 3 letters: 3 dropped.  test vehicles");
		},
		{ timeout: 30_000 },
	);
	const again = await dlq("resume", "given-up", "live.yaml");
	expect([again.code, again.err]).toEqual([
		1,
		expect.stringContaining("The hub answered 409: given-up is done already"),
	]);
	expect((await dlq("cancel", "nobody", "live.yaml")).err).toContain(
		'There is no job "nobody". There are: given-up.',
	);
	expect(await log.letterIssues()).toMatchObject([{ open: 1 }, { open: 0, dropped: 3 }]);
}

import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { hubProcesses, PUSHED_CONFIG, push } from "./hub-process.js";

const { path, wayside, hub, ledger } = hubProcesses();

/** What `wayside events` tells. */
async function story(...words: string[]) {
	const { seen, ended } = wayside("events", "wayside.yaml", "--json", ...words);
	expect(await ended, seen.err).toBe(0);
	const lines = seen.out.trim().split("\n").filter(Boolean);
	return lines.map((line) => JSON.parse(line) as { code: string; subject: string; message: string });
}

describe("wayside run", () => {
	it("takes pushes, serves riders, shows a tap and its ledger, and stops in good order", async () => {
		const { url, admin, child, ended, seen } = await hub("wayside.yaml");
		expect((await fetch(`${url}/readyz`)).status).toBe(503);
		const empty = await fetch(`${url}/gtfs-rt/vehicle-positions.json`);
		expect([empty.status, ((await empty.json()) as { entity?: unknown[] }).entity ?? []]).toEqual([200, []]);
		const tap = wayside("tap", "--url", admin, "--json", "--feed", "metro-avl");
		await vi.waitFor(() => expect(tap.seen.err).toContain("Tapping"), { timeout: 10_000 });
		await vi.waitFor(
			async () => {
				expect(await push(url, Math.random())).toBe(202);
				expect(tap.seen.out).toContain("vehicle_location/metro:bus-");
			},
			{ timeout: 15_000, interval: 100 },
		);
		tap.child.kill("SIGINT");
		expect(await tap.ended).toBe(0);
		await vi.waitFor(async () => {
			const feed = (await (await fetch(`${url}/gtfs-rt/vehicle-positions.json`)).json()) as {
				entity: unknown[];
			};
			expect(feed.entity.length).toBeGreaterThan(0);
		}, 15_000);
		expect((await fetch(`${url}/readyz`)).status).toBe(200);
		expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/wayside_feed_records_total\{[^}]*\} [1-9]/);
		const live = await ledger("--url", admin, "--audit");
		expect([live.code, live.balanced, live.audited]).toEqual([0, true, true]);
		const told = {
			code: "feed.state",
			subject: "feed:metro-avl",
			message: expect.stringContaining("running"),
		};
		// The journal writes behind what happens, so its event may reach the store after the record it tells of.
		await vi.waitFor(
			async () => expect(await story("--url", admin)).toContainEqual(expect.objectContaining(told)),
			15_000,
		);
		child.kill("SIGINT");
		expect(await ended).toBe(0);
		const whole = await story("--since", "1h");
		expect([whole[0]?.code, whole.at(-1)?.code]).toEqual(["hub.started", "hub.stopped"]);
		expect(whole).toContainEqual(expect.objectContaining(told));
		expect(seen.err).toContain("Ctrl-C again stops at once");
		const after = await ledger("--audit");
		expect([after.code, after.findings]).toEqual([0, []]);
		const lines = readFileSync(path("archive.ndjson"), "utf8").trim().split("\n");
		expect(lines).toHaveLength(after.posted("admit")["appended"] ?? 0);
	});

	it("loses nothing that it acknowledged when it is killed", async () => {
		const { url, child, ended } = await hub("wayside.yaml");
		const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => push(url, i)));
		child.kill("SIGKILL");
		expect(await ended).toBe("SIGKILL");
		const acknowledged = answers.filter((status) => status === 202).length;
		expect(acknowledged).toBeGreaterThan(0);
		const second = await hub("wayside.yaml");
		await vi.waitFor(async () => {
			const { feeds } = (await (await fetch(`${second.url}/status.json`)).json()) as { feeds: unknown[] };
			expect(feeds).toHaveLength(1);
		});
		second.child.kill("SIGTERM");
		expect(await second.ended).toBe(0);
		const report = await ledger("--audit");
		expect([report.code, report.findings]).toEqual([0, []]);
		expect(report.posted("receive")["stored"]).toBeGreaterThanOrEqual(acknowledged);
		expect(report.posted("admit")["appended"]).toBeGreaterThanOrEqual(acknowledged);
	});

	it("follows what happens while it happens, and ends with Ctrl-C", async () => {
		const { url, admin, child, ended } = await hub("wayside.yaml");
		const following = wayside("events", "wayside.yaml", "--follow", "--json", "--url", admin);
		const told = () =>
			following.seen.out
				.split("\n")
				.filter((line) => line.endsWith("}"))
				.map((line) => (JSON.parse(line) as { code: string }).code);
		await vi.waitFor(() => expect(told()).toContain("hub.started"), 30_000);
		expect(told()).not.toContain("feed.state");
		expect(await push(url, 1)).toBe(202);
		await vi.waitFor(() => expect(told()).toContain("feed.state"), 30_000);
		expect(told().filter((code) => code === "hub.started")).toHaveLength(1);
		following.child.kill("SIGINT");
		expect([await following.ended, following.seen.err]).toEqual([0, ""]);
		child.kill("SIGTERM");
		expect(await ended).toBe(0);

		const late = wayside("events", "wayside.yaml", "--follow");
		expect(await late.ended).toBe(0);
		expect(late.seen.err).toContain("No hub runs on this store");
		expect(late.seen.out).toContain("hub.stopped");
	});

	it("starts nothing when a port is taken or the configuration is wrong", async () => {
		const taken = createServer();
		await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
		const { port } = taken.address() as { port: number };
		const blocked = wayside("run", "wayside.yaml", "--port", `${port}`);
		expect(await blocked.ended).toBe(78);
		expect(blocked.seen.err).toContain(`port ${port} on 127.0.0.1 is already in use`);
		taken.close();
		writeFileSync(path("wayside.yaml"), PUSHED_CONFIG.replace("to: archive", "to: archiv"));
		const wrong = wayside("run", "wayside.yaml");
		expect(await wrong.ended).toBe(78);
		expect(wrong.seen.err).toContain('did you mean "archive"?');
		expect(wrong.seen.out).toBe("");
	});

	it("runs the demo without a configuration, and stops at once on a second Ctrl-C", async () => {
		const { url, child, ended, seen } = await hub("--port", "0", "--admin-port", "0");
		const riderFeeds = [...seen.out.matchAll(/rider feed +(\S+)/g)].map(([, address = ""]) => address);
		expect(riderFeeds).toHaveLength(8);
		for (const address of riderFeeds) expect(address).toMatch(/^http:\/\/\S+\.(pb|json)$/);
		await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), {
			timeout: 25_000,
			interval: 100,
		});
		// The commands that it prints, as they stand there.
		const printed = [...seen.out.matchAll(/^ {2}npx wayside (.+)$/gm)].map(([, words = ""]) =>
			words.split(" "),
		);
		expect(printed.map(([verb]) => verb)).toEqual(["events", "ledger", "breaker"]);
		for (const words of printed) {
			// Events and postings reach the store a little after what they tell of.
			await vi.waitFor(
				async () => {
					const looking = wayside(...words);
					expect([words, await looking.ended, looking.seen.err]).toEqual([words, 0, ""]);
					expect(looking.seen.out).not.toBe("");
				},
				{ timeout: 30_000, interval: 200 },
			);
		}
		child.kill("SIGINT");
		child.kill("SIGINT");
		const code = await ended;
		// Both signals may arrive as one, and draining may be done before the second.
		expect([0, "SIGINT"]).toContain(code);
		const after = wayside("ledger", ".wayside/demo/wayside.yaml");
		expect([await after.ended, after.seen.err]).toEqual([0, ""]);
	});
});

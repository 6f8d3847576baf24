import { writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { readFeedMessage } from "../src/formats/gtfs-realtime-read.js";
import { hubProcesses } from "./hub-process.js";

describe("wayside simulate --serve", { timeout: 90_000 }, () => {
	const processes = hubProcesses();

	it("is read by a hub with the configuration that it prints, and ends on Ctrl-C", async () => {
		const agency = processes.wayside("simulate", "--serve", "--port", "0", "--calm", "--json");
		const { url, urls } = await vi.waitFor(
			() => JSON.parse(agency.seen.out) as { url: string; urls: Record<string, string> },
			{ timeout: 30_000, interval: 50 },
		);
		for (const [name, address] of Object.entries(urls)) {
			const answer = await fetch(name === "busTime" ? `${address}?rt=A` : address);
			expect(answer.status, address).toBe(200);
		}
		const printed = processes.wayside("simulate", "--print-config", "--port", new URL(url).port);
		expect(await printed.ended).toBe(0);
		const config = printed.seen.out.replace("port: 8080", "port: 0").replace("port: 8081", "port: 0");
		writeFileSync(processes.path("wayside.yaml"), config);
		const hub = await processes.hub();
		await vi.waitFor(
			async () => {
				const answer = await fetch(`${hub.url}/gtfs-rt/vehicle-positions.pb`);
				const { entities } = readFeedMessage(new Uint8Array(await answer.arrayBuffer()));
				if (entities.length < 30) throw new Error(`${entities.length} vehicles so far`);
			},
			{ timeout: 40_000, interval: 200 },
		);
		hub.child.kill("SIGINT");
		expect(await hub.ended).toBe(0);
		agency.child.kill("SIGINT");
		expect(await agency.ended).toBe(0);
	});

	it("names what an option may be", async () => {
		const wrong = processes.wayside("simulate", "--serve", "--vehicles", "none");
		expect(await wrong.ended).toBe(2);
		expect(wrong.seen.err).toContain("--vehicles none: a whole number from 2 to 5000 is expected");
	});
});

import { writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { readFeedMessage } from "../src/formats/gtfs-realtime-read.js";
import { SPEECHES } from "../src/simulation/gateway-speeches.js";
import { hubProcesses } from "./hub-process.js";

interface Served {
	readonly url: string;
	readonly urls: Readonly<Record<string, string>>;
}

describe("wayside simulate --serve", { timeout: 120_000 }, () => {
	const processes = hubProcesses();

	async function serve(...words: string[]) {
		const agency = processes.wayside("simulate", "--serve", "--port", "0", "--json", ...words);
		const served = await vi.waitFor(() => JSON.parse(agency.seen.out) as Served, {
			timeout: 30_000,
			interval: 50,
		});
		return { ...served, ...agency, port: new URL(served.url).port };
	}

	/** Starts a hub with the configuration that is printed for it, and waits for so many vehicles in its feed. */
	async function readBy(port: string, vehiclesMin: number, ...words: string[]) {
		const printed = processes.wayside("simulate", "--print-config", "--port", port, ...words);
		expect(await printed.ended).toBe(0);
		const config = printed.seen.out.replace("port: 8080", "port: 0").replace("port: 8081", "port: 0");
		writeFileSync(processes.path("wayside.yaml"), config);
		const hub = await processes.hub();
		await vi.waitFor(
			async () => {
				const answer = await fetch(`${hub.url}/gtfs-rt/vehicle-positions.pb`);
				const { entities } = readFeedMessage(new Uint8Array(await answer.arrayBuffer()));
				if (entities.length < vehiclesMin) throw new Error(`${entities.length} vehicles so far`);
			},
			{ timeout: 60_000, interval: 200 },
		);
		hub.child.kill("SIGINT");
		expect(await hub.ended).toBe(0);
	}

	it("is read by a hub with the configuration that it prints, and ends on Ctrl-C", async () => {
		const agency = await serve("--calm");
		expect(Object.keys(agency.urls)).toEqual([...SPEECHES, "gtfs"]);
		for (const [name, address] of Object.entries(agency.urls)) {
			const answer = await fetch(name === "bustime" ? `${address}?rt=A` : address);
			expect(answer.status, address).toBe(200);
		}
		await readBy(agency.port, 30);
		agency.child.kill("SIGINT");
		expect(await agency.ended).toBe(0);
	});

	it("speaks one format only where it is told to, and says which the others are", async () => {
		const agency = await serve("--calm", "--format", "bustime", "--vehicles", "20");
		expect(Object.keys(agency.urls)).toEqual(["bustime", "gtfs"]);
		for (const path of ["/avl/messages", "/siri/vm.xml", "/gtfs-rt/vehicle-positions.pb"]) {
			expect((await fetch(agency.url + path)).status, path).toBe(404);
		}
		await readBy(agency.port, 5, "--format", "bustime");
		agency.child.kill("SIGINT");
		expect(await agency.ended).toBe(0);
	});

	it("lets time pass faster, and changes what it sends when it is told to", async () => {
		const words = ["--calm", "--speed", "600", "--vehicles", "20", "--change", "list-to-object@1"];
		const agency = await serve(...words);
		const read = async () =>
			(await (await fetch(`${agency.urls["queue"]}?limit=3`)).json()) as { time: string; messages: object };
		const first = await read();
		const later = await vi.waitFor(
			async () => {
				const page = await read();
				const passedMs = Date.parse(`${page.time}Z`) - Date.parse(`${first.time}Z`);
				if (passedMs < 120_000 || Array.isArray(page.messages)) throw new Error(`${passedMs} ms passed`);
				return page;
			},
			{ timeout: 30_000, interval: 100 },
		);
		expect(Object.keys(later.messages)).toHaveLength(3);
		agency.child.kill("SIGINT");
		expect(await agency.ended).toBe(0);
	});

	it("breaks the connection of whoever asks for more than the line holds", async () => {
		const agency = await serve("--calm", "--bandwidth", "10B/s");
		const read = async () => (await fetch(`${agency.urls["siri-vm"]}`)).arrayBuffer();
		await expect(read()).rejects.toThrow();
		agency.child.kill("SIGINT");
		expect(await agency.ended).toBe(0);
	});
});

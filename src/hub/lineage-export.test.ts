import { describe, expect, it } from "vitest";
import { HubWorld, hubConfig } from "../../test/hub-world.js";
import { lineageProblems } from "../../test/lineage-check.js";
import type { LedgerSum } from "../log/log.js";
import { Failure } from "../model/failure.js";
import type { HubStatus } from "../operations/status.js";
import type { HttpRequest, HttpResponse } from "../runtime/http.js";
import { createVirtualRuntime } from "../simulation/virtual-runtime.js";
import { LineageExport } from "./lineage-export.js";

const MINUTE = 60_000;
const openLineage = {
	url: "http://marquez.test/api/v1/lineage",
	headers: { authorization: "Bearer canary-of-a-token" },
	namespace: "metro",
	everyMs: 10 * MINUTE,
};

interface Told {
	readonly eventType: string;
	readonly eventTime: string;
	readonly run: { readonly runId: string; readonly facets?: { errorMessage: { message: string } } };
	readonly job: { readonly name: string };
	readonly outputs: readonly { readonly outputFacets?: { outputStatistics: { rowCount: number } } }[];
}

/** A receiver: what it has taken, and how it answers. */
class Receiver {
	readonly taken: Told[] = [];
	requests = 0;
	status: number | "dead" | "silent" = 201;

	async answer({ body, signal }: HttpRequest): Promise<HttpResponse> {
		this.requests++;
		if (this.status === "dead") throw new Failure("net.refused", "the receiver is dead");
		if (this.status === "silent")
			return new Promise((_, reject) => {
				signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
			});
		if (this.status < 300) this.taken.push(JSON.parse(String(body)) as Told);
		return { status: this.status, headers: {}, body: new Uint8Array(), wireBytes: 0 };
	}

	get types(): readonly string[] {
		return this.taken.map(({ eventType }) => eventType);
	}
}

function worldOf(receiver: Receiver): HubWorld {
	const world = new HubWorld({ edit: (config) => ({ ...config, openLineage }) });
	const { request } = world.outside.http;
	Object.assign(world.outside.http, {
		request: (asked: HttpRequest) =>
			asked.url === openLineage.url ? receiver.answer(asked) : request(asked),
	});
	return world;
}

const rowsOf = ({ outputs }: Told) => outputs.map((one) => one.outputFacets?.outputStatistics.rowCount);

describe("events of OpenLineage", () => {
	it("tell of a run from its start to its end, with what the ledger says that it did", async () => {
		const receiver = new Receiver();
		const world = worldOf(receiver);
		const hub = await world.start();
		await world.time.advance(25 * MINUTE);
		expect(receiver.types).toEqual(["START", "RUNNING", "RUNNING"]);
		expect(hub.upstreams().has("openlineage")).toBe(true);
		expect(hub.status().openLineage).toMatchObject({ exported: 3, dropped: 0, waiting: 0 });
		await world.close(hub);
		expect(receiver.types).toEqual(["START", "RUNNING", "RUNNING", "COMPLETE"]);
		expect(new Set(receiver.taken.map(({ run }) => run.runId)).size).toBe(1);
		expect(receiver.taken.flatMap(lineageProblems)).toEqual([]);
		const [start, first, second] = receiver.taken.map(rowsOf);
		expect(start).toEqual([undefined, undefined]);
		// A poll every 5 s gives one new vehicle each.
		expect(first?.[0]).toBeGreaterThan(110);
		expect(first?.[0]).toBeLessThan(125);
		expect(Number(second?.[0]) - Number(first?.[0])).toBeGreaterThan(110);
		expect(first?.[1]).toBeGreaterThan(100);
		expect(JSON.stringify(receiver.taken)).not.toMatch(/bus-\d|canary/);
	});

	it("end a run by what is wrong, and begin another one when it is well again", async () => {
		const receiver = new Receiver();
		const world = worldOf(receiver);
		const hub = await world.start();
		await world.time.advance(MINUTE);
		world.outside.dead.add("avl.test");
		await world.time.advance(9 * MINUTE);
		expect(receiver.types).toEqual(["START", "FAIL"]);
		expect(receiver.taken[1]?.run.facets?.errorMessage.message).toContain("avl.test is dead");
		world.outside.dead.clear();
		await world.time.advance(9 * MINUTE);
		expect(receiver.types).toEqual(["START", "FAIL", "START"]);
		expect(receiver.taken[2]?.run.runId).not.toBe(receiver.taken[0]?.run.runId);
		expect(receiver.taken.flatMap(lineageProblems)).toEqual([]);
		await world.close(hub);
	});

	it("wait for a receiver that is away, in order, and hold up nothing", async () => {
		const receiver = new Receiver();
		receiver.status = "silent";
		const world = worldOf(receiver);
		const hub = await world.start();
		await world.time.advance(25 * MINUTE);
		expect(hub.status().openLineage).toMatchObject({ exported: 0, waiting: 3 });
		expect(hub.status().sinks[0]).toMatchObject({ state: "running" });
		expect(hub.status().sinks[0]?.delivered).toBeGreaterThan(250);
		expect(world.events.filter(({ code }) => code === "openlineage.unsent")).toHaveLength(1);
		receiver.status = 201;
		await world.time.advance(11 * MINUTE);
		expect(receiver.types).toEqual(["START", "RUNNING", "RUNNING", "RUNNING"]);
		expect(receiver.taken.map(({ eventTime }) => eventTime)).toEqual(
			receiver.taken.map(({ eventTime }) => eventTime).sort(),
		);
		expect(world.events.some(({ code }) => code === "openlineage.arrive")).toBe(true);
		await world.close(hub);
	});

	it("that are refused for good are dropped, counted and told how to mend", async () => {
		const receiver = new Receiver();
		receiver.status = 404;
		const world = worldOf(receiver);
		const hub = await world.start();
		await world.time.advance(MINUTE);
		expect(hub.status().openLineage).toMatchObject({ exported: 0, dropped: 1, waiting: 0 });
		expect(hub.status().openLineage?.sentence).toContain("check telemetry.openlineage.url");
		await world.close(hub);
	});

	it("are bounded: of too many the oldest go, and are counted", async () => {
		const time = createVirtualRuntime();
		const { routes } = await hubConfig();
		let names = ["a"];
		const exporting = new LineageExport({
			config: openLineage,
			log: { ledgerSums: async (): Promise<LedgerSum[]> => [] },
			runtime: time.runtime,
			version: "9.9.9",
			routes: () => names.map((from) => ({ ...routes[0], from, to: ["partner"] }) as never),
			upstream: {},
			onNews: () => undefined,
		});
		const hub: Pick<HubStatus, "feeds" | "sinks" | "time"> = { feeds: [], sinks: [], time: 0 };
		names = Array.from({ length: 600 }, (_, n) => `feed-${n}`);
		exporting.look(hub);
		await time.settle();
		names = [];
		exporting.look(hub);
		await time.settle();
		expect(exporting.status()).toMatchObject({ waiting: 1000, dropped: 200, exported: 0 });
		const closed = exporting.close();
		await time.advance(10_000);
		await closed;
	});
});

import { describe, expect, it } from "vitest";
import { startAgencyHub } from "../../test/simulated-agency-hub.js";
import { MINUTE_MS } from "../model/units.js";
import { createAgency } from "./agency.js";
import { createWireHttp } from "./gateway-http.js";
import { Link } from "./gateway-link.js";
import { createVirtualRuntime } from "./virtual-runtime.js";

const answer = (bytes: number) => ({ kind: "answer", status: 200, body: new Uint8Array(bytes) }) as const;

describe("a thin line", () => {
	it("breaks off at the last byte of the minute, sends nothing until bytes are free again", () => {
		const link = new Link({ bytesPerSecond: 400, bytesPerMinuteMax: 1000 });
		const carry = (bytes: number, atMs: number) => link.carry(answer(bytes), atMs);
		expect(carry(700, 0)).toEqual({
			answer: { ...answer(700), pace: { pieceBytes: 100, everyMs: 250 } },
			isBroken: false,
		});
		expect(carry(300, 1000).isBroken).toBe(false);
		expect(carry(1, 59_999)).toEqual({ answer: { kind: "reset" }, isBroken: true });
		// What has no body costs nothing.
		expect(carry(0, 59_999).isBroken).toBe(false);
		const cut = carry(800, 60_000);
		expect(cut.isBroken).toBe(true);
		expect(cut.answer).toMatchObject({ kind: "answer", cutAfterBytes: 700 });
		expect(carry(300, 61_000).isBroken).toBe(false);
	});

	it("counts only what a fault has left of an answer, and leaves other answers alone", () => {
		const link = new Link({ bytesPerSecond: 400, bytesPerMinuteMax: 1000 });
		const pace = { pieceBytes: 7, everyMs: 9 };
		expect(link.carry({ ...answer(5000), cutAfterBytes: 900, pace }, 0)).toEqual({
			answer: { ...answer(5000), cutAfterBytes: 900, pace },
			isBroken: false,
		});
		expect(link.carry({ kind: "hang" }, 0)).toEqual({ answer: { kind: "hang" }, isBroken: false });
		expect(link.carry(answer(101), 0).isBroken).toBe(true);
	});

	it("is slow, and then a broken connection to whoever asks for too much", async () => {
		const virtual = createVirtualRuntime({ startTime: Date.UTC(2026, 0, 5, 15) });
		const { clock } = virtual.runtime;
		const { gateway } = createAgency({
			clock,
			faults: "none",
			link: { bytesPerSecond: 4096, bytesPerMinuteMax: 20_000 },
		});
		const http = createWireHttp({ gateway }, clock);
		const seen: string[] = [];
		for (let call = 0; call < 4; call++) {
			const start = clock.monotonic();
			const url = "http://gateway/avl/messages?after=0&limit=40";
			http.request({ method: "GET", url, headers: { "accept-encoding": "identity" } }).then(
				({ wireBytes }) => {
					const seconds = (clock.monotonic() - start) / 1000;
					expect(wireBytes / seconds).toBeLessThan(4600);
					seen.push("ok");
				},
				(thrown: { code: string }) => seen.push(thrown.code),
			);
			await virtual.advance(10_000);
		}
		expect(seen).toEqual(["ok", "ok", "net.reset", "net.reset"]);
		expect(gateway.counts().overBandwidth).toBe(2);
		await virtual.advance(60_000);
	});
});

/** A Monday, 09:00 in Chicago. */
const START = Date.UTC(2026, 0, 5, 15);
/** What the queue of this city sends is about 330 bytes a second as gzip; most in the first minute, for what it has kept. */
const LINE = { bytesPerSecond: 4096, bytesPerMinuteMax: 60 * 1024 };

describe("a hub on a thin line", () => {
	it("never breaks it with a budget below it, and reads everything", async () => {
		const budget = (config: string) => config.replace("bytes: 64KiB/s", "bytes: 900B/s");
		const { hub, gateway, virtual, records } = await startAgencyHub(START, { link: LINE }, budget);
		await virtual.advance(20 * MINUTE_MS);
		const { feeds, ledger } = hub.status();
		await hub.close();
		expect(gateway.counts().overBandwidth).toBe(0);
		expect(feeds[0]?.state).toBe("running");
		expect(feeds[0]?.gaps.countedReports).toBe(0);
		expect(records.length).toBeGreaterThan(1500);
		expect(ledger.balanced).toBe(true);
	});

	it("gets what fits through a line that is too thin, and counts what is purged meanwhile", async () => {
		const link = { bytesPerSecond: 4096, bytesPerMinuteMax: 2000 };
		const smallPages = (config: string) => config.replace("limit=500", "limit=20");
		const { hub, gateway, virtual, records } = await startAgencyHub(START, { link }, smallPages);
		await virtual.advance(40 * MINUTE_MS);
		const { feeds, ledger } = hub.status();
		await hub.close();
		expect(gateway.counts().overBandwidth).toBeGreaterThan(20);
		expect(feeds[0]?.gaps.countedReports).toBeGreaterThan(500);
		expect(records.length).toBeGreaterThan(500);
		expect(ledger.balanced).toBe(true);
	});

	it("gets nothing at all where no page fits into a minute of the line, and says that the feed is down", async () => {
		const link = { bytesPerSecond: 4096, bytesPerMinuteMax: 2000 };
		const { hub, virtual, records } = await startAgencyHub(START, { link });
		await virtual.advance(10 * MINUTE_MS);
		const { feeds, ledger } = hub.status();
		await hub.close();
		expect(records).toEqual([]);
		expect(feeds[0]?.state).toBe("down");
		expect(feeds[0]?.sentence).toMatch(/broke off/);
		expect(ledger.balanced).toBe(true);
	});
});

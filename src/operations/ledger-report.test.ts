import { expect, it } from "vitest";
import { FIRST_MINUTE, writeHonestStore } from "../../test/fixtures/honest-store.js";
import { ledgerEndpoint } from "../gateway/ledger-endpoint.js";
import { FOLD_AFTER } from "../log/ledger-spans.js";
import type { Log } from "../log/log.js";
import { createMemoryLog } from "../log/memory-log.js";
import { DAY_MS, MINUTE_MS } from "../model/units.js";
import { type LedgerQuestion, type LedgerReport, ledgerReport } from "./ledger-report.js";

const NOW = (FIRST_MINUTE + 10) * MINUTE_MS;
const sinks = [{ name: "web", feeds: ["metro"] }];

async function honest(): Promise<Log> {
	const log = createMemoryLog({ partitions: 3 });
	await writeHonestStore(log);
	return log;
}

const ask = (log: Log, question: LedgerQuestion, now = NOW) => ledgerReport(log, { ...question, sinks }, now);

const lines = ({ sums }: LedgerReport) =>
	sums.map(({ from, step, posted, pending }) => `${from ?? "all"} ${step} ${posted["in"]} ${pending}`);

it("gives sums of a feed and step by minute, from a time on, with what is pending", async () => {
	const log = await honest();
	const question = { feed: "metro", step: "sink:web", by: "minute" } as const;
	expect(lines(await ask(log, question))).toEqual([
		"2026-11-22T12:00Z sink:web 8 0",
		"2026-11-22T12:01Z sink:web 4 0",
		"2026-11-22T12:02Z sink:web 8 8",
	]);
	const late = await ask(log, { ...question, fromTime: (FIRST_MINUTE + 1) * MINUTE_MS + 1 });
	expect(lines(late)).toEqual(["2026-11-22T12:02Z sink:web 8 8"]);
	expect(late).toMatchObject({ balanced: true, sentence: expect.stringMatching(/^All \d accounts/) });
	expect(lines(await ask(log, { feed: "metro", step: "sink:web" }))).toEqual(["all sink:web 20 8"]);
});

it("gives the same sums after folding, where the span begins", async () => {
	const log = await honest();
	const later = NOW + 37 * DAY_MS;
	const before = await ask(log, { by: "day" }, later);
	await log.foldLedger({ ...FOLD_AFTER, keepMs: 400 * DAY_MS }, later);
	const after = await ask(log, { by: "day" }, later);
	expect(after.sums).toEqual(before.sums);
	expect(after.sums.map(({ step }) => step)).toEqual([
		...[
			"receive",
			"receive",
			"interpret",
			"interpret",
			"admit",
			"admit",
			"dead-letters",
			"dead-letters",
			"sink:web",
		],
	]);
});

it("refuses what would not end, or does not fit together, and the endpoint says so with 400", async () => {
	const log = await honest();
	await expect(ask(log, { by: "minute", fromTime: NOW - 2 * DAY_MS })).rejects.toThrow(
		/2880 rows of a minute/,
	);
	const { handle } = ledgerEndpoint((question) => ask(log, question));
	const get = async (query: Record<string, string>) => {
		const request = { query } as unknown as Parameters<typeof handle>[0];
		const { status, body } = await handle(request);
		return { status, body: String(body) };
	};
	expect(await get({ by: "week" })).toMatchObject({ status: 400, body: expect.stringContaining("by is") });
	expect(await get({ from: "yesterday" })).toMatchObject({ status: 400 });
	expect(await get({ audit: "1", feed: "metro" })).toMatchObject({ status: 400 });
	const { status, body } = await get({ step: "admit", by: "hour", from: "0".padStart(3, "0") });
	expect([status, body]).toEqual([400, expect.stringContaining("rows of a hour")]);
	expect((await get({ step: "admit", by: "hour" })).status).toBe(200);
});

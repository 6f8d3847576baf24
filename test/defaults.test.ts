import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { documentSchema } from "../src/config/document.js";
import { parseBytes, parseDuration } from "../src/formats/quantities.js";
import { politeUpstream } from "../src/intake/politeness.js";
import { Failure } from "../src/model/failure.js";
import { createVirtualRuntime } from "../src/simulation/virtual-runtime.js";
import { definition } from "../src/sinks/gtfs-realtime.js";
import { options } from "../src/sinks/gtfs-realtime-options.js";
import { tiersFor } from "../src/sinks/rider-ages.js";
import { ROOT } from "./tidy/repository.js";

const SWEEP_MS = 1_000_000_000;

/** What the table says of each option, in the order of the page. */
const stated = new Map(
	[...readFileSync(join(ROOT, "docs/defaults.md"), "utf8").matchAll(/^\| (.+?) \| (.+?) \| .*\|$/gm)]
		.map(([, option = "", value = ""]) => [option.replaceAll("`", ""), value] as const)
		.filter(([option]) => option !== "Option" && !option.startsWith("---")),
);

/** `60s or 2 sweeps`: what holds without a sweep, and how many sweeps of an endless one. */
function tierText(written: Parameters<typeof tiersFor>[0], tier: "aging" | "stale"): string {
	const sweeps = tiersFor(written, SWEEP_MS)[tier] / SWEEP_MS;
	return `${tiersFor(written, 0)[tier] / 1000}s or ${sweeps} sweeps`;
}

/** The longest that the breaker of a source keeps everybody waiting, while upstream fails for a day. */
async function longestOpenMs(): Promise<number> {
	const time = createVirtualRuntime({ startTime: Date.parse("2026-01-05T12:00:00Z") });
	const { clock } = time.runtime;
	const none = { requests: undefined, bytes: undefined, quota: undefined };
	const upstream = politeUpstream("feed:avl/0", none, {}, time.runtime);
	let longestMs = 0;
	for (let call = 0; call < 200; call++) {
		const done = upstream
			.execute(() => Promise.reject(new Failure("net.refused", "upstream is down")))
			.catch((thrown: unknown) => expect(thrown).toBeInstanceOf(Error));
		await time.advance(30_000);
		await done;
		const next = upstream.status().nextAttemptAt;
		if (upstream.status().state !== "open" || next === undefined) continue;
		longestMs = Math.max(longestMs, next - (upstream.status().lastTransition?.at ?? clock.now()));
		await time.advance(Math.max(0, next - clock.now()));
	}
	await upstream.dispose();
	return longestMs;
}

it("docs/defaults.md states the values of the code", async () => {
	const { store } = documentSchema.parse({ agencies: {}, feeds: {}, sinks: {}, routes: [] });
	const sink = options.parse({});
	const actual = new Map<string, string | number>();
	const rider = (option: string, value: string | number) =>
		actual.set(`sink ${definition.type}: ${option}`, value);
	for (const [name, written] of [
		["stale", sink.stale],
		["tripUpdates.stale", sink.tripUpdates.stale],
	] as const) {
		rider(`${name}.aging`, tierText(written, "aging"));
		rider(`${name}.stale`, tierText(written, "stale"));
		rider(`${name}.gone`, tiersFor(written, 0).gone);
		if (name === "stale") rider("stale.layover", sink.stale.layover);
	}
	rider("publishEvery", sink.publishEvery);
	for (const topic of ["frames", "records", "deadLetters"] as const) {
		actual.set(`store.${topic}.maxAge`, store[topic].maxAge);
		actual.set(`store.${topic}.maxBytes`, store[topic].maxBytes);
	}
	actual.set("store.ledger.keep", store.ledger.keep);
	actual.set("store.disk.usedMax", `${store.disk.usedMax * 100}%`);
	actual.set("store.disk.freeMin", store.disk.freeMin);
	actual.set("store.disk.usedResume", `${store.disk.usedResume * 100}%`);
	// Waits are drawn somewhat below their limit.
	const openMs = Math.ceil((await longestOpenMs()) / 1000) * 1000;
	actual.set("the breaker of a source opens for at most", openMs);
	const plain = [...stated].map(([option, value]) => [
		option,
		parseDuration(value) ?? parseBytes(value) ?? value,
	]);
	expect(plain).toEqual([...actual]);
});

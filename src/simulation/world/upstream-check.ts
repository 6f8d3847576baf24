import { type DurationMs, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import type { Served } from "./hostile-host.js";
import type { NetworkFault, StoreFault, Trouble } from "./plan.js";
import type { Trace } from "./trace.js";
import { BYTES_PER_SECOND, REQUESTS_PER_MINUTE } from "./world-config.js";

export interface UpstreamCheckOptions {
	readonly trace: Trace;
	readonly name: string;
	readonly served: readonly Served[];
	readonly troubles: readonly Trouble<NetworkFault>[];
	/** An outage of our own: what is asked for cannot be kept. */
	readonly store: readonly Trouble<StoreFault>[];
	readonly pollS: number;
	/** When processes began: each has a budget of its own. */
	readonly startsMs: readonly DurationMs[];
}

/** Faults behind which nothing is to be had. */
const OUTAGES: readonly NetworkFault[] = [
	"refuse",
	"reset",
	"hang",
	"truncate",
	"corrupt",
	"status-503",
	"html",
];
const NOTICE_MS = MINUTE_MS;
const BYTES_WINDOW_MS = 5 * MINUTE_MS;

/** What the hub asked of a server of the agency, against what it may. */
export function checkUpstream(options: UpstreamCheckOptions): void {
	const { trace, name, served, startsMs } = options;
	const startsIn = (fromMs: DurationMs, toMs: DurationMs) =>
		startsMs.filter((start) => start > fromMs && start <= toMs).length;
	const times = served.map(({ atMs }) => atMs);
	for (let last = 0, first = 0; last < times.length; last++) {
		const end = times[last] as number;
		while ((times[first] as number) <= end - MINUTE_MS) first++;
		const most = REQUESTS_PER_MINUTE * (1 + startsIn(end - MINUTE_MS, end));
		const count = last - first + 1;
		if (count > most) trace.violate("budget", `${name} was asked ${count} times in a minute`);
	}
	let bytes = 0;
	let largest = 0;
	for (let last = 0, first = 0; last < served.length; last++) {
		const { atMs, bytes: size } = served[last] as Served;
		bytes += size;
		largest = Math.max(largest, size);
		for (; (served[first] as Served).atMs <= atMs - BYTES_WINDOW_MS; first++)
			bytes -= (served[first] as Served).bytes;
		const answers = 2 + startsIn(atMs - BYTES_WINDOW_MS, atMs);
		const most = (BYTES_WINDOW_MS / SECOND_MS) * BYTES_PER_SECOND + answers * largest;
		if (bytes > most) trace.violate("budget", `${name} sent ${bytes} bytes in five minutes`);
	}
	checkOutages(options, startsIn);
}

/**
 * In each whole minute of an outage at most as many requests as in a minute of health. What is left out is the first
 * minute, in which nobody can know yet that it is one: a breaker opens after five failures.
 */
function checkOutages(
	{ trace, name, served, troubles, store, pollS }: UpstreamCheckOptions,
	startsIn: (fromMs: DurationMs, toMs: DurationMs) => number,
): void {
	const normal = Math.ceil(60 / pollS);
	const outages = [
		...troubles.filter(({ fault }) => OUTAGES.includes(fault)),
		...store.filter(({ fault }) => fault !== "stall"),
	].filter(({ share }) => share === 1);
	for (const { fault, fromMs, toMs } of outages) {
		for (let from = fromMs + NOTICE_MS; from + MINUTE_MS <= toMs; from += 10 * SECOND_MS) {
			const asked = served.filter(({ atMs }) => atMs >= from && atMs < from + MINUTE_MS);
			// Another trouble may begin in this one, and has to be noticed too.
			if (new Set(asked.map((one) => one.fault)).size > 1) continue;
			const starts = startsIn(from - MINUTE_MS, from + MINUTE_MS);
			if (asked.length > normal + 1 + 5 * starts) {
				const at = `from ${Math.floor(from / SECOND_MS)} s on`;
				trace.violate("outage", `${name} was asked ${asked.length} times in a minute of ${fault} ${at}`);
			}
		}
	}
}

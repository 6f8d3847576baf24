import { StringMemo } from "../formats/protobuf-reader.js";
import { Failure, messageOf } from "../model/failure.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import { createUpstream, retryAfterOf, type Upstream } from "../resilience/index.js";
import type { HttpRequest, HttpResponse } from "../runtime/http.js";
import { type Runtime, sleep } from "../runtime/runtime.js";
import type { Comparison } from "./comparison.js";
import { readFeed } from "./recorded.js";
import { type Snapshot, snapshotOf } from "./snapshot.js";
import type { Side } from "./tally.js";

/** How long the last good answer stands for the feed: one lost request is no outage to a rider's app. */
const HOLD_MS = 60_000;

export interface LiveOptions {
	readonly runtime: Runtime;
	readonly urls: Readonly<Record<Side, string>>;
	/** Between two moments. */
	readonly everyMs: DurationMs;
	/** By the wall clock. */
	readonly until: EpochMs;
	readonly comparison: Comparison;
	/** Called before each moment: a schedule has to know the day. */
	readonly prepare: (time: EpochMs) => Promise<void>;
	/** After each moment; awaited, so that a state is saved as of one. */
	readonly onMoment: (now: EpochMs) => Promise<void>;
	readonly signal: AbortSignal;
}

/**
 * Reads both feeds at the same moments until the time is over or the signal aborts, with conditional requests under the
 * resilience core. @throws Failure `decode.format` when the first answer of a side is no feed: no wait mends that.
 */
export async function measureLive(options: LiveOptions): Promise<void> {
	const { runtime, everyMs, until, comparison, signal } = options;
	const { clock } = runtime;
	const readers = { a: new LiveReader("a", options), b: new LiveReader("b", options) };
	const start = clock.monotonic();
	try {
		for (let turn = 1; !signal.aborted && clock.now() < until; turn++) {
			const [a, b] = await Promise.all([readers.a.read(), readers.b.read()]);
			if (signal.aborted) return;
			const now = clock.now();
			await options.prepare(now);
			comparison.moment(now, a, b);
			await options.onMoment(now);
			// Counted from the start, so that the time that reading takes does not add up; a moment that was missed is left out.
			const passed = clock.monotonic() - start;
			turn = Math.max(turn, Math.floor(passed / everyMs) + 1);
			await sleep(clock, Math.max(0, turn * everyMs - passed), signal).catch((thrown: unknown) => {
				if (!signal.aborted) throw thrown;
			});
		}
	} finally {
		await Promise.all([readers.a.close(), readers.b.close()]);
	}
}

class LiveReader {
	readonly #side: Side;
	readonly #options: LiveOptions;
	readonly #upstream: Upstream;
	readonly #memo = new StringMemo();
	#snapshot: Snapshot | undefined;
	#readAt = Number.NEGATIVE_INFINITY;
	#validators: Record<string, string> = {};

	constructor(side: Side, options: LiveOptions) {
		this.#side = side;
		this.#options = options;
		this.#upstream = createUpstream(
			`compare:${side}`,
			{
				// The next moment asks again anyway: retries would only add load.
				retry: { maxRetries: 0 },
				timeout: { attemptMs: Math.min(10_000, options.everyMs), jobMs: Math.min(10_000, options.everyMs) },
				breaker: { openMs: 30_000, openMaxMs: 60_000 },
				fallback: false,
			},
			options.runtime,
		);
	}

	close(): Promise<void> {
		return this.#upstream.dispose();
	}

	/** The feed as it stands at this moment. */
	async read(): Promise<Snapshot | undefined> {
		const { runtime, comparison, signal } = this.#options;
		const { clock } = runtime;
		const health = comparison.health[this.#side];
		const result = await this.#upstream
			.syncJob(
				"feed",
				async (attempt) => {
					const response = await runtime.http.request(this.#request(attempt.signal));
					attempt.addBytes(response.wireBytes);
					return this.#checked(response);
				},
				{ signal },
			)
			.catch((thrown: unknown) => {
				if (!signal.aborted) throw thrown;
			});
		if (result === undefined) return undefined;
		health.readings++;
		const failure = result.state === "fresh" ? this.#take(result.value) : messageFor(result);
		if (failure === undefined) this.#readAt = clock.monotonic();
		else {
			if (failure instanceof Failure && health.messages === 0) throw failure;
			health.failed(messageOf(failure));
		}
		return clock.monotonic() - this.#readAt <= HOLD_MS ? this.#snapshot : undefined;
	}

	#request(signal: AbortSignal): HttpRequest {
		const headers = { "user-agent": "wayside-compare", "accept-encoding": "gzip, deflate, br" };
		return {
			method: "GET",
			url: this.#options.urls[this.#side],
			headers: { ...headers, ...this.#validators },
			signal,
			redirectsMax: 3,
		};
	}

	#checked(response: HttpResponse): HttpResponse {
		const { status } = response;
		if (status === 200 || (status === 304 && this.#snapshot !== undefined)) return response;
		const waitMs = retryAfterOf(response.headers, this.#options.runtime.clock.now());
		const isPassing = status >= 500 || status === 429 || status === 408;
		throw new Failure(isPassing ? "http.transient" : "http.rejected", `it answered ${status}`, {
			details: { status },
			...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
		});
	}

	/** Why an answer is no feed; undefined when it is one. */
	#take(response: HttpResponse): Failure | undefined {
		const { runtime, comparison } = this.#options;
		if (response.status === 304) {
			comparison.health[this.#side].unchanged++;
			return undefined;
		}
		const message = readFeed(response.body, this.#memo);
		if (message instanceof Failure) {
			const name = `${this.#side.toUpperCase()} is no GTFS-realtime feed`;
			return new Failure(message.code, `${name}: ${message.message}`);
		}
		this.#snapshot = snapshotOf(message);
		this.#validators = validatorsOf(response);
		comparison.message(this.#side, message, this.#snapshot, runtime.clock.now());
		return undefined;
	}
}

function validatorsOf({ headers }: HttpResponse): Record<string, string> {
	const validators: Record<string, string> = {};
	if (headers["etag"] !== undefined) validators["if-none-match"] = headers["etag"];
	if (headers["last-modified"] !== undefined) validators["if-modified-since"] = headers["last-modified"];
	return validators;
}

function messageFor({ reason, cause }: { readonly reason: string; readonly cause: unknown }): string {
	if (cause !== undefined) return cause instanceof Error ? cause.message : String(cause);
	return reason === "open"
		? "it failed several times and is left alone for a while"
		: `it was not asked: ${reason}`;
}

import type { TracesConfig } from "../config/config.js";
import { Failure, messageOf } from "../model/failure.js";
import { type DurationMs, type EpochMs, SECOND_MS } from "../model/units.js";
import type { TracesStatus } from "../operations/status.js";
import { createUpstream, type Upstream, type UpstreamOptions } from "../resilience/index.js";
import { type Cancel, type Runtime, sleep } from "../runtime/runtime.js";

/** Spans that have ended and that nobody has taken yet. */
export interface SpanSource {
	readonly waiting: number;
	/** Because too many waited. */
	readonly dropped: number;
	take(countMax: number): { readonly body: Uint8Array; readonly count: number } | undefined;
}

export interface TraceExportOptions {
	readonly config: TracesConfig;
	readonly spans: SpanSource;
	readonly runtime: Runtime;
	/** How the breaker persists and tells. */
	readonly upstream: Pick<UpstreamOptions, "persist" | "onEvent">;
	/** Told when nothing arrives any more, and when it does again. */
	readonly onNews: (level: "info" | "warn", code: string, message: string) => void;
}

const EVERY_MS: DurationMs = 5 * SECOND_MS;
const BATCH_MAX = 512;
const ATTEMPT_MS: DurationMs = 10 * SECOND_MS;
const JOB_MS: DurationMs = 30 * SECOND_MS;
const ANSWER_MAX_BYTES = 64 * 1024;
/** A hub that stops waits no longer for a collector. */
const LAST_MS: DurationMs = 2 * SECOND_MS;

/**
 * Posts spans to a collector, in batches and beside everything else: nobody waits for it. What cannot be sent within the
 * time of a job is dropped and counted, since a trace that comes late helps nobody; while the breaker is open spans wait, as
 * many as the queue holds.
 */
export class TraceExport {
	readonly upstream: Upstream;
	readonly #options: TraceExportOptions;
	readonly #stop = new AbortController();
	#running: Promise<void> | undefined;
	#exported = 0;
	#unsent = 0;
	#failure: { readonly time: EpochMs; readonly code: string; readonly message: string } | undefined;

	constructor(options: TraceExportOptions) {
		this.#options = options;
		this.upstream = createUpstream(
			"traces",
			{
				fallback: false,
				timeout: { attemptMs: ATTEMPT_MS, jobMs: JOB_MS },
				bulkhead: { limit: 1, queueMax: 1 },
				...options.upstream,
			},
			options.runtime,
		);
	}

	start(): void {
		this.#running ??= this.#run();
	}

	/** Sends what waits, for as long as a collector may hold up the end. */
	async close(): Promise<void> {
		if (this.#stop.signal.aborted) return;
		const { clock } = this.#options.runtime;
		const giveUp: Cancel = clock.after(LAST_MS, () =>
			this.#stop.abort(new Failure("closed", "The hub stops")),
		);
		await this.#flush();
		giveUp();
		this.#stop.abort(new Failure("closed", "The hub stops"));
		await this.#running;
		await this.upstream.dispose();
	}

	status(): TracesStatus {
		const { waiting, dropped } = this.#options.spans;
		const failure = this.#failure;
		const place = new URL(this.#options.config.url).host;
		return {
			exported: this.#exported,
			dropped: dropped + this.#unsent,
			waiting,
			sentence:
				failure === undefined
					? `Spans go to ${place}.`
					: `Spans do not arrive at ${place} (${failure.message}): traces have holes, and nothing else is missing.`,
			failure,
		};
	}

	async #run(): Promise<void> {
		const { signal } = this.#stop;
		while (!signal.aborted) {
			try {
				await sleep(this.#options.runtime.clock, EVERY_MS, signal, { ref: false });
			} catch (thrown) {
				if (signal.aborted) return;
				throw thrown;
			}
			await this.#flush();
		}
	}

	async #flush(): Promise<void> {
		const { spans } = this.#options;
		while (spans.waiting > 0 && !this.#stop.signal.aborted) {
			const { blockedBy } = this.upstream.status();
			if (blockedBy === "open" || blockedBy === "gate") return;
			const batch = spans.take(BATCH_MAX);
			if (batch === undefined) return;
			if (!(await this.#send(batch.body, batch.count))) return;
		}
	}

	/** Answers whether it arrived. Never rejects: whoever traces is not to be troubled by whoever collects. */
	async #send(body: Uint8Array, count: number): Promise<boolean> {
		const { config, runtime, onNews } = this.#options;
		try {
			await this.upstream.execute(
				async ({ signal }) => {
					const response = await runtime.http.request({
						method: "POST",
						url: config.url,
						headers: { ...config.headers, "content-type": "application/x-protobuf", "user-agent": "wayside" },
						body,
						signal,
						connectTimeoutMs: ATTEMPT_MS,
						headersTimeoutMs: ATTEMPT_MS,
						bodyTimeoutMs: ATTEMPT_MS,
						bodyMaxBytes: ANSWER_MAX_BYTES,
					});
					throwFor(response.status);
				},
				{ signal: this.#stop.signal },
			);
			this.#exported += count;
			if (this.#failure !== undefined) onNews("info", "traces.arrive", "Spans arrive at the collector again");
			this.#failure = undefined;
			return true;
		} catch (thrown) {
			this.#unsent += count;
			const isNews = this.#failure === undefined;
			const code = thrown instanceof Failure ? thrown.code : "bug";
			this.#failure = { time: runtime.clock.now(), code, message: messageOf(thrown) };
			if (isNews && !this.#stop.signal.aborted) onNews("warn", "traces.unsent", this.status().sentence);
			return false;
		}
	}
}

/** As OTLP over HTTP says which answers are to be asked again. */
function throwFor(status: number): void {
	if (status >= 200 && status < 300) return;
	if ([429, 502, 503, 504].includes(status))
		throw new Failure("http.transient", `the collector answered ${status}`);
	const isKey = status === 401 || status === 403;
	const mend = isKey
		? "check telemetry.traces.authorization"
		: "check telemetry.traces.url: it ends in /v1/traces, and the port of OTLP over HTTP is 4318";
	throw new Failure(
		isKey ? "http.unauthorized" : "http.rejected",
		`the collector answered ${status}; ${mend}`,
	);
}

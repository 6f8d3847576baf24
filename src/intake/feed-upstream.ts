import type { Decoder } from "../decoders/decoder.js";
import type { EventEntry } from "../log/event.js";
import type { Log } from "../log/log.js";
import type { DurationMs } from "../model/units.js";
import type { Upstream } from "../resilience/index.js";
import type { Runtime } from "../runtime/runtime.js";
import type { FrameDraft, Source } from "../sources/source.js";
import type { ClockSkew } from "./clock-skew.js";
import type { Quota } from "./quota.js";
import type { UpstreamTrace } from "./upstream-trace.js";

/** One way to get a feed, ready to run. */
export interface FeedUpstream {
	readonly index: number;
	/** Type of the source plug-in, for people. */
	readonly sourceType: string;
	readonly decoderName: string;
	/** Also judges answers: a page of HTML with status 200 is a failure of upstream, not a good poll. */
	readonly decoder: Decoder;
	/** The payload as its decoder knows it, where upstream has changed it. Absent: it is read as it was sent. */
	readonly mended?: ((frame: FrameDraft) => Uint8Array) | undefined;
	readonly source: Source;
	/** Breaker, budgets, retries. Push sources have none. */
	readonly upstream: Upstream | undefined;
	/** What upstream counts per day; told when upstream says that it is used up. */
	readonly quota?: Quota | undefined;
	/** How far its clock is from ours. */
	readonly skew?: ClockSkew | undefined;
	/** Its spans. Absent: nothing is traced. */
	readonly trace?: UpstreamTrace | undefined;
	/** How long upstream keeps what was not read; undefined: it only knows the present. */
	readonly windowMs: DurationMs | undefined;
}

export interface FeedOptions {
	readonly name: string;
	readonly agency: string;
	readonly upstreams: readonly FeedUpstream[];
	readonly log: Log;
	readonly runtime: Runtime;
	/** Told of each gap once it is durable: as an event that is in topic `events` already. */
	readonly onEvent?: (event: EventEntry) => void;
	/** Told when an upstream has fallen silent, or speaks again, where another one can stand in. */
	readonly onNews?: (level: "info" | "warn", code: string, message: string) => void;
}

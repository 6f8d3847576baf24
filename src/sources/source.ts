import type { z } from "zod";
import type { Failure, FailureCode } from "../model/failure.js";
import type { RequestRule } from "../model/request-rule.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Endpoint } from "../runtime/endpoint.js";
import type { Runtime } from "../runtime/runtime.js";

/** One complete upstream message, as a source hands it over. Intake makes it durable before it looks inside. */
export interface FrameDraft {
	readonly bytes: Uint8Array;
	readonly receivedTime: EpochMs;
	/** Which connection, client or file it came from: shown to people, so never with a secret in it. */
	readonly connection: string;
	/** Media type without parameters, where upstream states one. */
	readonly contentType?: string;
	/** Facts outside of the bytes that the decoder needs: `topic` (MQTT), `sender` (UDP), `name` (file). No secrets. */
	readonly meta?: Readonly<Record<string, string>>;
}

/**
 * Keys of `FrameDraft.meta` that make one observation of the frames of a sweep: a feed that takes several calls to ask for
 * gets a frame per call. The frames of a sweep are committed in the order of their calls, and sweeps one after the other.
 */
export const SWEEP_META = Object.freeze({
	/** Names the sweep: the same in each of its frames, and in no other sweep of the upstream. */
	id: "sweep",
	/** Which call of the sweep the frame answers, from 1. A call that failed has left a hole here. */
	call: "sweepCall",
	/** How many calls the sweep has. */
	calls: "sweepCalls",
	/**
	 * `true` in the frame of the last call, when each call before it was answered well and the calls together asked for
	 * all that the plan names, but for items whose last answers held no vehicle: then who is in none of its frames has gone,
	 * if this last frame can be read as well. Absent everywhere else, so that a sweep with a hole is never taken for a
	 * complete one.
	 */
	complete: "sweepComplete",
	/** The items that the call asked for, as `itemList` writes them. */
	items: "sweepItems",
	/**
	 * Instead of `complete` in the frame of the last call: the items that nobody was told of in this sweep, because their
	 * call failed. Of every other item of the plan the sweep is complete.
	 */
	lacking: "sweepLacking",
});

/** Items as text: read back by `readItemList` in the same spelling, which is for comparing and not for showing. */
export function itemList(items: readonly string[]): string {
	return items.map(encodeURIComponent).join(",");
}

export function readItemList(text: string): readonly string[] {
	return text.split(",");
}

/** Opaque to everybody but the source. Committed together with the frames that it covers. */
export type SourceCursor = string;

export interface PollResult {
	readonly frames: readonly FrameDraft[];
	/** Where the next poll begins. `undefined` keeps the present cursor. */
	readonly cursor?: SourceCursor;
	/** Upstream holds more right now: poll again as soon as the budget allows. */
	readonly more?: boolean;
	/** Upstream said that nothing has changed (304): the poll was good, and there is no frame. */
	readonly unchanged?: boolean;
	/** The answer names another place to go on from than the last one did: upstream has told something new. */
	readonly advanced?: boolean;
	/**
	 * Where upstream numbers its messages: how many of them it purged since the last answer. 0 says that none are missing;
	 * absent says that nobody knows, and the harness estimates.
	 */
	readonly gap?: {
		readonly messages: number;
		/** When they were told. Default: since the last answer, up to what upstream still keeps. */
		readonly fromTime?: EpochMs;
		readonly toTime?: EpochMs;
	};
	/** The present, asked for beside a history: it is no part of that, and says nothing of how far that was read. */
	readonly isAside?: boolean;
	/** Bytes that came over the wire, for the byte budget. */
	readonly wireBytes: number;
}

export interface PollRequest {
	readonly cursor: SourceCursor | undefined;
	readonly signal: AbortSignal;
	/** 1 (default) asks for what is next; a higher number asks again for what has just failed. */
	readonly attempt?: number;
}

/** What a source asks for in several calls, for whoever reckons with it beforehand. */
export interface PollPlan {
	/** Calls of one sweep that asks for everything. Undefined: it is discovered, and nobody has said how much it is. */
	readonly calls: number | undefined;
	/** Calls of a day beside those of the sweeps. */
	readonly discoveriesPerDay: number;
	/** How often a vehicle is expected to report, for the ages that can be reached. */
	readonly reportEveryMs: DurationMs;
}

/** Asks upstream when the harness says so. Classifies failures by throwing a `Failure`; never retries, never waits. */
export interface PollSource {
	readonly kind: "poll";
	/** The wanted time between two observations of the feed: between two polls, or with a plan between two sweeps. */
	readonly everyMs: DurationMs;
	/** Present where an observation takes several calls. */
	readonly plan?: PollPlan;
	/** With a plan: how long from now until the next call is wanted. Without: `everyMs` after the last one. */
	pauseMs?(): DurationMs;
	poll(request: PollRequest): Promise<PollResult>;
}

export interface StreamItem extends FrameDraft {
	/** Where to resume once this frame is durable. */
	readonly cursor?: SourceCursor;
	/** Called once the frame is durable, where upstream can be told. Must not throw. Not called when it could not be stored. */
	readonly settled?: () => void;
}

/**
 * Yields frames until it ends, fails or is aborted; it is reopened by the harness. Pulling is the back-pressure: the
 * next frame is asked for when intake has room. Ending normally means that there is nothing more, ever (a replay).
 */
export interface StreamSource {
	readonly kind: "stream";
	open(request: {
		readonly cursor: SourceCursor | undefined;
		readonly signal: AbortSignal;
	}): AsyncIterable<StreamItem>;
}

/**
 * A connection on which upstream speaks when it likes. `connect` resolves once upstream has taken us; the first frame may be
 * long in coming. Its frames never end by themselves: a connection that breaks throws a `Failure`, and is made again by the
 * harness under the policy of its upstream. It ends with the signal's reason when that aborts.
 */
export interface LiveSource {
	readonly kind: "live";
	/** Where upstream answers by calling us; what it says there comes out of the connection. */
	readonly endpoints?: readonly Endpoint[];
	/** How long upstream keeps for us what it could not send, as the session of a broker does. Absent: it keeps nothing. */
	readonly keepsMs?: DurationMs;
	/** With `keepsMs`, once connected: it has kept it this time. A broker that was started anew may have forgotten. */
	hasKept?(): boolean;
	connect(request: {
		readonly cursor: SourceCursor | undefined;
		readonly signal: AbortSignal;
	}): Promise<AsyncIterable<StreamItem>>;
}

/** Upstream calls us. The endpoints hand frames to `context.receive` and answer when that has settled. */
export interface PushSource {
	readonly kind: "push";
	readonly endpoints: readonly Endpoint[];
}

export type Source = PollSource | StreamSource | LiveSource | PushSource;

/** Messages that a source had in hand, or saw coming, and could not keep. A message counts as one report. */
export interface Loss {
	readonly messages: number;
	readonly fromTime: EpochMs;
	readonly toTime: EpochMs;
	/** Why: `store.busy` where intake had no room, `net.reset` for a message that was cut. */
	readonly cause: FailureCode;
}

export interface SourceContext {
	readonly feed: string;
	readonly runtime: Runtime;
	/** Relative paths in the options start here: the folder of the configuration file. */
	readonly baseDirectory: string;
	/** The secrets of this upstream, by name, read from the environment or a file when the hub started. */
	readonly secrets: Readonly<Record<string, string>>;
	/** What the decoder of this upstream asks of a request. */
	readonly requestRule?: RequestRule | undefined;
	/** What the decoder finds wrong with an answer that is no frame of the feed, such as that of a discovery. */
	judge?(frame: FrameDraft): Failure | undefined;
	/**
	 * For push sources. Resolves when the frames are durable; rejects with a `Failure` when they cannot be
	 * (`store.full`, `store.busy`: answer 503 with Retry-After from `retryAfterMs`). `traceparent`: what the sender said in
	 * the header of that name.
	 */
	receive(frames: readonly FrameDraft[], traceparent?: string): Promise<void>;
	/** Takes a loss into the ledger as a gap. Absent where nobody keeps a ledger. */
	lost?(loss: Loss): void;
	/** What people should know and no frame tells, such as who is not let in. Absent where nobody listens. */
	onEvent?(
		level: "info" | "warn",
		code: `source.${string}`,
		message: string,
		details?: Readonly<Record<string, unknown>>,
	): void;
}

/** What a source plug-in exports, frozen: `export const definition = Object.freeze({ ... })`. */
export interface SourceDefinition<Options = unknown> {
	readonly type: string;
	/** One sentence for lists and help. */
	readonly summary: string;
	/** A strict zod object in which every option has a description, and a default where one can be chosen. */
	readonly options: z.ZodType<Options>;
	create(options: Options, context: SourceContext): Source;
}

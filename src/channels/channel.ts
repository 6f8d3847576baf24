import type { z } from "zod";
import type { AlertMessage } from "../model/alert-message.js";
import type { DurationMs } from "../model/units.js";
import type { Network } from "../runtime/http.js";
import type { Runtime } from "../runtime/runtime.js";

/** One way to reach people. Channels say what became of one attempt; only the harness retries. */
export interface Channel {
	/** How long one attempt may take: the signal aborts then. */
	readonly timeoutMs: DurationMs;
	/**
	 * Tells people once. Resolves with what was answered, in a few words without secrets. Rejects with a `Failure` whose
	 * kind says whether to try again soon (`transient`) or whether a person has to mend something first (any other), or
	 * with the signal's reason. The same message may come again after a crash: it has the same id.
	 */
	send(message: AlertMessage, signal: AbortSignal): Promise<string>;
}

export interface ChannelContext {
	readonly name: string;
	readonly runtime: Runtime;
	/** How connections leave that are no HTTP: the authorities to trust. HTTP of the runtime obeys it already. */
	readonly network?: Network | undefined;
	/** Relative paths in options start here. */
	readonly baseDirectory: string;
	readonly secrets: Readonly<Record<string, string>>;
}

/** What a channel plug-in exports, frozen. */
export interface ChannelDefinition<Options = unknown> {
	readonly type: string;
	readonly summary: string;
	readonly options: z.ZodType<Options>;
	create(options: Options, context: ChannelContext): Channel;
}

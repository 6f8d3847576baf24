import type { Log } from "../log/log.js";
import { HOUR_MS } from "../model/units.js";
import { breakerMemory } from "../operations/breaker-memory.js";
import { Repeats } from "../operations/repeats.js";
import type { ResilienceEvent, Upstream, UpstreamOptions } from "../resilience/index.js";
import type { Clock } from "../runtime/runtime.js";
import type { Materials } from "./stages.js";
import { isRoutine, transitionSentence } from "./transition-words.js";

/** Transitions that a person made. */
const OPERATED: readonly string[] = ["forced_open", "forced_closed", "reset"];

export interface BreakerNewsOptions {
	readonly log: Log;
	readonly clock: Clock;
	readonly onEvent: Materials["onEvent"];
	/** By name, as of now. */
	readonly upstreams: () => ReadonlyMap<string, Upstream>;
	/** A person moved the breaker of this name. */
	readonly onOperated: (name: string) => void;
}

/** Keeps every breaker in the store, and tells what happens to it. */
export class BreakerNews {
	readonly #options: BreakerNewsOptions;
	/** What is sent on trial through an open breaker, every few seconds of an outage. */
	readonly #probes = new Repeats(HOUR_MS);

	constructor(options: BreakerNewsOptions) {
		this.#options = options;
	}

	remembering(name: string): Pick<UpstreamOptions, "persist" | "onEvent"> {
		const { save } = breakerMemory(this.#options.log, name);
		return { persist: { save }, onEvent: (event) => this.#happened(name, event) };
	}

	async restore(upstreams: ReadonlyMap<string, Upstream>): Promise<void> {
		const { log, onEvent } = this.#options;
		for (const [name, upstream] of upstreams) {
			const snapshot = await breakerMemory(log, name).load();
			if (snapshot !== undefined && !upstream.restore(snapshot))
				onEvent(name, "warn", "breaker.unreadable", "Its stored breaker cannot be read; it begins closed");
		}
	}

	#happened(name: string, event: ResilienceEvent): void {
		if (event.type !== "transition") return;
		const { clock, onEvent, onOperated, upstreams } = this.#options;
		const isOperated = OPERATED.includes(event.reason);
		if (isOperated) onOperated(name);
		const isNews = () => this.#probes.count(`${name} ${event.reason}`, clock.monotonic()) !== undefined;
		if (!isOperated && isRoutine(event) && !isNews()) return;
		const forced = isOperated ? upstreams().get(name)?.status().forced : undefined;
		const { from, to, reason } = event;
		const level = to === "open" ? "warn" : "info";
		onEvent(name, level, "breaker.state", transitionSentence(event), { from, to, reason, ...forced });
	}
}

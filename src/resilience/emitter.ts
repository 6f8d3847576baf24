import { messageOf } from "../model/failure.js";
import type { Clock } from "../runtime/runtime.js";
import type { ResilienceEvent, ResilienceListener } from "./events.js";

/** An event without the fields that every event has. */
export type EventDetail = ResilienceEvent extends infer Event
	? Event extends ResilienceEvent
		? Omit<Event, "upstream" | "at">
		: never
	: never;

/**
 * Hands events to the listener once the state is consistent, in order, also when the listener calls the upstream again.
 * What a listener throws, or rejects with, is counted and told to it once; it never reaches a result (rule 27).
 */
export class Emitter {
	readonly #upstream: string;
	readonly #clock: Clock;
	readonly #listener: ResilienceListener;
	readonly #waiting: ResilienceEvent[] = [];
	#isDraining = false;
	errors = 0;

	constructor(upstream: string, clock: Clock, listener: ResilienceListener) {
		this.#upstream = upstream;
		this.#clock = clock;
		this.#listener = listener;
	}

	push(detail: EventDetail): void {
		this.#waiting.push({ upstream: this.#upstream, at: this.#clock.now(), ...detail } as ResilienceEvent);
	}

	flush(): void {
		if (this.#isDraining) return;
		this.#isDraining = true;
		let isTold = false;
		for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
			const failure = this.#tell(event);
			if (failure === undefined || isTold) continue;
			// Once per turn: a listener that always throws would otherwise be told of that for ever.
			isTold = true;
			this.push({ type: "listener_error", note: failure });
		}
		this.#isDraining = false;
	}

	/** Answers what the listener threw, in words. */
	#tell(event: ResilienceEvent): string | undefined {
		try {
			const answer: unknown = this.#listener(event);
			if (answer instanceof Promise) {
				answer.catch(() => {
					this.errors += 1;
				});
			}
			return undefined;
		} catch (thrown) {
			this.errors += 1;
			return messageOf(thrown);
		}
	}
}

import type { Log } from "../log/log.js";
import { messageOf } from "../model/failure.js";
import { type DurationMs, SECOND_MS } from "../model/units.js";
import type { HubStatus } from "../operations/status.js";
import { within } from "../routes/slots.js";
import type { Clock } from "../runtime/runtime.js";
import type { Materials } from "./stages.js";

/** A store that hangs must not keep people from being told. */
const SAVE_MAX_MS: DurationMs = 2 * SECOND_MS;

/** What the hub remembers of how it was. */
export interface Memory {
	/** Under which the store keeps it. */
	readonly name: string;
	/** For people: `the last 24 hours`. */
	readonly what: string;
	/** Takes in how it is now; answers whether there is enough that is new to be kept. */
	add(status: HubStatus): boolean;
	json(): unknown;
	/** Answers false, and is as new, when it is not what `json` gave. */
	restore(json: unknown): boolean;
}

/** Keeps memories of the hub in its store: once a quarter of an hour, and when the hub ends. */
export class StatusMemory {
	readonly #log: Log;
	readonly #clock: Clock;
	readonly #onEvent: Materials["onEvent"];
	readonly #memories: readonly Memory[];
	#isNew = true;

	constructor(log: Log, clock: Clock, onEvent: Materials["onEvent"], memories: readonly Memory[]) {
		this.#log = log;
		this.#clock = clock;
		this.#onEvent = onEvent;
		this.#memories = memories;
	}

	async restore(): Promise<void> {
		for (const memory of this.#memories) {
			const stored = await this.#log.state(memory.name);
			if (stored === undefined) continue;
			try {
				if (memory.restore(JSON.parse(new TextDecoder().decode(stored)))) continue;
				this.#unreadable(memory, "it is something else");
			} catch (thrown) {
				this.#unreadable(memory, messageOf(thrown));
			}
		}
	}

	async look(status: HubStatus): Promise<void> {
		const isNews = this.#memories.map((memory) => memory.add(status)).includes(true);
		if (isNews && !this.#isNew) await this.save();
		this.#isNew = false;
	}

	async save(): Promise<void> {
		if (this.#isNew) return;
		const state = this.#memories.map((memory) => ({
			name: memory.name,
			bytes: JSON.stringify(memory.json()),
		}));
		const saved = this.#log.commit({ state }).then(
			() => undefined,
			// The store says itself that it takes nothing; the next quarter of an hour is written with this one.
			() => undefined,
		);
		await within(this.#clock, saved, SAVE_MAX_MS);
	}

	#unreadable({ what }: Memory, why: string): void {
		const message = `What is stored of ${what} cannot be read, and begins anew: ${why}`;
		this.#onEvent("hub", "warn", "status.unreadable", message);
	}
}

import type { Log } from "../log/log.js";
import { messageOf } from "../model/failure.js";
import { type DurationMs, SECOND_MS } from "../model/units.js";
import type { HubStatus, SubjectHistory } from "../operations/status.js";
import { StatusHistory } from "../operations/status-history.js";
import { within } from "../routes/slots.js";
import type { Clock } from "../runtime/runtime.js";
import type { Materials } from "./stages.js";

const STATE = "status-history";
/** A store that hangs must not keep people from being told. */
const SAVE_MAX_MS: DurationMs = 2 * SECOND_MS;

/** Keeps the last 24 hours of each feed and sink in the store: once a quarter of an hour, and when the hub ends. */
export class StatusMemory {
	readonly #log: Log;
	readonly #clock: Clock;
	readonly #onEvent: Materials["onEvent"];
	readonly #history = new StatusHistory();
	#isNew = true;

	constructor(log: Log, clock: Clock, onEvent: Materials["onEvent"]) {
		this.#log = log;
		this.#clock = clock;
		this.#onEvent = onEvent;
	}

	view(): readonly SubjectHistory[] {
		return this.#history.view();
	}

	async restore(): Promise<void> {
		const stored = await this.#log.state(STATE);
		if (stored === undefined) return;
		try {
			if (this.#history.restore(JSON.parse(new TextDecoder().decode(stored)))) return;
			this.#unreadable("it is no history");
		} catch (thrown) {
			this.#unreadable(messageOf(thrown));
		}
	}

	async look(status: HubStatus): Promise<void> {
		const isNews = this.#history.add(status);
		if (isNews && !this.#isNew) await this.save();
		this.#isNew = false;
	}

	async save(): Promise<void> {
		if (this.#isNew) return;
		const bytes = JSON.stringify(this.#history.json());
		const saved = this.#log.commit({ state: [{ name: STATE, bytes }] }).then(
			() => undefined,
			// The store says itself that it takes nothing; the next quarter of an hour is written with this one.
			() => undefined,
		);
		await within(this.#clock, saved, SAVE_MAX_MS);
	}

	#unreadable(why: string): void {
		const message = `What is stored of the last 24 hours cannot be read, and begins anew: ${why}`;
		this.#onEvent("hub", "warn", "status.unreadable", message);
	}
}

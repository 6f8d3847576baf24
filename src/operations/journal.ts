import { type EventEntry, packEvents } from "../log/event.js";
import type { Log } from "../log/log.js";
import { Failure, kindOf } from "../model/failure.js";
import { type DurationMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../model/units.js";
import type { Cancel, Clock } from "../runtime/runtime.js";

/** Events wait this long for others to share their commit. */
const BATCH_MS: DurationMs = SECOND_MS;
/** More wait only while the store takes nothing; then the oldest go, and how many is told. */
const WAITING_MAX = 1000;
const REPEATS_MAX = 500;
/** The same again within this time is held back, and told as one event with a count. */
const QUIET_MS: DurationMs = MINUTE_MS;
/** Housekeeping that repeats itself for ever, and means well. */
const QUIET_BY_CODE: Readonly<Record<string, DurationMs>> = { "store.retention": HOUR_MS };
/** A sentence that quotes an answer may be long; a detail too. */
const MESSAGE_MAX = 500;
const EVENT_BYTES_MAX = 4_096;

interface Repeat {
	readonly since: DurationMs;
	readonly quietMs: DurationMs;
	/** The newest of those that were held back. */
	held: EventEntry | undefined;
	count: number;
}

/**
 * Writes what happens to topic `events`: beside the data, a second late, and never more than the store can bear. Events
 * that differ in numbers only are the same event; of those that come again within a minute the last is written, with how
 * many there were (`details.repeats`).
 */
export class Journal {
	readonly #log: Log;
	readonly #clock: Clock;
	readonly #repeats = new Map<string, Repeat>();
	#waiting: EventEntry[] = [];
	#dropped = 0;
	#timer: Cancel | undefined;
	#writing: Promise<void> | undefined;
	#ended = false;

	constructor(log: Log, clock: Clock) {
		this.#log = log;
		this.#clock = clock;
	}

	/** Returns at once, and never throws. */
	add(event: EventEntry): void {
		if (this.#ended) return;
		const key = `${event.subject} ${event.code} ${event.level} ${event.message.replace(/\d+/g, "#")}`;
		const now = this.#clock.monotonic();
		const known = this.#repeats.get(key);
		if (known !== undefined && now - known.since < known.quietMs) {
			known.held = event;
			known.count++;
		} else {
			if (known !== undefined) this.#release(key, known);
			const quietMs = QUIET_BY_CODE[event.code] ?? QUIET_MS;
			this.#repeats.set(key, { since: now, quietMs, held: undefined, count: 0 });
			this.#wait(event);
			this.#forgetSome();
		}
		this.#schedule();
	}

	/** Writes what waits, at most so long, and takes nothing more. */
	async close(withinMs: DurationMs): Promise<void> {
		this.#ended = true;
		this.#timer?.();
		for (const [key, repeat] of [...this.#repeats]) this.#release(key, repeat);
		let giveUp: Cancel = () => undefined;
		const late = new Promise<void>((resolve) => {
			giveUp = this.#clock.after(withinMs, resolve);
		});
		await Promise.race([this.#writeAll(), late]);
		giveUp();
	}

	#release(key: string, { held, count }: Repeat): void {
		this.#repeats.delete(key);
		if (held === undefined) return;
		this.#wait(count === 1 ? held : { ...held, details: { ...held.details, repeats: count } });
	}

	#forgetSome(): void {
		for (const [key, repeat] of this.#repeats) {
			if (this.#repeats.size <= REPEATS_MAX) return;
			this.#release(key, repeat);
		}
	}

	#wait(event: EventEntry): void {
		this.#waiting.push(bounded(event));
		if (this.#waiting.length <= WAITING_MAX) return;
		this.#waiting.shift();
		this.#dropped++;
	}

	#schedule(): void {
		if (this.#timer !== undefined || this.#ended) return;
		this.#timer = this.#clock.after(
			BATCH_MS,
			() => {
				this.#timer = undefined;
				void this.#turn();
			},
			{ ref: false },
		);
	}

	async #turn(): Promise<void> {
		const now = this.#clock.monotonic();
		for (const [key, repeat] of this.#repeats)
			if (now - repeat.since >= repeat.quietMs) this.#release(key, repeat);
		await this.#writeAll();
		if (this.#waiting.length > 0 || this.#repeats.size > 0) this.#schedule();
	}

	/** One commit at a time. */
	async #writeAll(): Promise<void> {
		await this.#writing;
		this.#writing = this.#write();
		await this.#writing;
	}

	async #write(): Promise<void> {
		if (this.#waiting.length === 0) return;
		const dropped = this.#dropped;
		const batch = this.#waiting;
		this.#waiting = [];
		this.#dropped = 0;
		try {
			await this.#log.commit({ append: packEvents([...this.#lost(dropped), ...batch]) });
		} catch (thrown) {
			// The hub tells of a store in trouble by itself; here nothing is lost but what does not fit.
			const isFinal = !(thrown instanceof Failure) || kindOf(thrown) !== "transient";
			if (isFinal) this.#ended = true;
			else {
				this.#waiting = [...batch, ...this.#waiting];
				this.#dropped += dropped + Math.max(0, this.#waiting.length - WAITING_MAX);
				this.#waiting = this.#waiting.slice(-WAITING_MAX);
			}
		}
	}

	#lost(count: number): EventEntry[] {
		if (count === 0) return [];
		const message = `${count} events were not written, because the store took nothing`;
		const time = this.#clock.now();
		return [
			{ time, subject: "store", level: "warn", code: "store.events_dropped", message, details: { count } },
		];
	}
}

function bounded(event: EventEntry): EventEntry {
	const message =
		event.message.length > MESSAGE_MAX ? `${event.message.slice(0, MESSAGE_MAX)}…` : event.message;
	const { details, ...rest } = event;
	const kept = details !== undefined && JSON.stringify(details).length <= EVENT_BYTES_MAX ? { details } : {};
	return { ...rest, message, ...kept };
}

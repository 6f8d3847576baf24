import type { DurationMs } from "../model/units.js";
import type { Job, Run, Wait } from "./job.js";
import type { Settings } from "./resolve-options.js";
import { Lane } from "./timetable.js";

/** A ramp to a very high limit takes no more doublings than this. */
const DOUBLINGS_MAX = 20;

/** Places for attempts, and the line of jobs that wait for one (rules 9, 17 and 19). */
export class Bulkhead {
	readonly #settings: Settings;
	/** Attempts that hold a place, zombies included. */
	inFlight = 0;
	queued = 0;
	/** Timed-out or dropped attempts that still run and hold a place. */
	zombies = 0;
	#head: Wait | null = null;
	#tail: Wait | null = null;
	#rampFrom: DurationMs | null = null;
	/** In order of the time at which they give their place back. */
	#zombieLane: Lane | null = null;

	constructor(settings: Settings) {
		this.#settings = settings;
	}

	get first(): Wait | null {
		return this.#head;
	}

	get isQueueFull(): boolean {
		return this.queued >= this.#settings.queueMax;
	}

	push({ wait }: Job): void {
		wait.before = this.#tail;
		if (this.#tail === null) this.#head = wait;
		else this.#tail.after = wait;
		this.#tail = wait;
		this.queued += 1;
	}

	remove({ wait }: Job): void {
		if (wait.before === null) this.#head = wait.after;
		else wait.before.after = wait.after;
		if (wait.after === null) this.#tail = wait.before;
		else wait.after.before = wait.before;
		wait.before = null;
		wait.after = null;
		this.queued -= 1;
	}

	/** From now on the limit grows from `probes` to its full value (rule 9). */
	startRamp(now: DurationMs): void {
		this.#rampFrom = now;
	}

	limitAt(now: DurationMs): number {
		if (this.#rampFrom === null) return this.#settings.limit;
		const { limit, rampMs, probes } = this.#settings;
		if (now - this.#rampFrom >= rampMs) {
			this.#rampFrom = null;
			return limit;
		}
		return Math.min(limit, probes * 2 ** Math.floor((now - this.#rampFrom) / this.#stepMs));
	}

	/** When a place may come free without an attempt settling; infinite when it cannot. */
	nextPlaceAt(now: DurationMs): DurationMs {
		const zombieAt = this.#zombieLane?.head?.dueMs ?? Number.POSITIVE_INFINITY;
		if (this.#rampFrom === null) return zombieAt;
		const steps = Math.floor((now - this.#rampFrom) / this.#stepMs) + 1;
		return Math.min(zombieAt, this.#rampFrom + Math.min(this.#settings.rampMs, steps * this.#stepMs));
	}

	/** The attempt keeps its place until it settles, but not for ever. */
	addZombie(run: Run, now: DurationMs): void {
		this.zombies += 1;
		this.#zombieLane ??= new Lane(this.#settings.zombieMaxMs);
		run.dueMs = now + this.#settings.zombieMaxMs;
		this.#zombieLane.append(run);
	}

	removeZombie(run: Run): void {
		this.zombies -= 1;
		this.inFlight -= 1;
		run.lane?.remove(run);
	}

	/** The next zombie whose time is over, its place given back; null when there is none. */
	abandonZombie(now: DurationMs): Run | null {
		const run = this.#zombieLane?.head as Run | null | undefined;
		if (run === null || run === undefined || run.dueMs > now) return null;
		this.removeZombie(run);
		run.state = "abandoned";
		return run;
	}

	get #stepMs(): DurationMs {
		const { limit, rampMs, probes } = this.#settings;
		return rampMs / Math.min(DOUBLINGS_MAX, Math.ceil(Math.log2(limit / probes)));
	}
}

import type { DurationMs } from "../model/units.js";
import type { Settings } from "./resolve-options.js";

/**
 * The retry budget of rule 15: a bucket of tokens per upstream. It is not a share of active requests, because that share
 * grows as the calls in flight become retries, and is useless at low traffic. First attempts and probes are free.
 */
export class RetryTokens {
	readonly #settings: Settings;
	#tokens: number;
	/** Up to when the time has been paid for. */
	#paidUntil: DurationMs;
	/** Mean bytes of an answer, over about ten of them; 0 while none is known. */
	#meanBytes = 0;

	constructor(settings: Settings, now: DurationMs) {
		this.#settings = settings;
		this.#tokens = settings.tokens;
		this.#paidUntil = now;
	}

	/** Pays for the time since the last call where the breaker was closed during it. */
	accrue(now: DurationMs, isClosed: boolean): void {
		if (isClosed) this.#add(((now - this.#paidUntil) / 1_000) * this.#settings.perSecond);
		this.#paidUntil = now;
	}

	earn(): void {
		this.#add(this.#settings.perSuccess);
	}

	measure(bytes: number): void {
		this.#meanBytes = this.#meanBytes === 0 ? bytes : this.#meanBytes + (bytes - this.#meanBytes) / 10;
	}

	/** What a retry of a call that moved so many bytes costs: 1, or in proportion where that is more. */
	costOf(bytes: number): number {
		if (this.#meanBytes === 0) return 1;
		return Math.max(1, Math.min(this.#settings.tokens, Math.ceil(bytes / this.#meanBytes)));
	}

	take(cost: number): boolean {
		if (this.#tokens < cost) return false;
		this.#tokens -= cost;
		return true;
	}

	giveBack(cost: number): void {
		this.#add(cost);
	}

	/** How long until there is one token, if the breaker stays closed; infinite when time pays nothing. */
	waitMs(): DurationMs {
		if (this.#tokens >= 1) return 0;
		return ((1 - this.#tokens) / this.#settings.perSecond) * 1_000;
	}

	get left(): number {
		return this.#tokens;
	}

	#add(tokens: number): void {
		this.#tokens = Math.min(this.#settings.tokens, this.#tokens + tokens);
	}
}

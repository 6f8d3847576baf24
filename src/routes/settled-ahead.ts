import type { Log } from "../log/log.js";
import { formatRanges, parseRanges } from "../log/receipt-pack.js";
import { Failure, type FailureCode } from "../model/failure.js";

/** What became of one record that was sent: delivered, or refused and to be a dead letter. */
export type SentOutcome =
	| "delivered"
	| { readonly code: FailureCode; readonly message: string; readonly attempts: number };

/**
 * Records of one partition that are settled and lie at or after the cursor, since records before them are still held.
 * They are posted when the cursor passes them, so that `in` = outcomes + what lies at or after the cursor holds in every
 * commit, whoever counts. Durable: a restart must not send them again.
 */
export class SettledAhead {
	readonly #stateName: string;
	#outcomes = new Map<number, SentOutcome>();
	#isChanged = false;

	constructor(stateName: string) {
		this.#stateName = stateName;
	}

	get size(): number {
		return this.#outcomes.size;
	}

	has(offset: number): boolean {
		return this.#outcomes.has(offset);
	}

	add(offset: number, outcome: SentOutcome): void {
		this.#outcomes.set(offset, outcome);
		this.#isChanged = true;
	}

	/** What became of the record, which the cursor passes now. Undefined: nothing yet. */
	take(offset: number): SentOutcome | undefined {
		const outcome = this.#outcomes.get(offset);
		if (outcome === undefined) return undefined;
		this.#outcomes.delete(offset);
		this.#isChanged = true;
		return outcome;
	}

	/** Retention took what lies before the offset, and posted it as expired. */
	dropBefore(offset: number): void {
		for (const settled of this.#outcomes.keys()) if (settled < offset) this.take(settled);
	}

	async load(log: Log): Promise<void> {
		this.#isChanged = false;
		const bytes = await log.state(this.#stateName);
		this.#outcomes = bytes ? decode(bytes, this.#stateName) : new Map<number, SentOutcome>();
	}

	/** As entries of a commit; none when nothing has changed since the last time. */
	takeState(): readonly { readonly name: string; readonly bytes: string | null }[] {
		if (!this.#isChanged) return [];
		this.#isChanged = false;
		return [{ name: this.#stateName, bytes: this.#outcomes.size === 0 ? null : encode(this.#outcomes) }];
	}
}

interface AheadJson {
	readonly v: number;
	readonly base: number;
	/** Ranges from the base. */
	readonly delivered: string;
	readonly refused: readonly (readonly [number, FailureCode, string, number])[];
}

function encode(outcomes: ReadonlyMap<number, SentOutcome>): string {
	const sorted = [...outcomes].sort(([a], [b]) => a - b);
	const base = sorted[0]?.[0] ?? 0;
	const delivered = sorted.filter(([, outcome]) => outcome === "delivered").map(([offset]) => offset - base);
	const json: AheadJson = {
		v: 1,
		base,
		delivered: formatRanges(delivered),
		refused: sorted.flatMap(([offset, outcome]) =>
			outcome === "delivered"
				? []
				: [[offset - base, outcome.code, outcome.message, outcome.attempts] as const],
		),
	};
	return JSON.stringify(json);
}

function decode(bytes: Uint8Array, name: string): Map<number, SentOutcome> {
	try {
		const json = JSON.parse(new TextDecoder().decode(bytes)) as AheadJson;
		if (json.v !== 1) throw new Error(`its version is ${json.v}, this program knows 1`);
		const outcomes = new Map<number, SentOutcome>();
		for (const at of parseRanges(json.delivered)) outcomes.set(json.base + at, "delivered");
		for (const [at, code, message, attempts] of json.refused) {
			outcomes.set(json.base + at, { code, message, attempts });
		}
		return outcomes;
	} catch (thrown) {
		throw new Failure(
			"store.corrupt",
			`The state "${name}" does not hold settled offsets; restore the store from a backup, or delete that state: ` +
				"what it names is then sent again under another id",
			{ cause: thrown },
		);
	}
}

import { textOf } from "../../formats/json.js";
import { maskedSample } from "../../formats/masking.js";
import { plainOf, type XmlElement } from "../../formats/xml.js";
import { type EpochMs, HOUR_MS, MINUTE_MS } from "../../model/units.js";
import { type Breach, checkPayload, type Finding, type Held } from "./check-payload.js";
import type { Contract, ContractNode, ContractPayload, SemanticName } from "./contract.js";
import { xmlDocument } from "./open-payload.js";
import { type PayloadTree, payloadTree } from "./payload-tree.js";

/** What became of the payloads of a frame. */
export interface GateVerdict {
	/** Why nothing of the frame may be read. */
	readonly refusal: string | undefined;
	/** Records, or payloads among others of the frame, that were taken out before the decoder read them. */
	readonly refused: readonly { readonly message: string; readonly sample: string }[];
	/** Whose records lack a value now: ids as upstream spells them. `all`: it cannot be told whose. */
	readonly lacking: ReadonlySet<string> | "all" | undefined;
	/** What is in the frame is not all that upstream knows. */
	readonly isPartial: boolean;
	readonly news: readonly ContractNews[];
}

/** A place that does not fit, told when it is new and hourly while it lasts. */
export interface ContractNews {
	readonly level: "info" | "warn";
	readonly message: string;
	readonly details: Readonly<Record<string, unknown>>;
}

/** Since the hub started, and lately. */
export interface ContractStatus {
	/** `metro-avl@3`. */
	readonly contract: string;
	readonly records: number;
	readonly refusedRecords: number;
	readonly refusedPayloads: number;
	/** Records that lack a value that did not fit. */
	readonly lackingRecords: number;
	/** Share of the records of the last five to ten minutes that were refused or lack a value. Undefined: there were none. */
	readonly recentShare: number | undefined;
	/** Places that do not fit, the newest first. */
	readonly breaches: readonly ContractBreachStatus[];
}

export interface ContractBreachStatus {
	readonly path: string;
	readonly keyword: string;
	readonly mode: string;
	readonly message: string;
	readonly count: number;
	readonly lastTime: EpochMs;
}

const TOLD_MAX = 500;
const BREACHES_SHOWN_MAX = 20;
const AGAIN_MS = HOUR_MS;
const SPAN_MS = 5 * MINUTE_MS;
const SAMPLES_MAX = 2000;
/** What tells whose record it is. */
const IDENTITIES: ReadonlySet<SemanticName> = new Set(["vehicle-id", "vehicle-label", "trip"]);

interface Told {
	readonly breach: Breach;
	count: number;
	sinceTold: number;
	toldTime: EpochMs;
	lastTime: EpochMs;
}

/**
 * Stands between the parser of a decoder and the rest of it: looks at each payload by a contract, takes out what its modes say,
 * and keeps account of it. One per upstream; the same frames give the same answers.
 */
export class ContractGate {
	readonly name: string;
	readonly #contract: Contract;
	readonly #tree: PayloadTree;
	readonly #identities: readonly (readonly string[])[];
	readonly #told = new Map<string, Told>();
	readonly #sums = { records: 0, refusedRecords: 0, refusedPayloads: 0, lackingRecords: 0 };
	#spans = [
		{ from: 0, records: 0, affected: 0 },
		{ from: 0, records: 0, affected: 0 },
	];
	#usualRecords = 1;
	#frame = emptyFrame();

	constructor(contract: Contract) {
		const { feed, version, payload } = contract.header;
		this.name = `${feed}@${version}`;
		this.#contract = contract;
		this.#tree = payloadTree(payload);
		this.#identities = identityPaths(contract.root);
	}

	/**
	 * Looks at a payload that a decoder has parsed, and changes it in place. False: it is refused, and not to be read.
	 */
	readonly inspect = (payload: unknown, written: ContractPayload): boolean => {
		const frame = this.#frame;
		frame.payloads++;
		const { header, root } = this.#contract;
		if (written !== header.payload) {
			const mode = root.mode ?? "evolve";
			const message = `is ${written.toUpperCase()} where ${header.payload.toUpperCase()} is expected`;
			const breach: Breach = { path: ".", keyword: "payload", message, mode, semantic: undefined };
			frame.breaches.push([`.|payload`, breach, 1]);
			return mode === "evolve" || this.#refusePayload(breach, payload, written);
		}
		const whole = written === "xml" ? xmlDocument(payload as XmlElement) : payload;
		const { records, findings, counts } = checkPayload(this.#contract, whole);
		frame.records += records;
		for (const [key, { breach, count }] of counts) frame.breaches.push([key, breach, count]);
		if (findings.length === 0) return true;
		const outside = findings.find(
			({ mode, record }) =>
				mode !== "discard-value" &&
				(record === undefined || record.holder === undefined || record.value === payload),
		);
		if (outside !== undefined) {
			frame.refusedRecords += records;
			return this.#refusePayload(outside, payload, written);
		}
		this.#takeOut(findings);
		return true;
	};

	/** What the payloads that were inspected since the last call come to. Those of the past count for nothing, and are no news. */
	take(receivedTime: EpochMs, isPast = false): GateVerdict {
		const frame = this.#frame;
		this.#frame = emptyFrame();
		if (!isPast) this.#account(frame, receivedTime);
		const isWhole = frame.payloads > 0 && frame.refusedPayloads === frame.payloads;
		const [first] = frame.refused;
		return {
			refusal: isWhole ? first?.message : undefined,
			refused: isWhole ? [] : frame.refused,
			lacking: frame.lackingRecords === 0 ? undefined : frame.isNameless ? "all" : frame.lacking,
			isPartial: frame.refused.length > 0 || frame.isNameless,
			news: isPast || frame.breaches.length === 0 ? NO_NEWS : this.#news(frame, receivedTime),
		};
	}

	status(): ContractStatus {
		const records = this.#spans.reduce((sum, span) => sum + span.records, 0);
		const affected = this.#spans.reduce((sum, span) => sum + span.affected, 0);
		const breaches = [...this.#told.values()].sort((a, b) => b.lastTime - a.lastTime);
		return {
			contract: this.name,
			...this.#sums,
			recentShare: records === 0 ? undefined : affected / records,
			breaches: breaches.slice(0, BREACHES_SHOWN_MAX).map(({ breach, count, lastTime }) => {
				const { path, keyword, mode, message } = breach;
				return { path, keyword, mode, message, count, lastTime };
			}),
		};
	}

	#refusePayload(breach: Breach, payload: unknown, written: ContractPayload): false {
		const frame = this.#frame;
		frame.refusedPayloads++;
		frame.refused.push({ message: this.#sentence(breach), sample: sampleOf(payload, written === "xml") });
		return false;
	}

	#takeOut(findings: readonly Finding[]): void {
		const frame = this.#frame;
		const refused = new Map<Held, Breach>();
		for (const finding of findings)
			if (isFatal(finding) && finding.record !== undefined && !refused.has(finding.record))
				refused.set(finding.record, finding);
		const lacking = new Set<Held | undefined>();
		for (const { mode, record, at } of findings) {
			if (mode !== "discard-value" || (record !== undefined && refused.has(record))) continue;
			// Before it is taken out: it can be what says whose record it is.
			if (!lacking.has(record)) this.#name(record);
			lacking.add(record);
			this.#tree.remove(at.holder, at.name, at.value);
		}
		frame.lackingRecords += lacking.size;
		for (const [record, breach] of refused) {
			frame.refusedRecords++;
			const isXml = this.#contract.header.payload === "xml";
			const sample = frame.refused.length < SAMPLES_MAX ? sampleOf(record.value, isXml) : "";
			frame.refused.push({ message: this.#sentence(breach), sample });
			this.#tree.remove(record.holder, record.name, record.value);
		}
	}

	/** Notes whose record it is. */
	#name(record: Held | undefined): void {
		const frame = this.#frame;
		let isNamed = false;
		for (const path of record === undefined ? [] : this.#identities) {
			let value: unknown = record?.value;
			for (const name of path)
				value =
					value !== undefined && this.#tree.typeOf(value) === "object"
						? this.#tree.get(value, name)
						: undefined;
			if (value === undefined || this.#tree.typeOf(value) === "array") continue;
			const id = textOf(this.#tree.scalar(value));
			if (id === undefined) continue;
			isNamed = true;
			frame.lacking.add(id);
		}
		if (!isNamed) frame.isNameless = true;
	}

	#sentence({ path, message }: Breach): string {
		return `Contract ${this.name}: ${path} ${message}`;
	}

	#account(frame: OpenFrame, now: EpochMs): void {
		const { records, refusedRecords, refusedPayloads, lackingRecords } = frame;
		this.#sums.records += records;
		this.#sums.refusedRecords += refusedRecords;
		this.#sums.refusedPayloads += refusedPayloads;
		this.#sums.lackingRecords += lackingRecords;
		let [newest, older] = this.#spans as [Span, Span];
		if (now - newest.from >= SPAN_MS) {
			older = now - newest.from >= 2 * SPAN_MS ? { from: now - SPAN_MS, records: 0, affected: 0 } : newest;
			newest = { from: now, records: 0, affected: 0 };
			this.#spans = [newest, older];
		}
		// A payload that is refused for what is outside of its records has as many of them as usual.
		const missing = refusedPayloads > 0 && records === 0 ? this.#usualRecords : 0;
		newest.records += records + missing;
		newest.affected += Math.min(records, refusedRecords + lackingRecords) + missing;
		if (records > 0) this.#usualRecords = records;
	}

	#news(frame: OpenFrame, now: EpochMs): readonly ContractNews[] {
		const news: ContractNews[] = [];
		for (const [key, breach, count] of frame.breaches) {
			let told = this.#told.get(key);
			if (told === undefined) {
				if (this.#told.size >= TOLD_MAX) continue;
				told = { breach, count: 0, sinceTold: 0, toldTime: Number.NEGATIVE_INFINITY, lastTime: now };
				this.#told.set(key, told);
			}
			told.count += count;
			told.sinceTold += count;
			told.lastTime = now;
			if (now - told.toldTime < AGAIN_MS) continue;
			told.toldTime = now;
			news.push(this.#one(breach, told.sinceTold, frame.records));
			told.sinceTold = 0;
		}
		return news;
	}

	#one(breach: Breach, count: number, records: number): ContractNews {
		const { path, keyword, mode } = breach;
		const done = {
			evolve: "It passes, and is read as far as the decoder can",
			"discard-value": "It is taken out, and the records are flagged",
			"dead-letter": "It is kept as a dead letter",
			freeze: "It is kept as a dead letter",
		}[mode];
		return {
			level: mode === "evolve" ? "info" : "warn",
			message: `${this.#sentence(breach)}. ${done}`,
			details: { contract: this.name, path, keyword, mode, count, records },
		};
	}
}

/** Without its vehicle, a record is nobody's. */
function isFatal({ mode, semantic }: Finding): boolean {
	return mode !== "discard-value" || semantic === "vehicle-id";
}

interface Span {
	readonly from: EpochMs;
	records: number;
	affected: number;
}

interface OpenFrame {
	payloads: number;
	records: number;
	refusedPayloads: number;
	refusedRecords: number;
	lackingRecords: number;
	isNameless: boolean;
	readonly lacking: Set<string>;
	readonly refused: { readonly message: string; readonly sample: string }[];
	readonly breaches: (readonly [key: string, breach: Breach, count: number])[];
}

function emptyFrame(): OpenFrame {
	return {
		payloads: 0,
		records: 0,
		refusedPayloads: 0,
		refusedRecords: 0,
		lackingRecords: 0,
		isNameless: false,
		lacking: new Set(),
		refused: [],
		breaches: [],
	};
}

const NO_NEWS: readonly ContractNews[] = Object.freeze([]);

function sampleOf(value: unknown, isXml: boolean): string {
	return maskedSample(isXml ? plainOf(value as XmlElement) : value);
}

/** Where in a record stands whose it is, by names from the record on. */
function identityPaths(root: ContractNode): readonly (readonly string[])[] {
	const paths: string[][] = [];
	const walk = (node: ContractNode, path: readonly string[] | undefined, depth: number): void => {
		if (depth > 24 || paths.length >= 16) return;
		const own = node.isRecord ? [] : path;
		if (own !== undefined && node.semantic !== undefined && IDENTITIES.has(node.semantic.is))
			paths.push([...own]);
		for (const [name, inner] of node.properties) walk(inner, own && [...own, name], depth + 1);
		for (const inner of [node.ref, node.items, node.additional, ...node.allOf, ...node.anyOf, ...node.oneOf])
			if (inner !== undefined)
				walk(inner, inner === node.items || inner === node.additional ? undefined : own, depth + 1);
	};
	walk(root, [], 0);
	return paths;
}

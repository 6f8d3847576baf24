import { parseIsoTime } from "../../formats/iso-time.js";
import type { DurationMs } from "../../model/units.js";
import type { WireAnswer, WireRequest } from "../../runtime/node-server.js";
import type { WireHandler } from "../gateway-http.js";
import type { Dice, PartnerFault, Trouble } from "./plan.js";
import type { Trace } from "./trace.js";
import { Weather } from "./weather.js";

/** As much of a delivered record as the checks look at. */
interface Delivered {
	readonly id: string;
	readonly revision: number;
	readonly kind: string;
	readonly key: string;
	readonly eventTime: string;
	readonly flags: readonly string[];
	readonly removed?: boolean;
}

export interface PartnerOptions {
	readonly troubles: readonly Trouble<PartnerFault>[];
	readonly badRecordIn: number;
	readonly dice: Dice;
	readonly trace: Trace;
	readonly sinceStart: () => DurationMs;
}

/** A partner who takes batches, keeps their ids, and refuses what it cannot read. It checks what it is promised. */
export class Partner implements WireHandler {
	/** By `id#revision`: in which batch it took effect. */
	readonly applied = new Map<string, string>();
	readonly weather: Weather<PartnerFault>;
	readonly #options: PartnerOptions;
	/** Bodies by batch id, taken or not: a retry has to say the same. */
	readonly #bodies = new Map<string, string>();
	readonly #taken = new Set<string>();
	readonly #newest = new Map<string, { readonly time: number; readonly revision: number }>();

	constructor(options: PartnerOptions) {
		this.#options = options;
		this.weather = new Weather(options.troubles);
	}

	isBad(id: string): boolean {
		const { badRecordIn } = this.#options;
		if (badRecordIn === 0) return false;
		let hash = 7;
		for (let at = 0; at < id.length; at++) hash = (Math.imul(hash, 31) + id.charCodeAt(at)) >>> 0;
		return hash % badRecordIn === 0;
	}

	handle(request: WireRequest): WireAnswer {
		const { sinceStart, dice, trace } = this.#options;
		const fault = this.weather.faultAt(sinceStart(), dice.next())?.fault;
		const answer = this.#answer(request, fault);
		const said = answer.kind === "answer" ? answer.status : answer.kind;
		trace.tell("partner", `${fault ?? "well"} ${said} ${request.headers["webhook-id"]}`);
		return answer;
	}

	#answer(request: WireRequest, fault: PartnerFault | undefined): WireAnswer {
		switch (fault) {
			case "refuse":
			case "reset":
				return { kind: "reset" };
			case "hang":
				return { kind: "hang" };
			case "status-429":
				return { kind: "answer", status: 429, headers: { "retry-after": "7" } };
			case "status-503":
				return { kind: "answer", status: 503 };
			case "status-401":
				return { kind: "answer", status: 401 };
			case "lost-answer":
				this.#take(request);
				return this.#options.dice.is(0.5) ? { kind: "reset" } : { kind: "hang" };
			case "slow":
				return {
					kind: "answer",
					status: this.#take(request),
					delayMs: this.#options.dice.whole(500, 20_000),
				};
			case undefined:
				return { kind: "answer", status: this.#take(request) };
		}
	}

	#take(request: WireRequest): number {
		const { trace } = this.#options;
		const batch = request.headers["webhook-id"] ?? "";
		const body = new TextDecoder().decode(request.body);
		const before = this.#bodies.get(batch);
		if (before !== undefined && before !== body) {
			trace.violate("once", `Batch ${batch} came again with another content`);
		}
		this.#bodies.set(batch, body);
		if (this.#taken.has(batch)) return 200;
		const { records } = (JSON.parse(body) as { data: { records: readonly Delivered[] } }).data;
		if (records.some(({ id }) => this.isBad(id))) return 422;
		this.#taken.add(batch);
		for (const record of records) this.#apply(record, batch);
		return 200;
	}

	#apply(record: Delivered, batch: string): void {
		const { trace } = this.#options;
		const name = `${record.id}#${record.revision}`;
		const earlier = this.applied.get(name);
		if (earlier !== undefined) {
			trace.violate("once", `${name} took effect in batch ${earlier} and again in ${batch}`);
		}
		this.applied.set(name, batch);
		if (record.removed === true || record.flags.includes("future")) return;
		const key = `${record.kind}/${record.key}`;
		const newest = this.#newest.get(key);
		const time = parseIsoTime(record.eventTime)?.time ?? Number.NaN;
		const isBefore =
			newest !== undefined &&
			(time < newest.time || (time === newest.time && record.revision < newest.revision));
		if (isBefore && !record.flags.includes("late")) {
			trace.violate("order", `${name} came after a newer record of ${key} and is not flagged late`);
		}
		if (!isBefore) this.#newest.set(key, { time, revision: record.revision });
	}
}

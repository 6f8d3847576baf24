import { gunzipSync } from "node:zlib";
import type { WireAnswer, WireRequest } from "../../src/runtime/node-server.js";
import type { Effect } from "./sink-book.js";

/**
 * Listens at the gateway. A message of the queue is settled when the hub asks for what comes after its number: the
 * cursor of a poll moves in the commit that holds what the poll brought. What was told, then purged, and is missing where
 * the hub asks again after a kill, was never settled.
 */
export class QueueWitness {
	readonly #told = new Map<number, Effect>();
	#settledTo = 0;
	readonly #settle: (effect: Effect) => void;

	constructor(settle: (effect: Effect) => void) {
		this.#settle = settle;
	}

	hear(request: WireRequest, answer: WireAnswer): void {
		if (request.path !== "/avl/messages") return;
		const after = Number(request.query["after"] ?? 0);
		if (after > this.#settledTo) {
			this.#settledTo = after;
			for (const [number, effect] of this.#told) {
				if (number > after) continue;
				this.#told.delete(number);
				this.#settle(effect);
			}
		}
		if (answer.kind !== "answer" || answer.status !== 200 || answer.body === undefined) return;
		const bytes = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
		const text = answer.headers?.["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
		const { messages } = JSON.parse(new TextDecoder().decode(text)) as {
			messages: readonly { seq: number; veh: string; ts: string }[];
		};
		const first = messages[0]?.seq ?? 0;
		for (const number of this.#told.keys()) if (number < first) this.#told.delete(number);
		for (const { seq, veh, ts } of messages) {
			if (seq > this.#settledTo)
				this.#told.set(seq, { feed: "buses", vehicleId: veh, eventTime: `${ts}.000Z` });
		}
	}
}

const VEHICLES_EACH = 40;
const RETRY_MS = 100;

export interface PushCounts {
	/** Answered with 202. */
	accepted: number;
	/** Sent again, because no answer came or another one than 202. */
	repeated: number;
}

/**
 * Posts reports one after the other, each until it is answered with 202, as a sender that loses nothing does: a report
 * whose answer was lost is sent again.
 */
export async function pushReports(options: {
	readonly name: string;
	/** Where the hub is now; `undefined` while it is not. */
	readonly url: () => string | undefined;
	readonly pauseMs: number;
	readonly signal: AbortSignal;
	readonly settle: (effect: Effect) => void;
	readonly counts: PushCounts;
}): Promise<void> {
	const { name, url, pauseMs, signal, settle, counts } = options;
	const newest = new Map<number, number>();
	for (let number = 0; !signal.aborted; number++) {
		const vehicle = number % VEHICLES_EACH;
		const seconds = Math.floor(Date.now() / 1000);
		if ((newest.get(vehicle) ?? 0) >= seconds) {
			await pause(RETRY_MS);
			continue;
		}
		newest.set(vehicle, seconds);
		const vehicleId = `${name}-${vehicle}`;
		const body = frame(vehicleId, seconds, number);
		while (!signal.aborted && !(await post(url(), body))) {
			counts.repeated++;
			await pause(RETRY_MS);
		}
		if (signal.aborted) return;
		counts.accepted++;
		settle({ feed: "pushed", vehicleId, eventTime: new Date(seconds * 1000).toISOString() });
		await pause(pauseMs);
	}
}

async function post(url: string | undefined, body: string): Promise<boolean> {
	if (url === undefined) return false;
	try {
		const headers = { "content-type": "application/json" };
		const answer = await fetch(`${url}/in`, { method: "POST", headers, body });
		await answer.arrayBuffer();
		return answer.status === 202;
	} catch {
		// Killed before it answered: the report is sent again, and that is counted.
		return false;
	}
}

function frame(vehicleId: string, timestamp: number, number: number): string {
	const position = { latitude: 41.8 + (number % 1000) * 1e-4, longitude: -87.6 };
	const vehicle = { vehicle: { id: vehicleId }, position, timestamp };
	return JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", timestamp },
		entity: [{ id: vehicleId, vehicle }],
	});
}

export function pause(ms: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, ms);
	});
}

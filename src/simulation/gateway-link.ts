import type { DurationMs } from "../model/units.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import type { WireAnswer } from "../runtime/node-server.js";

/** A thin line between the gateway and everybody. */
export interface LinkOptions {
	/** As fast does one answer come. */
	readonly bytesPerSecond: number;
	/** Of the bodies of all answers of any minute; what exceeds it fails. */
	readonly bytesPerMinuteMax: number;
}

const PIECE_MS: DurationMs = SECOND_MS / 4;

/**
 * Bandwidth with a hard cap. An answer for which the minute has too little left breaks off where nothing is left; one for
 * which it has nothing left is never begun: the connection breaks.
 */
export class Link {
	readonly #options: LinkOptions;
	#sent: { readonly atMs: DurationMs; readonly bytes: number }[] = [];

	constructor(options: LinkOptions) {
		this.#options = options;
	}

	/** What becomes of an answer on this line. */
	carry(answer: WireAnswer, nowMs: DurationMs): { readonly answer: WireAnswer; readonly isBroken: boolean } {
		if (answer.kind !== "answer") return { answer, isBroken: false };
		const { bytesPerSecond, bytesPerMinuteMax } = this.#options;
		this.#sent = this.#sent.filter(({ atMs }) => nowMs - atMs < MINUTE_MS);
		const left = bytesPerMinuteMax - this.#sent.reduce((sum, { bytes }) => sum + bytes, 0);
		const wanted = Math.min(byteLengthOf(answer.body), answer.cutAfterBytes ?? Number.POSITIVE_INFINITY);
		const bytes = Math.min(wanted, Math.max(0, left));
		this.#sent.push({ atMs: nowMs, bytes });
		if (wanted > 0 && bytes === 0) return { answer: { kind: "reset" }, isBroken: true };
		const pieceBytes = Math.max(1, Math.floor((bytesPerSecond * PIECE_MS) / SECOND_MS));
		const carried = { ...answer, pace: answer.pace ?? { pieceBytes, everyMs: PIECE_MS } };
		if (bytes === wanted) return { answer: carried, isBroken: false };
		return { answer: { ...carried, cutAfterBytes: bytes }, isBroken: true };
	}
}

function byteLengthOf(body: Uint8Array | string | undefined): number {
	return typeof body === "string" ? Buffer.byteLength(body) : (body?.length ?? 0);
}

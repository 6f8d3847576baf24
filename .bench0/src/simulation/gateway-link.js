import { MINUTE_MS, SECOND_MS } from "../model/units.js";
const PIECE_MS = SECOND_MS / 4;
/**
 * Bandwidth with a hard cap. An answer for which the minute has too little left breaks off where nothing is left; one for
 * which it has nothing left is never begun: the connection breaks.
 */
export class Link {
    #options;
    #sent = [];
    constructor(options) {
        this.#options = options;
    }
    /** What becomes of an answer on this line. */
    carry(answer, nowMs) {
        if (answer.kind !== "answer")
            return { answer, isBroken: false };
        const { bytesPerSecond, bytesPerMinuteMax } = this.#options;
        this.#sent = this.#sent.filter(({ atMs }) => nowMs - atMs < MINUTE_MS);
        const left = bytesPerMinuteMax - this.#sent.reduce((sum, { bytes }) => sum + bytes, 0);
        const wanted = Math.min(byteLengthOf(answer.body), answer.cutAfterBytes ?? Number.POSITIVE_INFINITY);
        const bytes = Math.min(wanted, Math.max(0, left));
        this.#sent.push({ atMs: nowMs, bytes });
        if (wanted > 0 && bytes === 0)
            return { answer: { kind: "reset" }, isBroken: true };
        const pieceBytes = Math.max(1, Math.floor((bytesPerSecond * PIECE_MS) / SECOND_MS));
        const carried = { ...answer, pace: answer.pace ?? { pieceBytes, everyMs: PIECE_MS } };
        if (bytes === wanted)
            return { answer: carried, isBroken: false };
        return { answer: { ...carried, cutAfterBytes: bytes }, isBroken: true };
    }
}
function byteLengthOf(body) {
    return typeof body === "string" ? Buffer.byteLength(body) : (body?.length ?? 0);
}

import { describe, expect, it } from "vitest";
import { Failure } from "../model/failure.js";
import type { InterpretedFrame } from "./interpret.js";
import { Readability } from "./readability.js";

type Frame = "broken" | "empty" | "unreadable item" | "report" | "removal";

function frame(kind: Frame): InterpretedFrame {
	const counts = { records: 0, removals: 0, duplicates: 0, deadLetters: 0 };
	const rejection = { kind: "rejection", code: "decode.record", message: "eventTime is missing" } as const;
	switch (kind) {
		case "broken":
			return of(
				{ ...counts, deadLetters: 1 },
				{ items: [], failure: new Failure("decode.format", "cut off") },
			);
		case "unreadable item":
			return of({ ...counts, deadLetters: 1 }, { items: [rejection] });
		case "report":
			return of({ ...counts, records: 1 }, { items: [] });
		case "removal":
			return of({ ...counts, records: 1, removals: 1 }, { items: [] });
		case "empty":
			return of(counts, { items: [] });
	}
}

function of(counts: object, decoded: object): InterpretedFrame {
	return { counts, decoded } as unknown as InterpretedFrame;
}

function judged(...frames: readonly Frame[]): string | undefined {
	const readability = new Readability();
	for (const kind of frames) readability.note(frame(kind));
	return readability.lostReason;
}

describe("whether a feed can be read", () => {
	it.each<[readonly Frame[], string | undefined]>([
		[["broken"], undefined],
		[["broken", "broken"], "cut off"],
		[["unreadable item", "unreadable item"], "eventTime is missing"],
		[["broken", "report", "broken"], undefined],
		[["broken", "broken", "report"], undefined],
	])("needs two frames in a row that give nothing: %j", (frames, reason) => {
		expect(judged(...frames)).toBe(reason);
	});

	it.each<[readonly Frame[], string | undefined]>([
		[["broken", "broken", "empty"], undefined],
		[["broken", "empty", "broken"], undefined],
		[["unreadable item", "unreadable item", "empty"], "eventTime is missing"],
		[["broken", "unreadable item", "empty"], "eventTime is missing"],
		[["unreadable item", "report", "broken", "broken", "empty"], undefined],
	])("takes an empty frame as proof that frames can be read, not that items can: %j", (frames, reason) => {
		expect(judged(...frames)).toBe(reason);
	});
});

import type { StoredFrame } from "../log/frame-pack.js";
import type { FrameTraces } from "../log/frame-traces.js";
import { endWith } from "../model/trace.js";
import type { EpochMs } from "../model/units.js";
import type { InterpretedFrame } from "./interpret.js";

/** Commits what a batch of frames gave, as two spans where one of them is traced: the whole batch, and in it the commit. */
export async function traceBatch(
	traces: FrameTraces,
	frames: readonly StoredFrame[],
	interpreted: readonly InterpretedFrame[],
	startTime: EpochMs,
	commit: () => Promise<void>,
): Promise<void> {
	const [first] = frames;
	const isOfOne = first !== undefined && frames.every(({ feed }) => feed === first.feed);
	const subject = isOfOne ? ` ${first.feed}` : "";
	const span = traces.start(`interpret${subject}`, "internal", frames, {
		startTime,
		attributes: { "wayside.stage": "interpret", "messaging.batch.message_count": frames.length },
	});
	if (span === undefined) return commit();
	// What is made of these frames from here on is made of this batch.
	for (const frame of frames) if (traces.of(frame) !== undefined) traces.remember(frame, span.context);
	const committing = traces.tracer.start({
		name: `commit${subject}`,
		kind: "internal",
		parent: span.context,
		attributes: { "wayside.stage": "admit" },
	});
	try {
		await commit();
		committing?.end();
		const counts = { records: 0, duplicates: 0, deadLetters: 0 };
		for (const { counts: of } of interpreted) {
			counts.records += of.records;
			counts.duplicates += of.duplicates;
			counts.deadLetters += of.deadLetters;
		}
		span.end({
			attributes: {
				"wayside.records": counts.records,
				"wayside.duplicates": counts.duplicates,
				"wayside.dead_letters": counts.deadLetters,
			},
		});
	} catch (thrown) {
		endWith(committing, thrown);
		endWith(span, thrown);
		throw thrown;
	}
}

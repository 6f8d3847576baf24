import { captureAlarms } from "./captures.js";
import type { Stream } from "./carrier.js";
import { MUTATIONS, type Mutation } from "./mutations.js";
import { alarmsOf, type Outcome, outcomeOf, WITHIN_FRAMES } from "./run.js";
import { readStreams } from "./streams.js";

/** Of the reported streams. Repairs are not part of it yet: nothing proposes any. */
export interface Totals {
	readonly kinds: number;
	readonly meaningful: number;
	/** Kinds that were noticed in time on every reported stream that held evidence. */
	readonly detected: number;
	/** Alarms on clean streams, and on mutations that mean nothing. */
	readonly falseAlarms: number;
	readonly repairable: number;
	readonly repairFirst: number;
	readonly autoWrong: number;
}

export interface Corpus {
	readonly isWhole: boolean;
	readonly totals: Totals;
	readonly lines: readonly string[];
	readonly table: readonly string[];
	readonly misses: readonly Outcome[];
	/** `stream: guard`, beyond the stated oddities. */
	readonly falseAlarms: readonly string[];
}

interface Judged {
	readonly mutation: Mutation;
	readonly outcomes: readonly Outcome[];
	readonly misses: readonly Outcome[];
	/** No reported stream held evidence. */
	readonly isUnseen: boolean;
}

export function readCorpus(): Corpus {
	const { streams, isWhole } = readStreams();
	const reported = streams.filter(({ isReported }) => isReported);
	const captures = captureAlarms();
	const falseAlarms = [...streams.flatMap((stream) => cleanAlarms(stream)), ...captures.alarms];
	const judged = MUTATIONS.map((mutation) => judge(mutation, reported));
	for (const { mutation, outcomes } of judged) {
		if (mutation.isMeaningful) continue;
		for (const { stream, by } of outcomes)
			for (const name of by) falseAlarms.push(`${stream}: ${name} (${mutation.kind})`);
	}
	const meaningful = judged.filter(({ mutation }) => mutation.isMeaningful);
	const misses = meaningful.flatMap((one) => one.misses);
	const totals: Totals = {
		kinds: MUTATIONS.length,
		meaningful: meaningful.length,
		detected: meaningful.filter((one) => one.misses.length === 0 && !one.isUnseen).length,
		falseAlarms: falseAlarms.length,
		repairable: 0,
		repairFirst: 0,
		autoWrong: 0,
	};
	const lines = [
		...judged.map(({ mutation, outcomes, misses: missed, isUnseen }) => {
			const seen = outcomes.filter(({ evidence }) => evidence > 0);
			const state = isUnseen ? "no evidence" : missed.length === 0 ? "noticed" : "MISSED";
			const verdict = mutation.isMeaningful
				? state
				: seen.some(({ by }) => by.length > 0)
					? "FALSE ALARM"
					: "quiet";
			const how = seen
				.map(({ stream, within, by }) => `${stream} ${within ?? "-"} ${by.join("+")}`)
				.join("; ");
			return `${verdict.padEnd(11)} ${mutation.kind}: ${how}`;
		}),
		...falseAlarms.map((alarm) => `false alarm: ${alarm}`),
	];
	return { isWhole, totals, lines, table: judged.map(tableRow), misses, falseAlarms };
}

function cleanAlarms(stream: Stream): string[] {
	const told = new Set(alarmsOf(stream, stream.frames).flat());
	return [...told]
		.filter((name) => stream.oddities[name] === undefined)
		.map((name) => `${stream.name}: ${name}`);
}

function judge(mutation: Mutation, streams: readonly Stream[]): Judged {
	const outcomes = streams.flatMap((stream) => outcomeOf(stream, mutation) ?? []);
	const seen = outcomes.filter(({ evidence }) => evidence >= WITHIN_FRAMES);
	const misses = seen.filter(({ within }) => within === undefined || within > WITHIN_FRAMES);
	return { mutation, outcomes, misses, isUnseen: seen.length === 0 };
}

function tableRow({ mutation, outcomes, misses, isUnseen }: Judged): string {
	const seen = outcomes.filter(({ evidence }) => evidence >= WITHIN_FRAMES);
	const noticed = seen.length - misses.length;
	const frames = Math.max(0, ...seen.map(({ within }) => within ?? 0));
	const by = [...new Set(seen.flatMap((outcome) => outcome.by))].map((name) => `\`${name}\``).join(", ");
	const missed = misses.map(({ stream }) => stream).join(", ");
	if (!mutation.isMeaningful) {
		const alarmed = outcomes.filter((outcome) => outcome.by.length > 0).length;
		return `| ${mutation.kind} | ${outcomes.length} | ${alarmed === 0 ? "quiet, as it must be" : `${alarmed} false alarms`} | ${by} | |`;
	}
	const result = isUnseen
		? "no evidence"
		: `${noticed} of ${seen.length}${noticed > 0 ? `, within ${frames}` : ""}`;
	return `| ${mutation.kind} | ${outcomes.length} | ${result} | ${by} | ${missed} |`;
}

import { captureAlarms } from "./captures.js";
import type { Stream } from "./carrier.js";
import { MUTATIONS, type Mutation } from "./mutations.js";
import { type RepairOutcome, repairOf } from "./repairs.js";
import { alarmsOf, type Outcome, outcomeOf, WITHIN_FRAMES } from "./run.js";
import { readStreams } from "./streams.js";

/** Of the reported streams. */
export interface Totals {
	readonly kinds: number;
	readonly meaningful: number;
	/** Kinds that were noticed in time on every reported stream that held evidence. */
	readonly detected: number;
	/** Alarms on clean streams, and on mutations that mean nothing. */
	readonly falseAlarms: number;
	/** Kinds that the opposite of what was done undoes exactly, on some stream that holds evidence. */
	readonly repairable: number;
	/** Of these, the kinds of which the first proposal restores the records exactly on every such stream. */
	readonly repairFirst: number;
	/** Repairs that were accepted without a person and are wrong; of all mutations, and of clean streams. */
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
	/** Of the reported streams that hold evidence. */
	readonly repairs: readonly RepairOutcome[];
}

export function readCorpus({ streams, isWhole }: ReturnType<typeof readStreams> = readStreams()): Corpus {
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
		repairable: judged.filter(({ repairs }) => repairable(repairs).length > 0).length,
		repairFirst: judged.filter(({ repairs }) => {
			const able = repairable(repairs);
			return able.length > 0 && able.every(({ isFirstRight }) => isFirstRight);
		}).length,
		autoWrong: [
			...judged.flatMap(({ repairs }) => repairs),
			...reported.map((stream) => repairOf(stream, undefined)),
		].filter(({ isAutomaticWrong }) => isAutomaticWrong).length,
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
	// What is repaired where nothing could be seen counts when it is wrong, and never when it is right.
	const names = new Set(seen.map(({ stream }) => stream));
	const repairs = outcomes.flatMap(({ stream: name }) => {
		const stream = streams.find((one) => one.name === name);
		if (stream === undefined) return [];
		const outcome = repairOf(stream, mutation);
		return names.has(name) ? [outcome] : [{ ...outcome, isRepairable: false }];
	});
	return { mutation, outcomes, misses, isUnseen: seen.length === 0, repairs };
}

function repairable(repairs: readonly RepairOutcome[]): readonly RepairOutcome[] {
	return repairs.filter(({ isRepairable }) => isRepairable);
}

function tableRow(judged: Judged): string {
	const { mutation, outcomes, misses, isUnseen } = judged;
	const seen = outcomes.filter(({ evidence }) => evidence >= WITHIN_FRAMES);
	const noticed = seen.length - misses.length;
	const frames = Math.max(0, ...seen.map(({ within }) => within ?? 0));
	const by = [...new Set(seen.flatMap((outcome) => outcome.by))].map((name) => `\`${name}\``).join(", ");
	const missed = misses.map(({ stream }) => stream).join(", ");
	if (!mutation.isMeaningful) {
		const alarmed = outcomes.filter((outcome) => outcome.by.length > 0).length;
		return `| ${mutation.kind} | ${outcomes.length} | ${alarmed === 0 ? "quiet, as it must be" : `${alarmed} false alarms`} | ${by} | | ${repairCell(judged)} |`;
	}
	const result = isUnseen
		? "no evidence"
		: `${noticed} of ${seen.length}${noticed > 0 ? `, within ${frames}` : ""}`;
	return `| ${mutation.kind} | ${outcomes.length} | ${result} | ${by} | ${missed} | ${repairCell(judged)} |`;
}

function repairCell({ repairs }: Judged): string {
	const able = repairable(repairs);
	const wrong = repairs.filter(({ isAutomaticWrong }) => isAutomaticWrong).length;
	const suffix = wrong === 0 ? "" : `, ${wrong} WRONG by itself`;
	if (able.length === 0) return suffix.slice(2);
	const right = able.filter(({ isFirstRight }) => isFirstRight);
	const auto = right.filter(({ isAutomatic }) => isAutomatic).length;
	const missed = able.filter(({ isFirstRight }) => !isFirstRight).map(({ stream }) => stream);
	return `${right.length} of ${able.length}${auto > 0 ? `, ${auto} by itself` : ""}${missed.length > 0 ? `; not on ${missed.join(", ")}` : ""}${suffix}`;
}

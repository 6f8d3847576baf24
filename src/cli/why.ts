import type { HubConfig } from "../config/config.js";
import { formatIsoTime } from "../formats/iso-time.js";
import type { Log } from "../log/log.js";
import { type FrameStory, routesTo, type WhyReport, type WhySink, why } from "../operations/why.js";
import { adminJson } from "./admin-client.js";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { openStoreOrHub } from "./store-or-hub.js";
import { columns, type Tone } from "./terminal.js";

export interface WhyOptions {
	readonly url?: string;
	readonly json?: boolean;
}

const TONES: Readonly<Record<string, Tone>> = {
	shown: "good",
	delivered: "good",
	left_out: "warn",
	waiting: "warn",
	dead_lettered: "bad",
};

/** Tells what became of a vehicle, a record or a dead letter. 1 when nothing is known of it. */
export async function tellWhy(
	asked: string,
	file: string,
	options: WhyOptions,
	context: CliContext,
): Promise<ExitCode> {
	const config = await readHubConfig(file, context);
	if (!config) return EXIT.config;
	const report = await ask(asked, config, options, context);
	const { terminal } = context;
	if (options.json) terminal.out(JSON.stringify(report));
	else print(report, context);
	return report.record || report.letter ? EXIT.ok : EXIT.failure;
}

async function ask(
	asked: string,
	config: HubConfig,
	{ url }: WhyOptions,
	context: CliContext,
): Promise<WhyReport> {
	const source = await openStoreOrHub(config, url, context);
	try {
		if (source.hub) {
			const path = `/v1/why/${encodeURIComponent(asked)}`;
			return (await adminJson(source.hub, "GET", path, new AbortController().signal)) as WhyReport;
		}
		return await why(asked, {
			log: source.log,
			now: context.runtime.clock.now(),
			agencies: config.agencies.map(({ name }) => name),
			sinks: config.sinks.map(({ name }) => stoppedSink(name, config, source.log)),
			feeds: [],
		});
	} finally {
		await source.close();
	}
}

function stoppedSink(name: string, { routes }: HubConfig, log: Log): WhySink {
	return {
		name,
		routes: routesTo(routes, name),
		kind: "unknown",
		cursor: (partition) => log.cursor(`sink:${name}`, "records", partition),
	};
}

function print(report: WhyReport, { terminal }: CliContext): void {
	const { record, letter, earlier, issues, lookalikes, feeds } = report;
	const tone = record ? "strong" : letter ? "bad" : "warn";
	terminal.out(terminal.paint(tone, `${report.asked}: ${report.sentence}`));
	if (letter) for (const line of columns(letterRows(letter))) terminal.out(line);
	if (record) {
		for (const line of columns(recordRows(record))) terminal.out(line);
		terminal.out("");
		const width = Math.max(...record.sinks.map(({ name }) => name.length));
		for (const { name, state, sentence } of record.sinks)
			terminal.out(`  ${name.padEnd(width)}  ${terminal.paint(TONES[state] ?? "quiet", sentence)}`);
	}
	if (earlier.length > 0) terminal.out("\nBefore it:");
	for (const one of earlier) {
		const flags = one.flags.length === 0 ? "" : `, flagged ${one.flags.join(", ")}`;
		const revision = one.revision === 0 ? "" : `, revision ${one.revision}`;
		terminal.out(
			`  ${formatIsoTime(one.eventTime)}, received ${formatIsoTime(one.receivedTime)}${revision}${flags}`,
		);
	}
	if (issues.length > 0) terminal.out("\nDead letters that name it:");
	for (const { id, subject, code, message, lastTime } of issues)
		terminal.out(
			`  ${subject}, ${formatIsoTime(lastTime)}: ${code}: ${message} (wayside dlq show ${id.slice(0, 10)})`,
		);
	if (lookalikes.length > 0)
		terminal.out(`\nVehicles that report and are spelled alike: ${lookalikes.join(", ")}`);
	for (const { name, sentence } of feeds) terminal.out(`  feed ${name}: ${sentence}`);
}

function recordRows(record: NonNullable<WhyReport["record"]>): string[][] {
	const { body, frame, place, decoder, contract, schedule, flags, headerTime } = record;
	const versions = [
		decoder,
		contract === undefined ? "" : `contract ${contract}`,
		schedule === undefined ? "" : `schedule ${schedule}`,
	].filter((text) => text !== "");
	const stated = headerTime === undefined ? "" : `, in a message of ${formatIsoTime(headerTime)}`;
	return [
		["  record", `${record.id}, revision ${record.revision}`],
		["  happened", `${formatIsoTime(record.eventTime)}${stated}`],
		[
			"  received",
			`${formatIsoTime(record.receivedTime)} by feed ${record.feed}, upstream ${record.upstream}`,
		],
		...(record.feedThen === undefined ? [] : [["  feed then", feedWords(record.feedThen)]]),
		["  frame", `${frameWords(frame)} It was item ${record.index}.`],
		["  read by", versions.join(", ")],
		["  flags", flags.length === 0 ? "none" : flags.join(", ")],
		["  appended", `records/${place.partition}/${place.offset}`],
		["  says", JSON.stringify(body)],
	];
}

function letterRows(letter: NonNullable<WhyReport["letter"]>): string[][] {
	const item = letter.index === undefined ? "" : ` It was item ${letter.index}.`;
	return [
		["  dead letter", `${letter.partition}/${letter.offset} of issue ${letter.issue}`],
		["  since", `${formatIsoTime(letter.time)}, received ${formatIsoTime(letter.receivedTime)}`],
		["  where", `${letter.stage} of feed ${letter.feed}, read by ${letter.decoder}`],
		["  why", `${letter.code}: ${letter.message}`],
		["  frame", `${frameWords(letter.frame)}${item}`],
		...(letter.recordId === undefined ? [] : [["  record", letter.recordId]]),
		...(letter.sample === undefined ? [] : [["  sample", letter.sample]]),
	];
}

function feedWords({ time, sentence }: NonNullable<NonNullable<WhyReport["record"]>["feedThen"]>): string {
	return time === undefined ? sentence : `${sentence} (since ${formatIsoTime(time)})`;
}

function frameWords({ partition, offset, bytes, connection, sentence }: FrameStory): string {
	const what = bytes === undefined ? "" : `, ${bytes} bytes`;
	const how = connection === undefined ? "" : ` over ${connection}`;
	return `frames/${partition}/${offset}${what}${how}. ${sentence}`;
}

import { basename, resolve as resolvePath } from "node:path";
import { stringify } from "yaml";
import { isTimezone } from "../formats/local-time.js";
import { Failure } from "../model/failure.js";
import { isContract, readContract } from "../quality/contracts/read-contract.js";
import type { CapturedPayload } from "../quality/inference/documents.js";
import { type Inference, infer as inferFrom } from "../quality/inference/infer.js";
import type { Area } from "../quality/inference/places.js";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";

export interface InferCommandOptions {
	readonly timezone?: string;
	readonly area?: string;
	readonly split: string;
	readonly names: boolean;
	readonly out?: string;
	readonly json?: boolean;
}

const PAYLOADS_MAX = 2000;
const BYTES_MAX = 128 * 1024 * 1024;

/** Looks into captures of an undocumented protocol, and proposes a mapping with the evidence for each of its fields. */
export async function infer(
	files: readonly string[],
	options: InferCommandOptions,
	context: CliContext,
): Promise<ExitCode> {
	const { timezone } = options;
	if (timezone !== undefined && !isTimezone(timezone))
		throw new UsageError(`--timezone ${timezone} is unknown; use an IANA name such as America/Chicago`);
	const area = areaOf(options.area);
	const { payloads, isCut } = await payloadsOf(files, options, context);
	const inference = inferFrom(payloads, { area, timezone, useNames: options.names });
	const mapping = inference.mapping === undefined ? undefined : checkedMapping(inference.mapping, context);
	const contractFault = faultIn(inference.contract);
	if (options.out !== undefined) await write(options.out, inference, mapping, contractFault, context);
	const { terminal } = context;
	if (options.json) terminal.out(JSON.stringify({ ...inference, isCut }));
	else print(inference, mapping, contractFault, isCut, options, context);
	return mapping === undefined ? EXIT.noGo : EXIT.ok;
}

function areaOf(text: string | undefined): Area | undefined {
	if (text === undefined) return undefined;
	const [west, south, east, north, ...rest] = text.split(",").map(Number);
	const sides = [west, south, east, north];
	if (rest.length > 0 || sides.some((side) => side === undefined || !Number.isFinite(side)))
		throw new UsageError(
			`--area ${text} is not west,south,east,north in degrees, such as -88.1,41.6,-87.4,42.2`,
		);
	const [w, s, e, n] = sides as [number, number, number, number];
	if (!(w < e && s < n && Math.abs(s) <= 90 && Math.abs(n) <= 90 && Math.abs(w) <= 180 && Math.abs(e) <= 180))
		throw new UsageError(`--area ${text} holds no place: west must be below east, and south below north`);
	return { west: w, south: s, east: e, north: n };
}

async function payloadsOf(
	files: readonly string[],
	options: InferCommandOptions,
	{ plugins, runtime, workingDirectory }: CliContext,
): Promise<{ readonly payloads: readonly CapturedPayload[]; readonly isCut: boolean }> {
	if (options.split !== "none" && options.split !== "lines")
		throw new UsageError(`--split ${options.split} is none of: none, lines`);
	for (const file of files)
		if (!(await runtime.files.stat(resolvePath(workingDirectory, file))))
			throw new Error(`There is no file or folder ${file}`);
	const definition = plugins.sources.find(({ type }) => type === "file-replay");
	if (definition === undefined)
		throw new Failure("bug", "The source file-replay is missing in the list of plug-ins");
	const source = definition.create(
		definition.options.parse({ paths: [...files], split: options.split, time: "name" }),
		{
			feed: "infer",
			runtime,
			baseDirectory: workingDirectory,
			secrets: {},
			receive: () => Promise.reject(new Failure("bug", "A capture is pulled, not pushed")),
		},
	);
	if (source.kind !== "stream") throw new Failure("bug", "The source file-replay is no stream");
	const payloads: CapturedPayload[] = [];
	let bytes = 0;
	let isCut = false;
	const stop = new AbortController();
	for await (const item of source.open({ cursor: undefined, signal: stop.signal })) {
		bytes += item.bytes.length;
		isCut = payloads.length >= PAYLOADS_MAX || bytes > BYTES_MAX;
		if (isCut) break;
		const recorded = item.meta?.["recordedTime"];
		payloads.push({
			name: basename(item.meta?.["name"] ?? item.connection),
			bytes: item.bytes,
			receivedTime: recorded === undefined ? undefined : Number(recorded),
		});
	}
	// A lone file that carries a time in its name is a log as often as an answer: when it was begun says nothing of its rows.
	return {
		payloads: payloads.length > 1 ? payloads : payloads.map(({ name, bytes: of }) => ({ name, bytes: of })),
		isCut,
	};
}

/** What is proposed must run: the decoder's own schema has the last word. */
function checkedMapping(
	mapping: Readonly<Record<string, unknown>>,
	{ plugins }: CliContext,
): Readonly<Record<string, unknown>> {
	const decoder = plugins.decoders.find(({ type }) => type === "mapping");
	const parsed = decoder?.options.safeParse(mapping);
	if (parsed?.success === true) return mapping;
	throw new Failure(
		"bug",
		`the proposed mapping is refused by its decoder: ${parsed?.error.issues[0]?.message ?? "it is missing"}`,
	);
}

/** What keeps a proposed contract from being one, such as names beyond its limits; undefined where nothing does. */
function faultIn(contract: Readonly<Record<string, unknown>>): string | undefined {
	const read = readContract(contract);
	return isContract(read) ? undefined : `${read[0]?.path ?? ""}: ${read[0]?.message ?? "it is none"}`;
}

async function write(
	out: string,
	inference: Inference,
	mapping: Readonly<Record<string, unknown>> | undefined,
	contractFault: string | undefined,
	{ runtime, workingDirectory }: CliContext,
): Promise<void> {
	const folder = resolvePath(workingDirectory, out);
	await runtime.files.makeDirectory(folder);
	if (mapping !== undefined)
		await runtime.files.writeAtomic(resolvePath(folder, "mapping.yaml"), yamlOf(inference, mapping));
	if (contractFault === undefined)
		await runtime.files.writeAtomic(resolvePath(folder, "contract.v1.yaml"), stringify(inference.contract));
	await runtime.files.writeAtomic(
		resolvePath(folder, "evidence.json"),
		`${JSON.stringify({ ...inference, contract: undefined }, null, "\t")}\n`,
	);
}

function yamlOf({ findings, unknown }: Inference, mapping: Readonly<Record<string, unknown>>): string {
	const told = findings.map(({ field, path, confidence }) => `# ${field}: ${path}, confidence ${confidence}`);
	const open = unknown.map(({ field, why }) => `# ${field} was not told: ${why}`);
	return `# Proposed by wayside infer. Look at what is below 0.8 before you rely on it.\n${[...told, ...open].join("\n")}\n${stringify(mapping)}`;
}

function print(
	inference: Inference,
	mapping: Readonly<Record<string, unknown>> | undefined,
	contractFault: string | undefined,
	isCut: boolean,
	{ out }: InferCommandOptions,
	{ terminal }: CliContext,
): void {
	const { format, payloads, unread, records, rows, findings, unknown } = inference;
	terminal.out(
		`${format}, ${payloads} payloads, ${rows} records at ${format === "csv" ? "its rows" : records}`,
	);
	if (unread > 0) terminal.out(`${unread} parts could not be read, and were left out`);
	if (isCut) terminal.out("there was more than was looked at");
	terminal.out("");
	const shown = findings.map(({ field, path, confidence, reading }) => {
		const how = Object.entries(reading).map(([name, value]) => `${name} ${String(value)}`);
		return [field, path, confidence.toFixed(2), how.join(", ")];
	});
	for (const line of columns([["field", "path", "sure", "read as"], ...shown])) terminal.out(line);
	terminal.out("");
	for (const { field, evidence } of findings) terminal.out(`${field}: ${evidence.join("; ")}`);
	if (unknown.length > 0) terminal.out("");
	for (const { field, why, candidates } of unknown)
		terminal.out(
			`Not told, ${field}: ${why}${candidates.length === 0 ? "" : `; it may be ${candidates.join(", ")}`}`,
		);
	terminal.out("");
	if (mapping === undefined)
		terminal.out(
			terminal.paint(
				"bad",
				"No mapping is proposed: neither a vehicle nor a trip was found, so no record could be made.",
			),
		);
	else if (out === undefined) terminal.out(stringify(mapping).trimEnd());
	if (contractFault !== undefined) terminal.out(`No contract is proposed: ${contractFault}`);
	if (out !== undefined) {
		const names = [
			...(mapping === undefined ? [] : ["mapping.yaml"]),
			...(contractFault === undefined ? ["contract.v1.yaml"] : []),
			"evidence.json",
		];
		terminal.out(`Written to ${out}: ${names.join(", ")}`);
	}
}

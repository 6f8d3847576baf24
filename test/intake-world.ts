import type { DecodedFrame, Decoder } from "../src/decoders/decoder.js";
import { Intake, type IntakeOptions } from "../src/intake/intake.js";
import type { FrameReader, InterpretedFrame } from "../src/intake/interpret.js";
import { CLOSED_DOOR } from "../src/intake/privacy.js";
import type { DeadLetter } from "../src/log/dead-letter.js";
import type { Log, Topic } from "../src/log/log.js";
import { type Receipt, unpackReceipts } from "../src/log/receipt-pack.js";
import { unpackRecords } from "../src/log/record-pack.js";
import { Failure } from "../src/model/failure.js";
import type { TransitRecord } from "../src/model/record.js";
import type { Runtime } from "../src/runtime/runtime.js";

/** Reads frames that are the JSON of a `DecodedFrame`; what is not JSON fails as a whole. */
export const jsonDecoder: Decoder = {
	decode({ bytes }): DecodedFrame {
		try {
			return JSON.parse(new TextDecoder().decode(bytes)) as DecodedFrame;
		} catch (thrown) {
			return { items: [], failure: new Failure("decode.format", "The frame is not JSON", { cause: thrown }) };
		}
	},
};

export function frameOf(decoded: unknown, receivedTime: number) {
	const text = typeof decoded === "string" ? decoded : JSON.stringify(decoded);
	return { bytes: new TextEncoder().encode(text), receivedTime, connection: "test" };
}

export function reader(feed: string, more: Partial<FrameReader> = {}): FrameReader {
	return {
		agency: "metro",
		feed,
		decoder: jsonDecoder,
		decoderName: "json@1",
		personal: CLOSED_DOOR,
		sinks: [],
		...more,
	};
}

export interface World {
	readonly intake: Intake;
	readonly interpreted: InterpretedFrame[];
	readonly troubles: (Failure | undefined)[];
}

export async function startIntake(
	log: Log,
	runtime: Runtime,
	readers: ReadonlyMap<string, readonly FrameReader[]>,
	options: Partial<IntakeOptions> = {},
): Promise<World> {
	const interpreted: InterpretedFrame[] = [];
	const troubles: (Failure | undefined)[] = [];
	const intake = await Intake.start({
		log,
		runtime,
		readers,
		onInterpreted: (frame) => interpreted.push(frame),
		onStoreTrouble: (failure) => troubles.push(failure),
		...options,
	});
	return { intake, interpreted, troubles };
}

async function packsOf(log: Log, topic: Topic) {
	const packs = [];
	for (let partition = 0; partition < log.partitions(topic); partition++) {
		let { start: offset } = await log.bounds(topic, partition);
		for (;;) {
			const page = await log.read({ topic, partition, offset }, { entriesMax: 1000, bytesMax: 1 << 24 });
			packs.push(...page.packs);
			if (page.next.offset === offset) break;
			offset = page.next.offset;
		}
	}
	return packs;
}

export async function allRecords(log: Log): Promise<TransitRecord[]> {
	return (await packsOf(log, "records")).flatMap((pack) => unpackRecords(pack).map(({ record }) => record));
}

export async function allReceipts(log: Log): Promise<Receipt[]> {
	return (await packsOf(log, "receipts")).flatMap(unpackReceipts);
}

export async function allDeadLetters(log: Log): Promise<DeadLetter[]> {
	return (await packsOf(log, "dead-letters")).flatMap(
		(pack) => JSON.parse(String(pack.body)) as DeadLetter[],
	);
}

/** The sum of one outcome over all accounts of a step. */
export async function ledgerSum(log: Log, step: string, outcome: string): Promise<number> {
	const rows = await log.ledger();
	return rows
		.filter((row) => row.step === step && row.outcome === outcome)
		.reduce((sum, row) => sum + row.count, 0);
}

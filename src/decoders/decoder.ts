import type { z } from "zod";
import type { Failure, FailureCode } from "../model/failure.js";
import type { Observation } from "../model/observation.js";
import type { RequestRule } from "../model/request-rule.js";
import type { EpochMs } from "../model/units.js";

/** What a decoder sees of a frame. */
export interface DecoderInput {
	readonly bytes: Uint8Array;
	readonly receivedTime: EpochMs;
	readonly contentType?: string | undefined;
	/** Facts outside of the bytes: `topic` (MQTT), `sender` (UDP), `name` (file). */
	readonly meta?: Readonly<Record<string, string>> | undefined;
	/**
	 * Shown every payload as soon as it is parsed: a JSON value, the root element of XML, the rows of CSV as objects by the
	 * names of the header. It may take values and rows out in place; false: the payload is refused, and is not to be read.
	 * Only of decoders whose definition names `payloads`.
	 */
	readonly inspect?: ((payload: unknown, written: WrittenAs) => boolean) | undefined;
}

/** What a payload that can be inspected is written in. */
export type WrittenAs = "json" | "xml" | "csv";

/** One item of a frame that cannot become an observation. It spoils itself, not its frame. */
export interface Rejection {
	readonly kind: "rejection";
	readonly code: FailureCode;
	/** What was wrong, with the value and the path in the payload. */
	readonly message: string;
	/** The item, shortened and with personal fields masked (`formats/masking`). */
	readonly sample?: string | undefined;
}

/**
 * What a frame means. The order of `items` is the order in the payload and is part of an item's identity: the same bytes
 * give the same items.
 */
export interface DecodedFrame {
	/** What the message says about its own time (GTFS-realtime header, SIRI ResponseTimestamp, NextBus lastTime). */
	readonly headerTime?: EpochMs | undefined;
	readonly items: readonly (Observation | Rejection)[];
	/**
	 * The frame as a whole could not be read, or upstream sent an error instead of (or beside) its data. It becomes one
	 * dead letter of the frame; `items` that were read all the same are kept.
	 */
	readonly failure?: Failure | undefined;
	/** True when the frame states everything that upstream knows right now: who is not in it has gone. */
	readonly complete?: boolean | undefined;
	/** Normal answers worth counting that are no failure, e.g. BusTime's "No data found for parameter". */
	readonly notices?: readonly string[] | undefined;
}

/** Pure and total: the same input gives the same output, and nothing is ever thrown. */
export interface Decoder {
	decode(input: DecoderInput): DecodedFrame;
}

export interface DecoderContext {
	/** IANA name of the agency's time zone, for formats that state local times. */
	readonly timezone: string;
	/** Relative paths in the options start here. */
	readonly baseDirectory: string;
}

/** What a decoder plug-in exports, frozen. */
export interface DecoderDefinition<Options = unknown> {
	readonly type: string;
	/** Raised whenever the same bytes can give another result. Stored with every record as `type@version`. */
	readonly version: number;
	readonly summary: string;
	readonly options: z.ZodType<Options>;
	/** What it shows to `inspect`. Absent: nothing, and a feed that it reads can have no contract. */
	readonly payloads?: readonly WrittenAs[];
	/** What a request must say so that its answer can be read well. Sources that ask over HTTP heed it. */
	readonly requestRule?: RequestRule;
	create(options: Options, context: DecoderContext): Decoder;
}

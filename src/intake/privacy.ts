import { createHmac } from "node:crypto";
import type { Observation } from "../model/observation.js";

/** What becomes of what names a person, or leads to one. */
export interface PersonalPolicy {
	readonly operatorId: "drop" | "hash";
	readonly runId: "keep" | "drop" | "hash";
	/** Of the hashes. A secret of the feed's configuration (`privacy.key`): another key, other hashes. */
	readonly hashKey?: string | undefined;
}

/** The door that personal fields pass, or do not. */
export interface PersonalDoor {
	/** What a record may hold of the operator: nothing, or a keyed hash that is stable for this key. */
	operatorId(observation: Observation): string | undefined;
	/** The observation as it may be kept, but for the operator: the same object where nothing changes. */
	pass(observation: Observation): Observation;
	/** The sample of a dead letter as it may be kept; decoders have masked operators in it. */
	sample(text: string | undefined): string | undefined;
}

/** Operators dropped, everything else kept: the default. */
export const CLOSED_DOOR: PersonalDoor = personalDoor({ operatorId: "drop", runId: "keep" });

export function personalDoor({ operatorId, runId, hashKey }: PersonalPolicy): PersonalDoor {
	const hash = hashKey === undefined ? () => undefined : hashed(new TextEncoder().encode(hashKey));
	return {
		operatorId: operatorId === "hash" ? (observation) => hash(observation.operatorId) : () => undefined,
		pass:
			runId === "keep"
				? (observation) => observation
				: (observation) => {
						if (observation.runId === undefined) return observation;
						return { ...observation, runId: runId === "hash" ? hash(observation.runId) : undefined };
					},
		sample: runId === "keep" ? (text) => text : (text) => text?.replace(RUN_IN_JSON, '$1"***"'),
	};
}

/**
 * A field of JSON whose name says that it holds a run, with its value: text, an object without others in it, or a plain
 * word. A sample may be cut anywhere, so a value that does not end goes to the end.
 */
const NAME = /"[^"]*(?:run|duty|crew)[^"]*"\s*:\s*|"rid"\s*:\s*/.source;
const TEXT = /"(?:[^"\\]|\\.)*(?:"|$)/.source;
const RUN_IN_JSON = new RegExp(`(${NAME})(${TEXT}|\\{(?:[^{}"]|${TEXT})*(?:\\}|$)|[^,}\\]]+)`, "gi");

/**
 * A keyed hash (HMAC-SHA-256, 128 bits of it in hex): the same person gives the same text, and nobody without the key can
 * try ids until one fits.
 */
function hashed(key: Uint8Array): (id: string | undefined) => string | undefined {
	return (id) => {
		if (id === undefined || id === "") return undefined;
		return createHmac("sha256", key).update(id).digest("hex").slice(0, 32);
	};
}

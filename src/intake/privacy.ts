import { createHmac } from "node:crypto";
import type { Observation } from "../model/observation.js";

/** What intake does with operator and driver ids. `drop` is the default. */
export type OperatorIdPolicy = "drop" | "hash";

/** Turns a personal id into what a record may hold: nothing, or a keyed hash that is stable for this agency. */
export type OperatorIdFilter = (observation: Observation) => string | undefined;

export const dropOperatorId: OperatorIdFilter = () => undefined;

/**
 * A keyed hash (HMAC-SHA-256, 128 bits of it in hex): the same person gives the same text, and nobody without the key can
 * try ids until one fits. The key is a secret of the feed's configuration (`privacy.key`): another key, other hashes.
 */
export function hashOperatorId(key: Uint8Array): OperatorIdFilter {
	return (observation) => {
		const id = observation.operatorId;
		if (id === undefined || id === "") return undefined;
		return createHmac("sha256", key).update(id).digest("hex").slice(0, 32);
	};
}

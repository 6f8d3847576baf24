import { createHmac } from "node:crypto";
/** Operators dropped, everything else kept: the default. */
export const CLOSED_DOOR = personalDoor({ operatorId: "drop", runId: "keep" });
export function personalDoor({ operatorId, runId, hashKey }) {
    const hash = hashKey === undefined ? () => undefined : hashed(new TextEncoder().encode(hashKey));
    return {
        operatorId: operatorId === "hash" ? (observation) => hash(observation.operatorId) : () => undefined,
        pass: runId === "keep"
            ? (observation) => observation
            : (observation) => {
                if (observation.runId === undefined)
                    return observation;
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
function hashed(key) {
    return (id) => {
        if (id === undefined || id === "")
            return undefined;
        return createHmac("sha256", key).update(id).digest("hex").slice(0, 32);
    };
}

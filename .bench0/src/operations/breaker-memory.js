import { messageOf } from "../model/failure.js";
/**
 * Keeps the snapshot of one breaker in the store: a breaker that a restart closed would be asked again by everybody who
 * restarts in an outage. `load` answers what was saved, a text that says why it is no JSON, or undefined for nothing.
 */
export function breakerMemory(log, name) {
    const state = `upstream/${name}`;
    return {
        save: async (snapshot) => {
            await log.commit({ state: [{ name: state, bytes: JSON.stringify(snapshot) }] });
        },
        load: async () => {
            const stored = await log.state(state);
            return stored && parsed(new TextDecoder().decode(stored));
        },
    };
}
/** The value of a JSON text, or a text when it is none: what reads it refuses it by name. */
function parsed(text) {
    try {
        return JSON.parse(text);
    }
    catch (thrown) {
        return `${messageOf(thrown)}: ${text.slice(0, 100)}`;
    }
}

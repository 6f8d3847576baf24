import { Failure } from "../model/failure.js";
/** Keys of one partition that wait for a repair (`order: strict`). Durable: a restart must not overtake the repair. */
export class ParkedKeys {
    #stateName;
    #keys = new Set();
    constructor(stateName) {
        this.#stateName = stateName;
    }
    get size() {
        return this.#keys.size;
    }
    has(key) {
        return this.#keys.has(key);
    }
    add(key) {
        this.#keys.add(key);
    }
    keys() {
        return this.#keys;
    }
    delete(key) {
        this.#keys.delete(key);
    }
    async load(log) {
        const bytes = await log.state(this.#stateName);
        if (!bytes) {
            this.#keys = new Set();
            return;
        }
        try {
            this.#keys = new Set(JSON.parse(new TextDecoder().decode(bytes)));
        }
        catch (thrown) {
            throw new Failure("store.corrupt", `The state "${this.#stateName}" does not hold a list of keys; restore the store from a backup`, { cause: thrown });
        }
    }
    /** The keys as one entry of a commit. */
    state() {
        return { name: this.#stateName, bytes: this.#keys.size === 0 ? null : JSON.stringify([...this.#keys]) };
    }
}

import type { Log } from "../log/log.js";
import { Failure } from "../model/failure.js";

/** Keys of one partition that wait for a repair (`order: strict`). Durable: a restart must not overtake the repair. */
export class ParkedKeys {
	readonly #stateName: string;
	#keys = new Set<string>();

	constructor(stateName: string) {
		this.#stateName = stateName;
	}

	get size(): number {
		return this.#keys.size;
	}

	has(key: string): boolean {
		return this.#keys.has(key);
	}

	add(key: string): void {
		this.#keys.add(key);
	}

	keys(): Iterable<string> {
		return this.#keys;
	}

	delete(key: string): void {
		this.#keys.delete(key);
	}

	async load(log: Log): Promise<void> {
		const bytes = await log.state(this.#stateName);
		if (!bytes) {
			this.#keys = new Set();
			return;
		}
		try {
			this.#keys = new Set(JSON.parse(new TextDecoder().decode(bytes)) as readonly string[]);
		} catch (thrown) {
			throw new Failure(
				"store.corrupt",
				`The state "${this.#stateName}" does not hold a list of keys; restore the store from a backup`,
				{ cause: thrown },
			);
		}
	}

	/** The keys as one entry of a commit. */
	state(): { readonly name: string; readonly bytes: string | null } {
		return { name: this.#stateName, bytes: this.#keys.size === 0 ? null : JSON.stringify([...this.#keys]) };
	}
}

import type { LedgerAging } from "../../log/ledger-spans.js";
import type { Commit, Log, Position, Retention } from "../../log/log.js";

export interface LogWatch {
	/** May throw: then nothing of the commit happened. May never resolve. */
	readonly before: (commit: Commit) => Promise<void>;
	/** The commit took effect. */
	readonly committed: (commit: Commit, positions: readonly Position[]) => void;
	/** Takes effect between the commit and its answer; may never resolve. */
	readonly after: () => Promise<void>;
	/** Looks at the log before retention changes it, or throws; what it answers is called when that has happened. */
	readonly retaining: (log: Log, policy: Retention) => Promise<() => Promise<void>>;
	/** How the ledger ages in this world, in which nothing lasts for two days. */
	readonly aging: (aging: LedgerAging) => LedgerAging;
}

/** A log with somebody at its door, who sees all that takes effect, and may keep a commit from it. */
export function watchedLog(log: Log, watch: LogWatch): Log {
	let tail: Promise<unknown> = Promise.resolve();
	const commit = async (commit: Commit): Promise<readonly Position[]> => {
		await watch.before(commit);
		const positions = await log.commit(commit);
		watch.committed(commit, positions);
		await watch.after();
		return positions;
	};
	const watched: Pick<Log, "commit" | "retain" | "foldLedger"> = {
		commit: (one) => {
			const settled = tail.then(() => commit(one));
			// The next commit waits for this one whatever becomes of it; the caller gets the failure.
			tail = settled.then(
				() => undefined,
				() => undefined,
			);
			return settled;
		},
		retain: async (policy, now) => {
			const look = await watch.retaining(log, policy);
			const gone = await log.retain(policy, now);
			if (gone.entries > 0) await look();
			return gone;
		},
		foldLedger: (aging, now) => log.foldLedger(watch.aging(aging), now),
	};
	// Methods are bound once: a hub asks its log thousands of times an hour.
	const methods = new Map<PropertyKey, unknown>(Object.entries(watched));
	return new Proxy(log, {
		get: (target, name) => {
			const known = methods.get(name);
			if (known !== undefined) return known;
			const value: unknown = Reflect.get(target, name, target);
			if (typeof value !== "function") return value;
			const method: unknown = value.bind(target);
			methods.set(name, method);
			return method;
		},
	});
}

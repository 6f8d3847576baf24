import type { HubConfig, UpstreamConfig } from "../config/config.js";
import { Quota, type QuotaRules, type QuotaStatus } from "../intake/quota.js";
import { RequestWindow } from "../intake/request-window.js";
import type { Log } from "../log/log.js";
import { type Clock, sleep } from "../runtime/runtime.js";

const FLUSH_MAX_MS = 2_000;

export interface QuotaMaterials {
	readonly log: Log;
	readonly clock: Clock;
	readonly onEvent: (subject: string, level: "warn" | "error", message: string) => void;
}

/**
 * The quotas of one hub, by name: those of the configuration, and one of its own for every other upstream. And the budgets
 * of requests, which outlive a restart in the same way.
 */
export class Quotas {
	readonly #materials: QuotaMaterials;
	readonly #quotas = new Map<string, Quota>();
	/** By upstream. */
	readonly #windows = new Map<string, RequestWindow>();

	constructor(config: HubConfig, materials: QuotaMaterials) {
		this.#materials = materials;
		for (const { name, limit, timezone, reserveShare } of config.quotas) {
			this.#add(name, `quota:${name}`, { name, limit, timezone, reserveShare });
		}
	}

	/**
	 * What an upstream shares with others, or a quota without a limit, which only remembers until when upstream itself said
	 * that its limit of the day is reached.
	 */
	of(upstream: string, { budget, timezone }: UpstreamConfig): Quota {
		const shared = budget.sharedQuota === undefined ? undefined : this.#quotas.get(budget.sharedQuota);
		if (shared !== undefined) return shared;
		return this.#add(upstream, upstream, { name: upstream, limit: undefined, timezone, reserveShare: 0 });
	}

	/** What an upstream may be asked in a while, where the configuration limits it. */
	windowOf(upstream: string, { budget }: UpstreamConfig): RequestWindow | undefined {
		if (budget.requests === undefined) return undefined;
		const { log, clock, onEvent } = this.#materials;
		const window = new RequestWindow(budget.requests, {
			name: upstream,
			clock,
			save: async (text) => {
				await log.commit({ state: [{ name: windowName(upstream), bytes: text }] });
			},
			onEvent: (level, message) => onEvent(upstream, level, message),
		});
		this.#windows.set(upstream, window);
		return window;
	}

	async restore(): Promise<void> {
		for (const [name, window] of this.#windows) {
			const stored = await this.#materials.log.state(windowName(name));
			if (stored !== undefined && !window.restore(new TextDecoder().decode(stored))) {
				const message = "What was stored of its budget of requests cannot be read; it begins unused";
				this.#materials.onEvent(name, "warn", message);
			}
			await window.begin();
		}
		for (const [name, quota] of this.#quotas) {
			const stored = await this.#materials.log.state(stateName(name));
			if (stored === undefined || quota.restore(new TextDecoder().decode(stored))) continue;
			this.#materials.onEvent(
				`quota:${name}`,
				"warn",
				"What was stored of it cannot be read; its day begins unused",
			);
		}
	}

	/** Called when nothing is sent any more. A store that hangs is not waited for: it costs what was written ahead. */
	async flush(): Promise<void> {
		const limits = [...this.#quotas.values(), ...this.#windows.values()];
		const flushed = Promise.all(limits.map((limit) => limit.flush()));
		await Promise.race([flushed, sleep(this.#materials.clock, FLUSH_MAX_MS, undefined, { ref: false })]);
	}

	/** Those that are configured, and those that upstream closed. */
	status(): readonly QuotaStatus[] {
		const all = [...this.#quotas.values()].map((quota) => quota.status());
		return all.filter(({ limit, closedUntil }) => limit !== undefined || closedUntil !== undefined);
	}

	#add(name: string, subject: string, rules: QuotaRules): Quota {
		const { log, clock, onEvent } = this.#materials;
		const quota = new Quota(rules, {
			clock,
			save: async (text) => {
				await log.commit({ state: [{ name: stateName(name), bytes: text }] });
			},
			onEvent: (level, message) => onEvent(subject, level, message),
		});
		this.#quotas.set(name, quota);
		return quota;
	}
}

function windowName(upstream: string): string {
	return `requests/${upstream}`;
}

function stateName(quota: string): string {
	return `quota/${quota}`;
}

import type { Log } from "../log/log.js";
import { messageOf } from "../model/failure.js";
import type { DurationMs } from "../model/units.js";
import { type AlertNews, Alerts } from "../operations/alerts.js";
import type { HubStatus, OpenAlert } from "../operations/status.js";

type Tell = (
	subject: string,
	level: "info" | "warn" | "error",
	code: `alert.${string}`,
	message: string,
	details?: Readonly<Record<string, unknown>>,
) => void;

const STATE = "alerts";
const SAYS = { raised: "", escalated: "Now a page. ", resolved: "Over: " } as const;

/** Raises alerts, tells them as events, and keeps those that are open in the store, so that a restart repeats none. */
export class AlertWatch {
	readonly #alerts = new Alerts();
	readonly #log: Log;
	readonly #tell: Tell;
	/** What is in the store may differ from what holds: it is written again with the next look. */
	#isUnsaved = false;

	constructor(log: Log, tell: Tell) {
		this.#log = log;
		this.#tell = tell;
	}

	get open(): readonly OpenAlert[] {
		return this.#alerts.open;
	}

	async restore(): Promise<void> {
		const stored = await this.#log.state(STATE);
		if (stored === undefined) return;
		const open = openIn(new TextDecoder().decode(stored));
		if (open) this.#alerts.restore(open);
		else
			this.#tell(
				"hub",
				"warn",
				"alert.unreadable",
				"What is stored of alerts cannot be read; those that hold are raised anew",
			);
	}

	async look(status: HubStatus, monotonic: DurationMs): Promise<void> {
		const news = this.#alerts.judge(status, monotonic);
		for (const one of news) this.#announce(one);
		if (news.length > 0) this.#isUnsaved = true;
		if (!this.#isUnsaved || status.store.state !== "ok") return;
		try {
			await this.#log.commit({ state: [{ name: STATE, bytes: JSON.stringify(this.#alerts.snapshot()) }] });
			this.#isUnsaved = false;
		} catch (thrown) {
			this.#tell("store", "warn", "alert.unsaved", `Open alerts could not be stored: ${messageOf(thrown)}`);
		}
	}

	#announce({ kind, alert }: AlertNews): void {
		const level = kind === "resolved" ? "info" : alert.severity === "page" ? "error" : "warn";
		const { what, affected, done, todo, runbook } = alert;
		const code = kind === "resolved" ? "alert.resolved" : "alert.raised";
		const text = kind === "resolved" ? what : `${what} Affected: ${affected} To do: ${todo} (${runbook})`;
		const { severity, since, alert: name } = alert;
		this.#tell(alert.subject, level, code, `${SAYS[kind]}${text}`, {
			alert: name,
			severity,
			since,
			...(kind !== "resolved" && { affected, done, todo, runbook }),
		});
	}
}

/** Undefined: it is no list of alerts. */
function openIn(text: string): readonly OpenAlert[] | undefined {
	try {
		const value = JSON.parse(text) as unknown;
		const isOne = (one: unknown) =>
			typeof one === "object" &&
			one !== null &&
			["alert", "severity", "subject", "what"].every(
				(name) => typeof (one as Record<string, unknown>)[name] === "string",
			);
		return Array.isArray(value) && value.every(isOne) ? (value as OpenAlert[]) : undefined;
	} catch {
		// The caller tells that it cannot be read.
		return undefined;
	}
}

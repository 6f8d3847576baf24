import { type EventEntry, GAP_CODE, type GapDetails } from "../log/event.js";
import { type DurationMs, type EpochMs, MINUTE_MS } from "../model/units.js";
import type { Severity } from "./status.js";

/** The code of an event that holds what a person has to say of an incident. */
export const NOTE_CODE = "incident.note";

/** Alerts that begin so close together are told of as one incident: what takes a feed down takes others down with it. */
const TOGETHER_MS: DurationMs = 10 * MINUTE_MS;
/** What is raised again so soon after it was over is the same incident. */
const RELAPSE_MS: DurationMs = 30 * MINUTE_MS;
const INCIDENTS_MAX = 200;
const ALERTS_MAX = 100;
const NOTES_MAX = 100;

/** One alert of an incident, from its beginning to its end. */
export interface IncidentAlert {
	readonly alert: string;
	readonly subject: string;
	/** The worst that it was. */
	readonly severity: Severity;
	/** When it began to hold. */
	readonly since: EpochMs;
	/** When it was first told. */
	readonly toldTime: EpochMs;
	/** Undefined: it is open. */
	readonly resolvedTime: EpochMs | undefined;
	readonly ackedTime: EpochMs | undefined;
	readonly what: string;
	readonly affected: string;
	readonly riders: string;
	readonly evidence: string;
	readonly done: string;
	readonly todo: string;
	readonly runbook: string;
}

export interface IncidentNote {
	readonly time: EpochMs;
	readonly by: string;
	readonly text: string;
}

/** Something that was wrong, from its beginning to its end, put together out of what the hub told. */
export interface Incident {
	/** The minute in which it began, such as `ihtd8j`, with a number behind it where several did. Short, because people type it. */
	readonly id: string;
	readonly state: "open" | "resolved";
	/** The worst of its alerts. */
	readonly severity: Severity;
	/** What its worst alert said, in a sentence. */
	readonly title: string;
	/** `feed:NAME`, `sink:NAME` and the like. */
	readonly subjects: readonly string[];
	/** When it began to hold. */
	readonly since: EpochMs;
	/** When it was told first: from `since` on, the time to detect. */
	readonly detectedTime: EpochMs;
	/** When somebody said first that they take care. */
	readonly ackedTime: EpochMs | undefined;
	/** When no page was open any more; where there never was one, when it was over. */
	readonly mitigatedTime: EpochMs | undefined;
	readonly resolvedTime: EpochMs | undefined;
	readonly alerts: readonly IncidentAlert[];
	/** Reports that were lost to it, by upstream's own numbers and by time lost. */
	readonly lost: { readonly counted: number; readonly estimated: number };
	readonly notes: readonly IncidentNote[];
}

interface Open {
	readonly id: string;
	readonly alerts: { -readonly [Key in keyof IncidentAlert]: IncidentAlert[Key] }[];
	readonly notes: IncidentNote[];
	lost: { counted: number; estimated: number };
}

/**
 * Puts incidents together out of events, one at a time and in their order: an alert opens one, or joins one that is open and
 * about the same, or that began at about the same time; it is over when all of its alerts are, and comes back when one of them
 * does within half an hour. The events are all that is kept, so incidents are the same whoever puts them together.
 */
export class IncidentBook {
	/** The oldest first. */
	readonly #incidents: Open[] = [];

	/** The newest first. */
	list(): readonly Incident[] {
		return this.#incidents.map(incidentOf).reverse();
	}

	find(id: string): Incident | undefined {
		const found = this.#incidents.find((one) => one.id === id);
		return found && incidentOf(found);
	}

	add(event: EventEntry): void {
		const { code, details = {}, time } = event;
		if (code === "alert.raised") this.#raised(event);
		else if (code === "alert.resolved") {
			const alert = this.#alertOf(event);
			if (alert) alert.resolvedTime = time;
		} else if (code === "alert.acknowledged") {
			const alert = this.#alertOf(event);
			if (alert) alert.ackedTime ??= time;
		} else if (code === GAP_CODE) this.#lost(time, details as unknown as GapDetails);
		else if (code === NOTE_CODE) {
			const { incident, by, text } = details;
			const notes = this.#incidents.find(({ id }) => id === incident)?.notes;
			if (notes && notes.length < NOTES_MAX) notes.push({ time, by: `${by}`, text: `${text}` });
		}
	}

	#raised(event: EventEntry): void {
		const { subject, time, details = {}, message } = event;
		const text = (name: string) => (typeof details[name] === "string" ? (details[name] as string) : "");
		const severity: Severity = details["severity"] === "page" ? "page" : "warn";
		const since = typeof details["since"] === "number" ? details["since"] : time;
		const said = {
			what: text("what") || message,
			affected: text("affected"),
			riders: text("riders"),
			evidence: text("evidence"),
			done: text("done"),
			todo: text("todo"),
			runbook: text("runbook"),
		};
		const known = this.#alertOf(event, RELAPSE_MS);
		if (known) {
			Object.assign(known, said, severity === "page" && { severity });
			known.resolvedTime = undefined;
			return;
		}
		const home = this.#homeOf(subject, since) ?? this.#begin(since);
		if (home.alerts.length >= ALERTS_MAX) return;
		const alert = { alert: text("alert"), subject, severity, since, toldTime: time, ...said };
		home.alerts.push({ ...alert, resolvedTime: undefined, ackedTime: undefined });
	}

	/** The alert of this name and subject that is open, or else was last, until so long ago. */
	#alertOf({ subject, details, time }: EventEntry, relapseMs = 0): Open["alerts"][number] | undefined {
		const all = this.#incidents
			.flatMap(({ alerts }) => alerts)
			.filter((one) => one.alert === details?.["alert"] && one.subject === subject);
		const endOf = ({ resolvedTime = Infinity }: Open["alerts"][number]) => resolvedTime;
		const last = all.reduce<(typeof all)[number] | undefined>(
			(best, one) => (best === undefined || endOf(one) >= endOf(best) ? one : best),
			undefined,
		);
		return last !== undefined && time - endOf(last) <= relapseMs ? last : undefined;
	}

	#homeOf(subject: string, since: EpochMs): Open | undefined {
		const open = this.#incidents.filter((one) => resolvedTimeOf(one) === undefined);
		const isNear = ({ alerts }: Open) => alerts.some((alert) => Math.abs(alert.since - since) <= TOGETHER_MS);
		return (
			open.findLast(({ alerts }) => alerts.some((alert) => alert.subject === subject)) ??
			open.findLast(isNear)
		);
	}

	#begin(since: EpochMs): Open {
		const minute = `i${Math.floor(since / MINUTE_MS).toString(36)}`;
		let id = minute;
		for (let number = 2; this.#incidents.some((one) => one.id === id); number++) id = `${minute}-${number}`;
		const begun: Open = { id, alerts: [], notes: [], lost: { counted: 0, estimated: 0 } };
		this.#incidents.push(begun);
		if (this.#incidents.length > INCIDENTS_MAX) {
			const over = this.#incidents.findIndex((one) => resolvedTimeOf(one) !== undefined);
			this.#incidents.splice(Math.max(0, over), 1);
		}
		return begun;
	}

	/** A gap is found out once upstream answers again: often a moment after the alert is over. */
	#lost(time: EpochMs, { feed, reports, estimated }: GapDetails): void {
		const home = this.#incidents.findLast((one) => {
			const resolved = resolvedTimeOf(one);
			const isRecent = resolved === undefined || time - resolved <= RELAPSE_MS;
			return isRecent && one.alerts.some(({ subject }) => subject === `feed:${feed}`);
		});
		if (home === undefined || !Number.isFinite(reports)) return;
		if (estimated) home.lost.estimated += reports;
		else home.lost.counted += reports;
	}
}

function resolvedTimeOf({ alerts }: Open): EpochMs | undefined {
	let last = 0;
	for (const { resolvedTime } of alerts) {
		if (resolvedTime === undefined) return undefined;
		last = Math.max(last, resolvedTime);
	}
	return last;
}

/** When something was to be tried next is true for a moment only, and an incident is read days later. */
function lasting(what: string): string {
	return what.replaceAll(/[.;] (It is asked|it is tried) again [^.]*\./g, ".");
}

function incidentOf(one: Open): Incident {
	const { id, alerts, notes, lost } = one;
	const pages = alerts.filter(({ severity }) => severity === "page");
	const worst = pages[0] ?? alerts[0];
	const resolvedTime = resolvedTimeOf(one);
	const acked = alerts.flatMap(({ ackedTime }) => ackedTime ?? []);
	const isMitigated = pages.length > 0 && pages.every((page) => page.resolvedTime !== undefined);
	const mitigatedTime = isMitigated ? Math.max(...pages.map((page) => page.resolvedTime ?? 0)) : resolvedTime;
	return {
		id,
		state: resolvedTime === undefined ? "open" : "resolved",
		severity: worst?.severity ?? "warn",
		title: lasting(worst?.what ?? ""),
		subjects: [...new Set(alerts.map(({ subject }) => subject))],
		since: Math.min(...alerts.map(({ since }) => since)),
		detectedTime: Math.min(...alerts.map(({ toldTime }) => toldTime)),
		ackedTime: acked.length === 0 ? undefined : Math.min(...acked),
		mitigatedTime,
		resolvedTime,
		alerts: alerts.map((alert) => ({ ...alert })),
		lost: { ...lost },
		notes: [...notes],
	};
}

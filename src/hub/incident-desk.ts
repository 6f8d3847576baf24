import { EVENTS_PARTITION, type EventEntry } from "../log/event.js";
import type { Log } from "../log/log.js";
import { messageOf } from "../model/failure.js";
import {
	findIncident,
	type IncidentControl,
	type IncidentEvidence,
	type IncidentStory,
	incidentEvidence,
	incidentStory,
	type Mask,
	readIncidents,
} from "../operations/incident-story.js";
import { type Incident, IncidentBook, NOTE_CODE } from "../operations/incidents.js";
import type { IncidentBrief } from "../operations/status.js";
import type { Clock } from "../runtime/runtime.js";
import type { Materials } from "./stages.js";

const SHOWN_MAX = 20;

/** Incidents of a hub: those that its store tells of, and what happens from now on. */
export class IncidentDesk implements IncidentControl {
	readonly #log: Log;
	readonly #clock: Clock;
	readonly #onEvent: Materials["onEvent"];
	#book = new IncidentBook();
	/** What was told while the store is read. Undefined: it has been. */
	#waiting: EventEntry[] | undefined = [];

	constructor(log: Log, clock: Clock, onEvent: Materials["onEvent"]) {
		this.#log = log;
		this.#clock = clock;
		this.#onEvent = onEvent;
	}

	/** Called with everything that is told. */
	add(event: EventEntry): void {
		if (this.#waiting === undefined) this.#book.add(event);
		else this.#waiting.push(event);
	}

	/** Reads what earlier hubs told, up to `end`: where the events ended before this one told anything. */
	async restore(end: number): Promise<void> {
		try {
			this.#book = await readIncidents(this.#log, this.#clock.now(), end);
		} catch (thrown) {
			const message = `Incidents of earlier days cannot be put together: ${messageOf(thrown)}`;
			this.#onEvent("hub", "warn", "incident.unreadable", message);
		}
		const waiting = this.#waiting ?? [];
		this.#waiting = undefined;
		for (const event of waiting) this.#book.add(event);
	}

	/** Where the events end: what `restore` takes. */
	async end(): Promise<number> {
		return (await this.#log.bounds("events", EVENTS_PARTITION)).end;
	}

	list(): readonly Incident[] {
		return this.#book.list();
	}

	briefs(): readonly IncidentBrief[] {
		return this.#book
			.list()
			.slice(0, SHOWN_MAX)
			.map(({ id, state, severity, title, subjects, since, detectedTime, mitigatedTime, resolvedTime }) => ({
				id,
				state,
				severity,
				title,
				subjects,
				since,
				detectedTime,
				mitigatedTime,
				resolvedTime,
			}));
	}

	async show(id: string): Promise<IncidentStory> {
		return incidentStory(this.#log, findIncident(this.#book, id), this.#clock.now());
	}

	async evidence(id: string, mask: Mask): Promise<IncidentEvidence> {
		return incidentEvidence(this.#log, findIncident(this.#book, id), this.#clock.now(), mask);
	}

	async note(id: string, by: string, text: string): Promise<Incident> {
		const { subjects } = findIncident(this.#book, id);
		const details = { incident: id, by, text };
		this.#onEvent(subjects[0] ?? "hub", "info", NOTE_CODE, `${by} on incident ${id}: ${text}`, details);
		return findIncident(this.#book, id);
	}
}

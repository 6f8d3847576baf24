import { EVENTS_PARTITION } from "../log/event.js";
import { messageOf } from "../model/failure.js";
import { findIncident, incidentEvidence, incidentStory, readIncidents, } from "../operations/incident-story.js";
import { IncidentBook, NOTE_CODE } from "../operations/incidents.js";
const SHOWN_MAX = 20;
/** Incidents of a hub: those that its store tells of, and what happens from now on. */
export class IncidentDesk {
    #log;
    #clock;
    #onEvent;
    #book = new IncidentBook();
    /** What was told while the store is read. Undefined: it has been. */
    #waiting = [];
    constructor(log, clock, onEvent) {
        this.#log = log;
        this.#clock = clock;
        this.#onEvent = onEvent;
    }
    /** Called with everything that is told. */
    add(event) {
        if (this.#waiting === undefined)
            this.#book.add(event);
        else
            this.#waiting.push(event);
    }
    /** Reads what earlier hubs told, up to `end`: where the events ended before this one told anything. */
    async restore(end) {
        try {
            this.#book = await readIncidents(this.#log, this.#clock.now(), end);
        }
        catch (thrown) {
            const message = `Incidents of earlier days cannot be put together: ${messageOf(thrown)}`;
            this.#onEvent("hub", "warn", "incident.unreadable", message);
        }
        const waiting = this.#waiting ?? [];
        this.#waiting = undefined;
        for (const event of waiting)
            this.#book.add(event);
    }
    /** Where the events end: what `restore` takes. */
    async end() {
        return (await this.#log.bounds("events", EVENTS_PARTITION)).end;
    }
    list() {
        return this.#book.list();
    }
    briefs() {
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
    async show(id) {
        return incidentStory(this.#log, findIncident(this.#book, id), this.#clock.now());
    }
    async evidence(id, mask) {
        return incidentEvidence(this.#log, findIncident(this.#book, id), this.#clock.now(), mask);
    }
    async note(id, by, text) {
        const { subjects } = findIncident(this.#book, id);
        const details = { incident: id, by, text };
        this.#onEvent(subjects[0] ?? "hub", "info", NOTE_CODE, `${by} on incident ${id}: ${text}`, details);
        return findIncident(this.#book, id);
    }
}

import { GAP_CODE } from "../log/event.js";
import { MINUTE_MS } from "../model/units.js";
/** The code of an event that holds what a person has to say of an incident. */
export const NOTE_CODE = "incident.note";
/** Alerts that begin so close together are told of as one incident: what takes a feed down takes others down with it. */
const TOGETHER_MS = 10 * MINUTE_MS;
/** What is raised again so soon after it was over is the same incident. */
const RELAPSE_MS = 30 * MINUTE_MS;
const INCIDENTS_MAX = 200;
const ALERTS_MAX = 100;
const NOTES_MAX = 100;
/**
 * Puts incidents together out of events, one at a time and in their order: an alert opens one, or joins one that is open and
 * about the same, or that began at about the same time; it is over when all of its alerts are, and comes back when one of them
 * does within half an hour. The events are all that is kept, so incidents are the same whoever puts them together.
 */
export class IncidentBook {
    /** The oldest first. */
    #incidents = [];
    /** The newest first. */
    list() {
        return this.#incidents.map(incidentOf).reverse();
    }
    find(id) {
        const found = this.#incidents.find((one) => one.id === id);
        return found && incidentOf(found);
    }
    add(event) {
        const { code, details = {}, time } = event;
        if (code === "alert.raised")
            this.#raised(event);
        else if (code === "alert.resolved") {
            const alert = this.#alertOf(event);
            if (alert)
                alert.resolvedTime = time;
        }
        else if (code === "alert.acknowledged") {
            const alert = this.#alertOf(event);
            if (alert)
                alert.ackedTime ??= time;
        }
        else if (code === GAP_CODE)
            this.#lost(time, details);
        else if (code === NOTE_CODE) {
            const { incident, by, text } = details;
            const notes = this.#incidents.find(({ id }) => id === incident)?.notes;
            if (notes && notes.length < NOTES_MAX)
                notes.push({ time, by: `${by}`, text: `${text}` });
        }
    }
    #raised(event) {
        const { subject, time, details = {}, message } = event;
        const text = (name) => (typeof details[name] === "string" ? details[name] : "");
        const severity = details["severity"] === "page" ? "page" : "warn";
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
        if (home.alerts.length >= ALERTS_MAX)
            return;
        const alert = { alert: text("alert"), subject, severity, since, toldTime: time, ...said };
        home.alerts.push({ ...alert, resolvedTime: undefined, ackedTime: undefined });
    }
    /** The alert of this name and subject that is open, or else was last, until so long ago. */
    #alertOf({ subject, details, time }, relapseMs = 0) {
        const all = this.#incidents
            .flatMap(({ alerts }) => alerts)
            .filter((one) => one.alert === details?.["alert"] && one.subject === subject);
        const endOf = ({ resolvedTime = Infinity }) => resolvedTime;
        const last = all.reduce((best, one) => (best === undefined || endOf(one) >= endOf(best) ? one : best), undefined);
        return last !== undefined && time - endOf(last) <= relapseMs ? last : undefined;
    }
    #homeOf(subject, since) {
        const open = this.#incidents.filter((one) => resolvedTimeOf(one) === undefined);
        const isNear = ({ alerts }) => alerts.some((alert) => Math.abs(alert.since - since) <= TOGETHER_MS);
        return (open.findLast(({ alerts }) => alerts.some((alert) => alert.subject === subject)) ??
            open.findLast(isNear));
    }
    #begin(since) {
        const minute = `i${Math.floor(since / MINUTE_MS).toString(36)}`;
        let id = minute;
        for (let number = 2; this.#incidents.some((one) => one.id === id); number++)
            id = `${minute}-${number}`;
        const begun = { id, alerts: [], notes: [], lost: { counted: 0, estimated: 0 } };
        this.#incidents.push(begun);
        if (this.#incidents.length > INCIDENTS_MAX) {
            const over = this.#incidents.findIndex((one) => resolvedTimeOf(one) !== undefined);
            this.#incidents.splice(Math.max(0, over), 1);
        }
        return begun;
    }
    /** A gap is found out once upstream answers again: often a moment after the alert is over. */
    #lost(time, { feed, reports, estimated }) {
        const home = this.#incidents.findLast((one) => {
            const resolved = resolvedTimeOf(one);
            const isRecent = resolved === undefined || time - resolved <= RELAPSE_MS;
            return isRecent && one.alerts.some(({ subject }) => subject === `feed:${feed}`);
        });
        if (home === undefined || !Number.isFinite(reports))
            return;
        if (estimated)
            home.lost.estimated += reports;
        else
            home.lost.counted += reports;
    }
}
function resolvedTimeOf({ alerts }) {
    let last = 0;
    for (const { resolvedTime } of alerts) {
        if (resolvedTime === undefined)
            return undefined;
        last = Math.max(last, resolvedTime);
    }
    return last;
}
/** When something was to be tried next is true for a moment only, and an incident is read days later. */
function lasting(what) {
    return what.replaceAll(/[.;] (It is asked|it is tried) again [^.]*\./g, ".");
}
function incidentOf(one) {
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

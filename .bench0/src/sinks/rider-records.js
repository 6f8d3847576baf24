import { SECOND_MS } from "../model/units.js";
import { HeardFeeds } from "./heard-feeds.js";
import { tiersByFeed } from "./rider-ages.js";
import { alertPolicy } from "./rider-alerts.js";
import { detourPolicy } from "./rider-detours.js";
import { LastingRecords, recordsIn } from "./rider-lasting.js";
import { noneWithheld, withheldShowing } from "./rider-reasons.js";
import { ServedItems } from "./rider-served.js";
import { tripPolicy } from "./rider-trips.js";
import { vehiclePolicy } from "./rider-vehicles.js";
/** Whatever the sweep: a vehicle that was not heard of for so long is missed at a stop. */
/** In a small fleet one bus in a tunnel is more than five per cent. */
const FEW = 2;
const OVERDUE_MS = 150_000;
/**
 * What stands for riders: the newest position of every vehicle, the newest forecast of every trip, the alerts and detours
 * that hold, each with its tier. Every sink that tells riders decides by it, so that none shows what another keeps back.
 */
export class RiderRecords {
    vehicles;
    trips;
    alerts;
    detours;
    heard;
    /** How far back, by received time, records can still stand. */
    horizonMs;
    #lasting;
    #withheld = noneWithheld();
    #staleMsOf;
    /** Records of kinds that have no place here, until the next selection. */
    #others = [];
    constructor(rules, { runtime: { clock }, feeds, sweeps }) {
        this.heard = new HeardFeeds(rules.abandoned, feeds);
        this.#lasting = new LastingRecords(clock);
        const hearing = ({ origin }, now) => this.heard.hearing(origin.feed, now);
        const positions = tiersByFeed(rules.stale, sweeps);
        this.#staleMsOf = (feed) => positions.of(feed).stale;
        const forecasts = tiersByFeed(rules.tripUpdates.stale, sweeps);
        this.vehicles = new ServedItems(vehiclePolicy(rules, positions.of), clock, this.#withheld);
        this.trips = new ServedItems(tripPolicy(rules, forecasts.of, hearing), clock, this.#withheld);
        this.alerts = new ServedItems(alertPolicy(rules, hearing), clock, this.#withheld);
        this.detours = new ServedItems(detourPolicy(hearing), clock, this.#withheld);
        // Reception bounds the event time from above, so what is younger than this by event is so by reception.
        const longestMs = Math.max(positions.goneMaxMs, rules.stale.layover, forecasts.goneMaxMs);
        this.horizonMs = longestMs + rules.futureSkew;
    }
    get all() {
        return [this.vehicles, this.trips, this.alerts, this.detours];
    }
    /** What was remembered of records that hold for longer than the horizon; answers them. */
    restore(snapshot, heard) {
        this.heard.restore(heard);
        const records = recordsIn(snapshot);
        this.#lasting.restore(records);
        return records;
    }
    take(record, rebuilding, settle) {
        this.heard.note(record.origin);
        switch (record.body.kind) {
            case "vehicle_location":
                this.vehicles.take(record, rebuilding, settle);
                break;
            case "trip_update":
                this.trips.take(record, rebuilding, settle);
                break;
            case "service_alert":
                this.alerts.take(record, rebuilding, settle);
                break;
            case "detour":
                this.detours.take(record, rebuilding, settle);
                break;
            default:
                if (!rebuilding)
                    this.#refuse(record, settle);
        }
    }
    /** For a sink that tells of vehicles only. */
    takeVehicle(record, rebuilding, settle) {
        if (record.body.kind === "vehicle_location")
            this.take(record, rebuilding, settle);
        else if (!rebuilding)
            this.#refuse(record, settle);
    }
    /** What riders see of a record as of now, and why. */
    explain(record, now) {
        switch (record.body.kind) {
            case "vehicle_location":
                return this.vehicles.explain(record, now);
            case "trip_update":
                return this.trips.explain(record, now);
            case "service_alert":
                return this.alerts.explain(record, now);
            case "detour":
                return this.detours.explain(record, now);
            default:
                return withheldShowing("kind");
        }
    }
    /** For a sink that tells of vehicles only. */
    explainVehicle(record, now) {
        return record.body.kind === "vehicle_location" ? this.explain(record, now) : withheldShowing("kind");
    }
    /** Chooses what is shown at `now`. True when it differs from before. */
    select(now, settle) {
        for (const record of this.#others)
            settle(record, "withheld");
        this.#others = [];
        this.heard.ask();
        return this.all.map((items) => items.select(now, settle)).includes(true);
    }
    /** What must outlive the horizon, where that has changed. */
    snapshot() {
        const untimed = [...this.alerts.standing(), ...this.detours.standing()];
        return this.#lasting.changed(untimed, this.trips.standing());
    }
    standing() {
        return this.all.flatMap((items) => [...items.everything()]);
    }
    resume(one) {
        this.heard.note(one.record.origin);
        const { kind } = one.record.body;
        if (kind === "vehicle_location")
            this.vehicles.resume(one);
        else if (kind === "trip_update")
            this.trips.resume(one);
        else if (kind === "service_alert")
            this.alerts.resume(one);
        else if (kind === "detour")
            this.detours.resume(one);
    }
    /**
     * Vehicles in service that are shown, and those of them that have not been heard of for 150 s and for as long as their
     * feed's tier `stale` says. Who waits at a terminal is not expected to report.
     */
    serviceFacts(now) {
        const agesMs = [];
        let inService = 0;
        let overdue = 0;
        for (const { item } of this.vehicles.served) {
            if (item.isInLayover || item.isUnassigned)
                continue;
            inService++;
            const limitMs = Math.max(OVERDUE_MS, this.#staleMsOf(item.record.origin.feed));
            if (now - item.time > limitMs)
                overdue++;
            agesMs.push(now - item.time);
        }
        agesMs.sort((one, other) => one - other);
        const left = Math.min(Math.ceil(agesMs.length * 0.95), agesMs.length - FEW);
        const ageP95Ms = agesMs[Math.max(0, left - 1)] ?? 0;
        return { inService, overdue, ageP95S: Math.max(0, Math.round(ageP95Ms / SECOND_MS)) };
    }
    /** How many records were withheld, by reason: facts for the status page. */
    get withheldFacts() {
        const counts = Object.entries(this.#withheld);
        return Object.fromEntries(counts.filter(([, count]) => count > 0).map(([reason, count]) => [`withheld_${reason}`, count]));
    }
    /** A record of a kind that riders are not told of. */
    #refuse(record, settle) {
        this.#withheld.kind++;
        if (settle)
            settle(record, "withheld");
        else
            this.#others.push(record);
    }
}

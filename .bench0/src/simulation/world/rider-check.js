import { readFeedMessage } from "../../formats/gtfs-realtime-read.js";
import { formatIsoTime } from "../../formats/iso-time.js";
import { StringMemo } from "../../formats/protobuf-reader.js";
import { SECOND_MS } from "../../model/units.js";
import { PUBLISH_EVERY_MS, TIERS } from "./world-config.js";
export const FETCH_EVERY_MS = 4_700;
const PATH = "/gtfs-rt/vehicle-positions.pb";
/** With a clock that is further off, the hub takes what it is told for the future, or for long past. */
const CLOCK_ERROR_MAX_MS = 30 * SECOND_MS;
/** Where the degrees of a 32-bit number end. */
const DEGREES = 2e-5;
/** How long a committed record may take to be published: the pause between two publications, and two commits that stall. */
const APPEAR_MS = 15 * SECOND_MS;
const STEADY_MS = 30 * SECOND_MS;
/** Records with these flags are kept from riders. */
const HIDDEN = ["future", "withheld_by_guard"];
const NEVER_ABORTED = new AbortController().signal;
/** A rider who fetches the feed again and again, and compares it with what really happened. */
export class RiderCheck {
    fetches = 0;
    entities = 0;
    #options;
    #memo = new StringMemo();
    #headerTime = 0;
    /** As the store had it when the present process began. */
    #durableHeaderTime = 0;
    /** The present process has shown nothing yet. */
    #isFirst = false;
    #bytes;
    /** Who is in the publication that was fetched last. */
    #shown = new Set();
    /** By vehicle: the newest that was committed. */
    #known = new Map();
    constructor(options) {
        this.#options = options;
    }
    /** Records as they are committed. */
    committed(records) {
        const committedMs = this.#options.monotonic();
        for (const { body, eventTime, flags } of records) {
            if (body.kind !== "vehicle_location" || body.vehicleId === undefined)
                continue;
            const isGone = body.removed === true;
            if (isGone && !this.#mayBeUnlisted(body.vehicleId, eventTime)) {
                const what = `${body.vehicleId} is removed at ${formatIsoTime(eventTime)}`;
                this.#options.trace.violate("present", `${what}, and upstream lists it`);
            }
            const known = this.#known.get(body.vehicleId);
            if (HIDDEN.some((flag) => flags.includes(flag)))
                continue;
            if (!isGone && known !== undefined && eventTime < known.eventTime)
                continue;
            const isShown = !isGone && body.latitude !== undefined;
            this.#known.set(body.vehicleId, { eventTime, committedMs, isShown });
        }
    }
    /** Judged by the time that the hub states, and by the true one: its clock may be wrong. */
    #mayBeUnlisted(vehicleId, statedTime) {
        const { truth, now } = this.#options;
        return truth.mayBeUnlisted(vehicleId, statedTime) || truth.mayBeUnlisted(vehicleId, now());
    }
    /**
     * A new process knows of what was published only what is durable. Where its clock has gone back meanwhile, it cannot
     * know of what was published while the store refused everything.
     */
    restarted(durableHeaderTime) {
        this.#durableHeaderTime = durableHeaderTime;
        this.#isFirst = true;
        this.#forgetUndurable();
    }
    #forgetUndurable() {
        if (this.#options.hubNow() < this.#headerTime + SECOND_MS) {
            this.#headerTime = Math.min(this.#headerTime, this.#durableHeaderTime);
        }
    }
    async fetch(life) {
        const { trace } = this.#options;
        const endpoint = life.hub.endpoints.find(({ path }) => path === PATH);
        const answer = await endpoint?.handle({
            method: "GET",
            path: PATH,
            params: {},
            query: {},
            headers: {},
            body: new Uint8Array(),
            remoteAddress: "192.0.2.1",
            // Who asks a hub that starts waits for it, with a listener that a hub which dies never takes off.
            signal: life.isStarted ? NEVER_ABORTED : new AbortController().signal,
        });
        this.fetches++;
        if (answer?.status !== 200 || !(answer.body instanceof Uint8Array)) {
            trace.violate("present", `The feed answered ${answer?.status}`);
            return;
        }
        this.#judge(answer.body);
    }
    #judge(bytes) {
        // What was judged before needs no second look, only its age does.
        if (this.#bytes === undefined || Buffer.compare(bytes, this.#bytes) !== 0)
            this.#read(bytes);
        const { trace, hubNow } = this.#options;
        const steadyMs = this.#options.monotonic() - this.#options.steadySinceMs();
        if (steadyMs < STEADY_MS)
            return;
        const age = hubNow() - this.#headerTime;
        if (age > PUBLISH_EVERY_MS + 3 * SECOND_MS) {
            trace.violate("present", `The feed froze: its header is ${age / SECOND_MS} s old`);
        }
        this.#judgePresence(this.#shown, this.#headerTime);
    }
    #read(bytes) {
        const { trace } = this.#options;
        // The clock may also go back while a process starts, before it has published anything.
        if (this.#isFirst)
            this.#forgetUndurable();
        this.#isFirst = false;
        const message = readFeedMessage(bytes, this.#memo);
        const headerTime = (message.header?.timestamp ?? 0) * SECOND_MS;
        if (message.failure !== undefined)
            trace.violate("present", `The feed cannot be read: ${message.failure.message}`);
        if (headerTime < this.#headerTime) {
            trace.violate("header", `Header time went from ${formatIsoTime(this.#headerTime)} back to ${formatIsoTime(headerTime)}`);
        }
        if (headerTime === this.#headerTime) {
            trace.violate("header", `Two publications of ${formatIsoTime(headerTime)} say different things`);
        }
        this.#headerTime = headerTime;
        this.#bytes = bytes;
        const shown = new Set();
        for (const entity of message.entities) {
            this.entities++;
            if (!("vehicle" in entity)) {
                trace.violate("present", "An entity of the feed cannot be read");
                continue;
            }
            const vehicle = this.#judgeEntity(entity, headerTime);
            if (vehicle !== undefined)
                shown.add(vehicle);
        }
        this.#shown = shown;
    }
    #judgeEntity({ id, vehicle }, headerTime) {
        const { trace, truth } = this.#options;
        const vehicleId = vehicle?.vehicle?.id;
        if (vehicleId === undefined || vehicle?.timestamp === undefined) {
            trace.violate("honest", `Entity ${id} has no vehicle or no time`);
            return undefined;
        }
        // A receiver without a fix knows no place.
        const { position } = vehicle;
        if (position === undefined || !truth.isTrusted(vehicleId))
            return vehicleId;
        const time = vehicle.timestamp * SECOND_MS;
        const places = truth.placesAt(vehicleId, time, this.#options.lagMs());
        const at = `${vehicleId} at ${formatIsoTime(time)}`;
        const { latitude = Number.NaN, longitude = Number.NaN } = position;
        const wasThere = places.some((place) => Math.abs(place.latitude - latitude) <= DEGREES && Math.abs(place.longitude - longitude) <= DEGREES);
        if (places.length === 0)
            trace.violate("honest", `${at}: it reported nothing at that time`);
        else if (!wasThere)
            trace.violate("honest", `${at}: published where it was not at that time`);
        // A header that is ahead of the hub's clock waits for it, and ages are judged by that clock.
        const isWaiting = headerTime > this.#options.hubNow();
        const judgedTime = isWaiting ? this.#options.hubNow() - PUBLISH_EVERY_MS - FETCH_EVERY_MS : headerTime;
        const age = judgedTime - time;
        // The time is cut to seconds, so it looks older than it is by less than one.
        if (age >= TIERS.goneMs + SECOND_MS)
            trace.violate("honest", `${at}: ${age / SECOND_MS} s old, and shown`);
        const hasDetails = position.speed !== undefined || position.bearing !== undefined;
        if (age >= TIERS.staleMs + SECOND_MS && hasDetails) {
            trace.violate("honest", `${at}: ${age / SECOND_MS} s old, and its speed or bearing is shown`);
        }
        return vehicleId;
    }
    /** Who is known, young enough and not gone is in the feed. */
    #judgePresence(shown, headerTime) {
        const { trace, truth, monotonic } = this.#options;
        const clockErrorMs = this.#options.clockErrorMs();
        if (clockErrorMs > CLOCK_ERROR_MAX_MS)
            return;
        for (const [vehicleId, { eventTime, committedMs, isShown }] of this.#known) {
            if (!isShown || shown.has(vehicleId) || !truth.isTrusted(vehicleId))
                continue;
            const isYoung = headerTime - eventTime < TIERS.goneMs - PUBLISH_EVERY_MS - clockErrorMs;
            if (!isYoung || monotonic() - committedMs < APPEAR_MS)
                continue;
            const age = (headerTime - eventTime) / SECOND_MS;
            trace.violate("present", `${vehicleId}, ${age} s old, is missing; ${shown.size} vehicles are shown`);
        }
    }
}

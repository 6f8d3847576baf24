import { Failure } from "../../model/failure.js";
import type { Flag, Observation, VehicleLocation } from "../../model/observation.js";
import { type DurationMs, type EpochMs, MINUTE_MS } from "../../model/units.js";
import { Alarms, type AlarmsJson, type GuardAlarm, someOf } from "./alarms.js";
import { FieldEvidence } from "./field-evidence.js";
import {
	BIT,
	flagOf,
	GUARD_NAMES,
	GUARDS,
	type GuardName,
	type GuardNews,
	type GuardsConfig,
	MASK,
} from "./guard.js";
import { MotionEvidence, type MotionJson } from "./motion-evidence.js";
import { PlaceEvidence } from "./place-evidence.js";
import { type GuardArea, Places, type PlacesJson } from "./places.js";
import { type GuardedFrame, TimeEvidence } from "./time-evidence.js";
import { TogetherEvidence } from "./together-evidence.js";
import { fieldsOf, nameOf, Ruler, TRACKS_MAX, Track, VOICE_MS } from "./track.js";
import { Windows, type WindowsJson } from "./windows.js";

export interface FeedGuardsOptions {
	readonly config: GuardsConfig;
	/** Undefined: learned from the first vehicles. */
	readonly area?: GuardArea | undefined;
}

/** Guards that vehicles vote on. */
const VOTED = GUARD_NAMES.filter(
	(name) =>
		![
			"speed_unit",
			"bearing_motion",
			"deviation_sign",
			"identity_churn",
			"fleet_volume",
			"field_missing",
			"ids_exchanged",
			"positions_shifted",
		].includes(name),
);
/** Guards that judge records one by one. */
const RECORD_MASK = GUARD_NAMES.filter((name) => GUARDS[name].evidence === "record").reduce(
	(mask, name) => mask | MASK[name],
	0,
);
/** Who moved less may as well stand: then speed and heading need not be stated. */
const MOVING_M = 30;
const SET_BACK_MS: DurationMs = 10 * MINUTE_MS;
const SNAPSHOT_EVERY_MS: DurationMs = MINUTE_MS;
const SNAPSHOT_TRACKS_MAX = 5_000;

/**
 * The guards of one upstream of a feed. `look` takes the evidence of a frame, before any of its items becomes a record, so
 * that the frame in which something goes wrong is judged with it; `pass` says what becomes of each. A state machine over
 * frames: the same frames give the same answers, whatever the clock says meanwhile.
 */
export class FeedGuards {
	readonly #alarms: Alarms;
	readonly #places: Places;
	readonly #times: TimeEvidence;
	readonly #spots: PlaceEvidence;
	readonly #motion: MotionEvidence;
	readonly #fields: FieldEvidence;
	readonly #together: TogetherEvidence;
	readonly #windows = new Windows();
	readonly #tracks = new Map<string, Track>();
	/** Of the frame that was looked at last, by place: guards that hold of the item, and its vehicle. */
	#bits = new Int32Array(256);
	#who: (Track | undefined)[] = [];
	#frame = 0;
	#sweptTime: EpochMs = 0;
	#doublesTime: EpochMs = 0;
	#sealedTime: EpochMs = 0;

	constructor({ config, area }: FeedGuardsOptions) {
		this.#alarms = new Alarms(config);
		this.#places = new Places(area);
		const ruler = new Ruler();
		this.#motion = new MotionEvidence(this.#alarms, ruler);
		this.#times = new TimeEvidence(this.#alarms);
		this.#spots = new PlaceEvidence(this.#alarms, this.#places, ruler, this.#motion);
		this.#fields = new FieldEvidence(this.#alarms);
		this.#together = new TogetherEvidence(this.#alarms);
	}

	/** Takes the evidence of a frame. Answers what of it a person should know. */
	look(frame: GuardedFrame): readonly GuardNews[] {
		const { items, receivedTime, isComplete } = frame;
		if (this.#alarms.enabled === 0) return NO_NEWS;
		this.#frame++;
		this.#times.begin();
		this.#together.begin();
		this.#alarms.suspected = 0;
		if (this.#bits.length < items.length) this.#bits = new Int32Array(items.length * 2);
		else this.#bits.fill(0, 0, items.length);
		this.#who.length = 0;
		this.#motion.begin(items.length);
		let vehicles = 0;
		for (let at = 0; at < items.length; at++) {
			const item = items[at] as GuardedFrame["items"][number];
			if (item.kind !== "vehicle_location") continue;
			vehicles++;
			this.#vehicle(item, at, frame);
		}
		if (vehicles > 0 || isComplete) this.#judge(frame, vehicles);
		if (receivedTime - this.#sweptTime >= MINUTE_MS) this.#sweep(receivedTime);
		if (this.#alarms.news.length === 0) return NO_NEWS;
		return this.#alarms.news.splice(0);
	}

	/** An item as it goes on: itself, or flagged, or without what is in doubt. Undefined: it is to be a dead letter. */
	pass(observation: Observation, at: number): Observation | Failure {
		if (observation.kind !== "vehicle_location") return observation;
		const held =
			((this.#bits[at] as number) & RECORD_MASK) |
			((this.#alarms.tripped | this.#alarms.suspected) & ~RECORD_MASK);
		const mask = held & this.#alarms.enabled;
		return mask === 0 ? observation : this.#mark(observation, mask, at);
	}

	/** Whether the trip that an item names is one of the schedule, once that is known. */
	matched(observation: Observation, at: number): void {
		const track = this.#who[at];
		if (track === undefined || observation.tripId === undefined) return;
		const mask = MASK.match_rate;
		const isKnown = observation.unresolved === undefined;
		// Who never named a known trip says nothing of a change.
		if (!isKnown && ((track.good | track.bad) & mask) === 0) return;
		this.#alarms.vote(track, mask, BIT.match_rate, !isKnown);
	}

	/** Whether any guard holds of the fleet. */
	get isAlarmed(): boolean {
		return this.#alarms.tripped !== 0;
	}

	/** What holds of the fleet now. */
	get alarms(): readonly GuardAlarm[] {
		return this.#alarms.held;
	}

	/** Why the frame as a whole is no good answer. */
	get failure(): Failure | undefined {
		const name = this.#alarms.failing;
		if (name === undefined) return undefined;
		const message = `Guard ${name}: vehicles ${GUARDS[name].sentence}`;
		return new Failure("upstream.implausible", message);
	}

	/** State to be kept with the frames that were looked at; undefined while the newest is recent enough. */
	seal(now: EpochMs): string | undefined {
		if (now - this.#sealedTime < SNAPSHOT_EVERY_MS) return undefined;
		this.#sealedTime = now;
		return this.json();
	}

	/** What `restore` takes. */
	json(): string {
		const tracks: TrackRow[] = [];
		// The newest are at the end of the map: who is heard of again is put there.
		let skip = this.#tracks.size - SNAPSHOT_TRACKS_MAX;
		for (const track of this.#tracks.values()) {
			if (skip-- > 0) continue;
			const { id, receivedTime, eventTime, latitude, longitude, deviationS, good, bad, usual } = track;
			const numbers = [eventTime, latitude, longitude, deviationS].map(orNull);
			tracks.push([id, receivedTime, good, bad, usual, ...numbers] as unknown as TrackRow);
		}
		const snapshot: GuardsJson = {
			v: 1,
			alarms: this.#alarms.json(),
			places: this.#places.json(),
			motion: this.#motion.json(),
			windows: this.#windows.json(),
			tracks,
		};
		return JSON.stringify(snapshot);
	}

	/** Takes what `json` gave; anything else is as if nothing was known. */
	restore(text: string): void {
		const json = JSON.parse(text) as GuardsJson;
		if (json.v !== 1) return;
		this.#alarms.restore(json.alarms);
		this.#places.restore(json.places);
		this.#motion.restore(json.motion);
		this.#windows.restore(json.windows);
		for (const row of json.tracks) {
			const [id, receivedTime, good, bad, usual, eventTime, latitude, longitude, deviationS] = row;
			const track = new Track(id);
			this.#tracks.set(id, track);
			track.receivedTime = receivedTime;
			track.eventTime = eventTime ?? Number.NaN;
			track.latitude = latitude ?? Number.NaN;
			track.longitude = longitude ?? Number.NaN;
			track.deviationS = deviationS ?? Number.NaN;
			track.movedTime = receivedTime;
			this.#fields.note(track, usual, false, receivedTime);
			this.#fields.note(track, usual, false, receivedTime);
			this.#alarms.fleet++;
			track.hasVoice = true;
			track.good = good;
			track.bad = bad;
			this.#alarms.revive(track);
		}
	}

	#vehicle(item: VehicleLocation, at: number, frame: GuardedFrame): void {
		const name = nameOf(item);
		if (name === undefined) return;
		const { receivedTime } = frame;
		let track = this.#tracks.get(name);
		const isNew = track === undefined;
		if (track === undefined) {
			track = new Track(name);
			this.#tracks.set(name, track);
			if (this.#tracks.size > TRACKS_MAX) this.#forgetOldest();
		}
		this.#who[at] = track;
		if (!track.hasVoice) {
			track.hasVoice = true;
			this.#alarms.fleet++;
		}
		this.#windows.note(track, isNew);
		const time = item.eventTime ?? frame.headerTime ?? receivedTime;
		// Much older than before: a clock was set back, and what is told from now on is the present.
		const isNewer = !(time <= track.eventTime) || time < track.eventTime - SET_BACK_MS;
		this.#together.note(item, track, time, isNewer, receivedTime);
		let bits = this.#times.look(item, track, isNewer, frame);
		const { latitude, longitude } = item;
		let isMoving = false;
		if (latitude === undefined || longitude === undefined) {
			const isRemoved = item.flags?.includes("position_removed") === true;
			if (isRemoved) this.#alarms.vote(track, MASK.position_missing, BIT.position_missing, true);
		} else {
			bits |= this.#spots.look(item, track, time, this.#frame);
			isMoving = track.movedM > MOVING_M;
		}
		this.#fields.note(track, fieldsOf(item), isMoving, receivedTime);
		this.#removed(track, item);
		if (
			!isNewer &&
			time === track.eventTime &&
			item.speedMps !== undefined &&
			item.speedMps !== track.speedMps
		) {
			this.#motion.restated(track, item.speedMps);
			track.speedMps = item.speedMps;
		}
		if (item.scheduleDeviationS !== undefined && (isNewer || item.scheduleDeviationS !== track.deviationS)) {
			const seconds = (receivedTime - track.receivedTime) / 1000;
			this.#motion.deviation(track, item.scheduleDeviationS, seconds);
			track.deviationS = item.scheduleDeviationS;
		}
		track.receivedTime = receivedTime;
		track.frame = this.#frame;
		if (isNewer) {
			track.eventTime = time;
			track.speedMps = item.speedMps ?? Number.NaN;
			if (latitude !== undefined && longitude !== undefined) {
				track.latitude = latitude;
				track.longitude = longitude;
			}
		}
		this.#bits[at] = bits;
	}

	/** Whether a value was removed because it cannot be. Who never stated one that can be says nothing of a change. */
	#removed(track: Track, { flags }: VehicleLocation): void {
		const isRemoved = flags?.includes("value_removed") === true;
		const mask = MASK.values_removed;
		if (isRemoved && ((track.good | track.bad) & mask) === 0) return;
		this.#alarms.vote(track, mask, BIT.values_removed, isRemoved);
	}

	/** After all items of a frame gave their evidence. */
	#judge(frame: GuardedFrame, vehicles: number): void {
		const now = frame.receivedTime;
		this.#times.end();
		this.#motion.end(now);
		this.#together.end(now);
		this.#fields.judge(now, frame.isComplete ? vehicles : Number.POSITIVE_INFINITY);
		const window = this.#windows.close(now, frame.isComplete);
		if (window !== undefined) {
			const { listed, listedBefore, fresh, stayed, usual, isChurn, isLow } = window;
			const details = { listed, listedBefore, new: fresh, stayed, usual: Math.round(usual) };
			if (isChurn !== undefined) this.#alarms.set("identity_churn", isChurn, now, fresh, details);
			const missing = Math.max(0, Math.round(usual) - listed);
			if (isLow !== undefined) this.#alarms.set("fleet_volume", isLow, now, missing, details);
		}
		if (vehicles >= DOUBLES_VEHICLES_MIN && now - this.#doublesTime >= DOUBLES_EVERY_MS) {
			this.#doublesTime = now;
			this.#spots.doubles(frame, this.#who, this.#bits);
		}
		for (const name of VOTED) {
			const verdict = this.#alarms.verdict(name);
			if (verdict !== undefined && verdict !== this.#alarms.isTripped(name)) this.#turn(name, verdict, now);
		}
	}

	#turn(name: GuardName, isTripped: boolean, now: EpochMs): void {
		const voices = someOf(this.#tracks.values(), MASK[name]);
		const details: Record<string, unknown> = isTripped ? { sample: voices } : {};
		if (isTripped && name === "position_outside") details["reading"] = this.#spots.fault;
		if (isTripped && name === "time_zone") {
			const hours = this.#times.zoneHours(this.#tracks.values(), now);
			// Delays that happen to be a multiple of half an hour each are none of one zone.
			if (hours === undefined) return;
			details["hoursBehind"] = hours;
		}
		this.#alarms.set(name, isTripped, now, this.#alarms.bad(name), details);
	}

	/** Who is silent has no say. */
	#sweep(now: EpochMs): void {
		this.#sweptTime = now;
		for (const track of this.#tracks.values()) {
			if (!track.hasVoice) continue;
			const isSilent = now - track.receivedTime > VOICE_MS;
			this.#fields.settle(track, now, isSilent);
			if (!isSilent) continue;
			this.#alarms.mute(track);
			this.#alarms.fleet--;
			track.hasVoice = false;
		}
	}

	#forgetOldest(): void {
		let spare = Math.floor(TRACKS_MAX / 10);
		for (const [name, track] of this.#tracks) {
			if (spare-- <= 0) return;
			if (track.frame === this.#frame) continue;
			if (track.hasVoice) this.#alarms.fleet--;
			this.#alarms.mute(track);
			this.#fields.forget(track);
			this.#tracks.delete(name);
		}
	}

	#mark(observation: VehicleLocation, mask: number, at: number): Observation | Failure {
		const flags: Flag[] = observation.flags === undefined ? [] : [...observation.flags];
		const without: { -readonly [K in keyof VehicleLocation]?: VehicleLocation[K] } = {};
		let isWithheld = false;
		let isChanged = false;
		for (const name of GUARD_NAMES) {
			if ((mask & MASK[name]) === 0 || !concerns(name, observation, this.#who[at])) continue;
			const flag = flagOf(name);
			if (flag === undefined) continue;
			const action = this.#alarms.action(name);
			if (action === "dead-letter")
				return new Failure("record.implausible", `Guard ${name}: vehicles ${GUARDS[name].sentence}`);
			flags.push(flag);
			isChanged = true;
			if (action === "flag") continue;
			const field = VALUE_OF[name];
			if (field === undefined) isWithheld = true;
			else without[field] = undefined;
		}
		if (!isChanged) return observation;
		if (isWithheld) flags.push("withheld_by_guard");
		return { ...observation, ...without, flags };
	}
}

const NO_NEWS: readonly GuardNews[] = Object.freeze([]);
const DOUBLES_VEHICLES_MIN = 10;
/** Looked for so often: it costs a table of all places of a frame. */
const DOUBLES_EVERY_MS: DurationMs = 20_000;
const VALUE_OF: Readonly<Partial<Record<GuardName, "speedMps" | "headingDeg" | "scheduleDeviationS">>> = {
	speed_unit: "speedMps",
	bearing_motion: "headingDeg",
	deviation_sign: "scheduleDeviationS",
};

/** Whether an alarm of the fleet says anything of this record. */
function concerns(name: GuardName, observation: VehicleLocation, track: Track | undefined): boolean {
	const value = VALUE_OF[name];
	if (value !== undefined) return observation[value] !== undefined;
	if (GUARDS[name].evidence !== "fleet") return true;
	return track !== undefined && (track.bad & MASK[name]) !== 0;
}

function orNull(value: number): number | null {
	return Number.isNaN(value) ? null : value;
}

type TrackRow = readonly [
	id: string,
	receivedTime: EpochMs,
	good: number,
	bad: number,
	usual: number,
	eventTime: EpochMs | null,
	latitude: number | null,
	longitude: number | null,
	deviationS: number | null,
];

interface GuardsJson {
	readonly v: 1;
	readonly alarms: AlarmsJson;
	readonly places: PlacesJson;
	readonly motion: MotionJson;
	readonly windows: WindowsJson;
	readonly tracks: readonly TrackRow[];
}

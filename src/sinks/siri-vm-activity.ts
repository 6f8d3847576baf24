import { type SiriNode, siriDuration, siriJson, siriXml } from "../formats/siri-write.js";
import type { OccupancyStatus, VehicleLocation } from "../model/observation.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import { isoText } from "./delivery-json.js";
import { isInLayover, type TiersOf } from "./rider-ages.js";
import type { VehicleEntity } from "./rider-entity.js";
import type { ServedItem } from "./rider-served.js";
import { toldBody } from "./rider-told.js";

export type SiriVersion = "2.0" | "2.1";

export interface ActivityRules {
	readonly version: SiriVersion;
	/** `DirectionRef` of GTFS direction 0 and of 1. */
	readonly directions: readonly [string, string];
	/** `OperatorRef` by agency; the agency's own name where there is none. */
	readonly operators: Readonly<Record<string, string>>;
	readonly tiersOf: TiersOf;
	readonly layoverMs: DurationMs;
}

/** SIRI 2.0 has three words. */
const OCCUPANCY: Readonly<Record<SiriVersion, Partial<Record<OccupancyStatus, string>>>> = {
	"2.0": {
		empty: "seatsAvailable",
		many_seats_available: "seatsAvailable",
		few_seats_available: "seatsAvailable",
		standing_room_only: "standingAvailable",
		crushed_standing_room_only: "standingAvailable",
		full: "full",
		not_accepting_passengers: "full",
	},
	"2.1": {
		empty: "empty",
		many_seats_available: "manySeatsAvailable",
		few_seats_available: "fewSeatsAvailable",
		standing_room_only: "standingRoomOnly",
		crushed_standing_room_only: "crushedStandingRoomOnly",
		full: "full",
		not_accepting_passengers: "notAcceptingPassengers",
	},
};

/** What one vehicle is in SIRI, from one change of it to the next: only its age grows. */
export class VehicleActivity {
	readonly time: EpochMs;
	readonly vehicleRef: string | undefined;
	readonly lineRef: string | undefined;
	readonly directionRef: string | undefined;
	readonly operatorRef: string;
	readonly #served: ServedItem<VehicleEntity>;
	readonly #rules: ActivityRules;
	readonly #body: VehicleLocation;
	#xml: string | undefined;
	#json: string | undefined;

	constructor(served: ServedItem<VehicleEntity>, rules: ActivityRules) {
		const { record, time } = served.item;
		this.time = time;
		this.#served = served;
		this.#rules = rules;
		this.#body = toldBody(served) as VehicleLocation;
		const { vehicleId, vehicleLabel, gtfsRouteId, directionId } = this.#body;
		this.vehicleRef = vehicleId ?? vehicleLabel;
		this.lineRef = gtfsRouteId;
		this.directionRef = directionId === undefined ? undefined : rules.directions[directionId];
		const { agency } = record.origin;
		this.operatorRef = rules.operators[agency] ?? agency;
	}

	/** The element, with tier and age at `now`. */
	xml(now: EpochMs): string {
		this.#xml ??= `<VehicleActivity>${siriXml(this.#nodes())}<Extensions><Freshness xmlns="urn:wayside:siri"><Tier>${this.#served.tier}</Tier><Age>`;
		return `${this.#xml}${this.#age(now)}</Age></Freshness></Extensions></VehicleActivity>`;
	}

	/** The same as a JSON object. */
	json(now: EpochMs): string {
		this.#json ??= `{${siriJson(this.#nodes())},"Extensions":{"Freshness":{"Tier":"${this.#served.tier}","Age":"`;
		return `${this.#json}${this.#age(now)}"}}}`;
	}

	#age(now: EpochMs): string {
		return siriDuration(Math.max(0, Math.floor((now - this.time) / 1000)));
	}

	#nodes(): readonly SiriNode[] {
		return [
			["RecordedAtTime", instant(this.time)],
			["ValidUntilTime", instant(this.#validUntil())],
			["MonitoredVehicleJourney", this.#journey()],
		];
	}

	/** From then on it is not served any more. */
	#validUntil(): EpochMs {
		const { record } = this.#served.item;
		const { gone } = this.#rules.tiersOf(record.origin.feed);
		const isWaiting = record.body.kind === "vehicle_location" && isInLayover(record.body);
		return this.time + (isWaiting ? Math.max(gone, this.#rules.layoverMs) : gone);
	}

	/** In the order of the schema: `MonitoredVehicleJourneyStructure` of SIRI 2.0 and 2.1. */
	#journey(): readonly SiriNode[] {
		const body = this.#body;
		const { version } = this.#rules;
		const { tripId, serviceDate } = body;
		const day = serviceDate?.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
		const framed: readonly SiriNode[] =
			tripId !== undefined && day !== undefined
				? [
						["DataFrameRef", day],
						["DatedVehicleJourneyRef", tripId],
					]
				: [];
		const occupancy = body.occupancyStatus && OCCUPANCY[version][body.occupancyStatus];
		const isCongested = body.congestionLevel === "congestion" || body.congestionLevel === "severe_congestion";
		return [
			["LineRef", this.lineRef],
			["DirectionRef", this.directionRef],
			["FramedVehicleJourneyRef", framed],
			["OperatorRef", this.operatorRef],
			["Monitored", this.#served.tier !== "stale"],
			["InCongestion", isCongested ? true : undefined],
			["DataSource", this.#served.item.record.origin.agency],
			["VehicleLocation", locationOf(body)],
			["Bearing", body.headingDeg === undefined ? undefined : Number(body.headingDeg.toFixed(1))],
			// A whole number by the schema, of metres per second.
			["Velocity", body.speedMps === undefined ? undefined : Math.round(body.speedMps)],
			["Occupancy", occupancy],
			["Delay", body.scheduleDeviationS === undefined ? undefined : siriDuration(body.scheduleDeviationS)],
			["VehicleStatus", body.scheduleRelationship === "canceled" ? "cancelled" : undefined],
			["BlockRef", body.blockId],
			["VehicleJourneyRef", framed.length === 0 ? tripId : undefined],
			["VehicleRef", this.vehicleRef],
			["MonitoredCall", callOf(body)],
		];
	}
}

function locationOf({ latitude, longitude }: VehicleLocation): readonly SiriNode[] {
	if (latitude === undefined || longitude === undefined) return [];
	return [
		["Longitude", Number(longitude.toFixed(6))],
		["Latitude", Number(latitude.toFixed(6))],
	];
}

function callOf({ stopId, currentStopSequence, currentStatus }: VehicleLocation): readonly SiriNode[] {
	if (stopId === undefined) return [];
	// Counted from 1 by the schema.
	const hasOrder = currentStopSequence !== undefined && currentStopSequence >= 1;
	return [
		["StopPointRef", stopId],
		["Order", hasOrder ? currentStopSequence : undefined],
		["VehicleAtStop", currentStatus === undefined ? undefined : currentStatus === "stopped_at"],
	];
}

function instant(time: EpochMs): string {
	return isoText(time).slice(1, -1);
}

import { type JsonBytes, jsonConstant } from "../log/json-bytes.js";
import type { Observation, UpstreamIds, VehicleLocation } from "../model/observation.js";

type Attributes = NonNullable<VehicleLocation["attributes"]>;

/** Fields of the envelope: they are kept beside the body, or nowhere. */
const ENVELOPE = new Set(["eventTime", "resolutionMs", "flags", "operatorId"]);

const VEHICLE_LOCATION = jsonConstant('{"kind":"vehicle_location"');
const NOTHING = new Uint8Array(0);
/** A name with all that stands around it. */
const NAME = namesOf([
	"attributes",
	"vehicleId",
	"vehicleLabel",
	"licensePlate",
	"wheelchairAccessible",
	"tripId",
	"gtfsRouteId",
	"directionId",
	"serviceDate",
	"startTime",
	"scheduleRelationship",
	"blockId",
	"runId",
	"unresolved",
	"latitude",
	"longitude",
	"headingDeg",
	"speedMps",
	"odometerM",
	"scheduleDeviationS",
	"currentStopSequence",
	"stopId",
	"currentStatus",
	"congestionLevel",
	"occupancyStatus",
	"occupancyPercentage",
	"gpsQuality",
	"operatorId",
]);

function namesOf<Name extends string>(names: readonly Name[]): Readonly<Record<Name, Uint8Array>> {
	return Object.fromEntries(names.map((name) => [name, jsonConstant(`,"${name}":`)])) as Record<
		Name,
		Uint8Array
	>;
}

/**
 * Writes the body of a record as JSON, without the fields of the envelope and without what is unknown. The same body
 * gives the same bytes, also after it was parsed again: their hash is the content that deduplication compares. Numbers
 * that JSON cannot hold are left out. Goes on behind what `into` holds.
 */
export function writeBody(
	observation: Observation,
	operatorId: string | undefined,
	into: JsonBytes,
	known?: KnownVehicle,
): void {
	if (observation.kind === "vehicle_location") {
		if (known === undefined) writeIdentity(observation, into);
		else writeKnown(observation, into, known);
		writeMotion(observation, into, known);
	} else writeOther(observation, into);
	text(into, NAME.operatorId, operatorId);
	into.ascii("}");
}

/**
 * What was written last for a vehicle of who it is, what it does and what its vendor says beside: it seldom changes from
 * one report to the next, so that its bytes can be copied.
 */
export class KnownVehicle {
	body: VehicleLocation | undefined;
	bytes: Uint8Array = NOTHING;
	attributes: Attributes | undefined;
	attributeNames: readonly string[] = [];
	attributeBytes: Uint8Array = NOTHING;
}

function writeKnown(body: VehicleLocation, into: JsonBytes, known: KnownVehicle): void {
	if (known.body !== undefined && isSameIdentity(body, known.body)) {
		into.bytes(known.bytes);
		return;
	}
	const from = into.length;
	writeIdentity(body, into);
	known.body = body;
	known.bytes = into.copy(from);
}

function isSameIdentity(a: VehicleLocation, b: VehicleLocation): boolean {
	return (
		a.vehicleId === b.vehicleId &&
		a.vehicleLabel === b.vehicleLabel &&
		a.licensePlate === b.licensePlate &&
		a.wheelchairAccessible === b.wheelchairAccessible &&
		a.tripId === b.tripId &&
		a.gtfsRouteId === b.gtfsRouteId &&
		a.directionId === b.directionId &&
		a.serviceDate === b.serviceDate &&
		a.startTime === b.startTime &&
		a.scheduleRelationship === b.scheduleRelationship &&
		a.blockId === b.blockId &&
		a.runId === b.runId &&
		a.unresolved === b.unresolved &&
		isSameIds(a.upstreamIds, b.upstreamIds)
	);
}

function isSameIds(a: UpstreamIds | undefined, b: UpstreamIds | undefined): boolean {
	if (a === b) return true;
	if (a === undefined || b === undefined) return false;
	return (
		a.vehicleId === b.vehicleId &&
		a.tripId === b.tripId &&
		a.gtfsRouteId === b.gtfsRouteId &&
		a.directionId === b.directionId &&
		a.blockId === b.blockId &&
		a.serviceDate === b.serviceDate &&
		a.startTime === b.startTime
	);
}

/** The first fields of a vehicle location: who it is and what it does. */
function writeIdentity(body: VehicleLocation, into: JsonBytes): void {
	into.bytes(VEHICLE_LOCATION);
	text(into, NAME.vehicleId, body.vehicleId);
	text(into, NAME.vehicleLabel, body.vehicleLabel);
	text(into, NAME.licensePlate, body.licensePlate);
	text(into, NAME.wheelchairAccessible, body.wheelchairAccessible);
	text(into, NAME.tripId, body.tripId);
	text(into, NAME.gtfsRouteId, body.gtfsRouteId);
	numeric(into, NAME.directionId, body.directionId);
	text(into, NAME.serviceDate, body.serviceDate);
	text(into, NAME.startTime, body.startTime);
	text(into, NAME.scheduleRelationship, body.scheduleRelationship);
	text(into, NAME.blockId, body.blockId);
	text(into, NAME.runId, body.runId);
	text(into, NAME.unresolved, body.unresolved);
	if (body.upstreamIds !== undefined) {
		into.ascii(',"upstreamIds":');
		into.json(JSON.stringify(body.upstreamIds));
	}
}

/** The other fields: where it is and how it moves. The closing brace is the caller's. */
function writeMotion(body: VehicleLocation, into: JsonBytes, known: KnownVehicle | undefined): void {
	numeric(into, NAME.latitude, body.latitude);
	numeric(into, NAME.longitude, body.longitude);
	numeric(into, NAME.headingDeg, body.headingDeg);
	numeric(into, NAME.speedMps, body.speedMps);
	numeric(into, NAME.odometerM, body.odometerM);
	numeric(into, NAME.scheduleDeviationS, body.scheduleDeviationS);
	numeric(into, NAME.currentStopSequence, body.currentStopSequence);
	text(into, NAME.stopId, body.stopId);
	text(into, NAME.currentStatus, body.currentStatus);
	text(into, NAME.congestionLevel, body.congestionLevel);
	text(into, NAME.occupancyStatus, body.occupancyStatus);
	numeric(into, NAME.occupancyPercentage, body.occupancyPercentage);
	text(into, NAME.gpsQuality, body.gpsQuality);
	if (body.doorsOpen !== undefined) into.ascii(body.doorsOpen ? ',"doorsOpen":true' : ',"doorsOpen":false');
	if (body.blockContinues !== undefined)
		into.ascii(body.blockContinues ? ',"blockContinues":true' : ',"blockContinues":false');
	if (body.carriages !== undefined) {
		into.ascii(',"carriages":');
		into.json(JSON.stringify(body.carriages));
	}
	if (body.attributes !== undefined) writeAttributes(body.attributes, into, known);
}

function writeAttributes(values: Attributes, into: JsonBytes, known: KnownVehicle | undefined): void {
	if (known?.attributes !== undefined && isSameAttributes(values, known.attributes, known.attributeNames)) {
		into.bytes(known.attributeBytes);
		return;
	}
	const from = into.length;
	into.bytes(NAME.attributes);
	attributes(into, values);
	if (known === undefined) return;
	known.attributes = values;
	known.attributeNames = Object.keys(values);
	known.attributeBytes = into.copy(from);
}

/** In the same order, too: it is the order of the bytes. `names` are those of `b`. */
function isSameAttributes(a: Attributes, b: Attributes, names: readonly string[]): boolean {
	if (a === b) return true;
	let at = 0;
	for (const name in a) {
		if (names[at++] !== name || a[name] !== b[name]) return false;
	}
	return at === names.length;
}

/** As `JSON.stringify` would, without the text in between: many feeds have some in every report. */
function attributes(into: JsonBytes, values: Attributes): void {
	let before = "{";
	for (const name in values) {
		const value: unknown = values[name];
		if (value === undefined) continue;
		into.ascii(before);
		before = ",";
		into.string(name);
		into.ascii(":");
		if (typeof value === "string") into.string(value);
		else if (typeof value === "number" && Number.isFinite(value)) into.number(value);
		else into.json(JSON.stringify(value));
	}
	into.ascii(before === "{" ? "{}" : "}");
}

function text(into: JsonBytes, name: Uint8Array, value: string | undefined): void {
	if (value === undefined) return;
	into.bytes(name);
	into.string(value);
}

/** A number field; nothing when JSON has no way to say the number. */
function numeric(into: JsonBytes, name: Uint8Array, value: number | undefined): void {
	if (value === undefined || !Number.isFinite(value)) return;
	into.bytes(name);
	into.number(value);
}

function writeOther(observation: Observation, into: JsonBytes): void {
	const { kind, ...rest } = observation;
	const fields: Record<string, unknown> = { kind };
	for (const [name, value] of Object.entries(rest)) {
		if (!ENVELOPE.has(name) && value !== undefined) fields[name] = value;
	}
	into.json(JSON.stringify(fields).slice(0, -1));
}

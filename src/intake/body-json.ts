import type { Observation, VehicleLocation } from "../model/observation.js";

/** Text that JSON need not escape. Surrogates are left to JSON.stringify: lone ones would not survive UTF-8. */
const PLAIN = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** Fields of the envelope: they are kept beside the body, or nowhere. */
const ENVELOPE = new Set(["eventTime", "resolutionMs", "flags", "operatorId"]);

/**
 * The body of a record as JSON text, without the fields of the envelope and without what is unknown. The same body gives
 * the same text, also after it was parsed again: its hash is the content that deduplication compares. Numbers that JSON
 * cannot hold are left out.
 */
export function bodyJson(observation: Observation, operatorId: string | undefined): string {
	const text = observation.kind === "vehicle_location" ? locationJson(observation) : otherJson(observation);
	return operatorId === undefined ? text : `${text.slice(0, -1)},"operatorId":${quoted(operatorId)}}`;
}

function locationJson(body: VehicleLocation): string {
	let text = '{"kind":"vehicle_location"';
	if (body.vehicleId !== undefined) text += `,"vehicleId":${quoted(body.vehicleId)}`;
	if (body.vehicleLabel !== undefined) text += `,"vehicleLabel":${quoted(body.vehicleLabel)}`;
	if (body.licensePlate !== undefined) text += `,"licensePlate":${quoted(body.licensePlate)}`;
	if (body.wheelchairAccessible !== undefined)
		text += `,"wheelchairAccessible":"${body.wheelchairAccessible}"`;
	if (body.tripId !== undefined) text += `,"tripId":${quoted(body.tripId)}`;
	if (body.gtfsRouteId !== undefined) text += `,"gtfsRouteId":${quoted(body.gtfsRouteId)}`;
	if (body.directionId !== undefined) text += `,"directionId":${body.directionId}`;
	if (body.serviceDate !== undefined) text += `,"serviceDate":${quoted(body.serviceDate)}`;
	if (body.startTime !== undefined) text += `,"startTime":${quoted(body.startTime)}`;
	if (body.scheduleRelationship !== undefined)
		text += `,"scheduleRelationship":"${body.scheduleRelationship}"`;
	if (body.blockId !== undefined) text += `,"blockId":${quoted(body.blockId)}`;
	if (body.runId !== undefined) text += `,"runId":${quoted(body.runId)}`;
	if (body.latitude !== undefined) text += numeric("latitude", body.latitude);
	if (body.longitude !== undefined) text += numeric("longitude", body.longitude);
	if (body.headingDeg !== undefined) text += numeric("headingDeg", body.headingDeg);
	if (body.speedMps !== undefined) text += numeric("speedMps", body.speedMps);
	if (body.odometerM !== undefined) text += numeric("odometerM", body.odometerM);
	if (body.scheduleDeviationS !== undefined) text += numeric("scheduleDeviationS", body.scheduleDeviationS);
	if (body.currentStopSequence !== undefined)
		text += numeric("currentStopSequence", body.currentStopSequence);
	if (body.stopId !== undefined) text += `,"stopId":${quoted(body.stopId)}`;
	if (body.currentStatus !== undefined) text += `,"currentStatus":"${body.currentStatus}"`;
	if (body.congestionLevel !== undefined) text += `,"congestionLevel":"${body.congestionLevel}"`;
	if (body.occupancyStatus !== undefined) text += `,"occupancyStatus":"${body.occupancyStatus}"`;
	if (body.occupancyPercentage !== undefined)
		text += numeric("occupancyPercentage", body.occupancyPercentage);
	if (body.gpsQuality !== undefined) text += `,"gpsQuality":"${body.gpsQuality}"`;
	if (body.doorsOpen !== undefined) text += `,"doorsOpen":${body.doorsOpen}`;
	if (body.attributes !== undefined) text += `,"attributes":${JSON.stringify(body.attributes)}`;
	return `${text}}`;
}

/** A number field; nothing when JSON has no way to say the number. */
function numeric(name: string, value: number): string {
	return Number.isFinite(value) ? `,"${name}":${value === 0 ? 0 : value}` : "";
}

function otherJson(observation: Observation): string {
	const { kind, ...rest } = observation;
	const fields: Record<string, unknown> = { kind };
	for (const [name, value] of Object.entries(rest)) {
		if (!ENVELOPE.has(name) && value !== undefined) fields[name] = value;
	}
	return JSON.stringify(fields);
}

export function quoted(text: string): string {
	return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

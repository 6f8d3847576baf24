import type {
	Detour,
	DetourStop,
	Flag,
	StopSelector,
	Translation,
	TripModifications,
} from "../model/observation.js";
import type {
	DetourMessage,
	ModificationMessage,
	StopMessage,
	StopSelectorMessage,
	TranslationMessage,
	TripModificationsMessage,
} from "./gtfs-realtime.js";
import { WHEELCHAIR_BOARDING } from "./gtfs-realtime.js";
import { shortest } from "./gtfs-realtime-numbers.js";
import { secondsToTime } from "./gtfs-realtime-observe.js";

const DATE = /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;
const CLOCK = /^\d{2}:[0-5]\d:[0-5]\d$/;

interface Notes {
	value: boolean;
}

/** Undefined when nothing tells it from others: shapes and stops have ids of their own, modifications that of the entity. */
export function observedDetour(message: DetourMessage, entityId: string | undefined): Detour | undefined {
	const { shape, stop, modifications } = message;
	const notes: Notes = { value: false };
	if (modifications !== undefined) {
		if (!entityId) return undefined;
		const body = modificationsOf(modifications, notes);
		return { kind: "detour", detourId: `modifications:${entityId}`, modifications: body, ...flagged(notes) };
	}
	if (stop?.stopId) {
		const body = stopOf(stop, stop.stopId, notes);
		return { kind: "detour", detourId: `stop:${stop.stopId}`, stop: body, ...flagged(notes) };
	}
	if (!shape?.shapeId) return undefined;
	const { shapeId, encodedPolyline } = shape;
	return {
		kind: "detour",
		detourId: `shape:${shapeId}`,
		shape: { shapeId, ...(encodedPolyline && { encodedPolyline }) },
	};
}

function flagged({ value }: Notes): { readonly flags?: readonly Flag[] } {
	return value ? { flags: ["value_removed"] } : {};
}

function modificationsOf(message: TripModificationsMessage, notes: Notes): TripModifications {
	return {
		selectedTrips: message.selectedTrips.map(({ tripIds, shapeId }) => ({
			tripIds: tripIds.filter((id) => id !== ""),
			...(shapeId && { shapeId }),
		})),
		startTimes: valid(message.startTimes, CLOCK, notes),
		serviceDates: valid(message.serviceDates, DATE, notes),
		changes: message.modifications.map((modification) => changeOf(modification, notes)),
	};
}

function changeOf(modification: ModificationMessage, notes: Notes): TripModifications["changes"][number] {
	const { start, end, serviceAlertId, lastModifiedTime } = modification;
	return {
		from: selectorOf(start),
		to: selectorOf(end),
		propagatedDelayS: whole(modification.propagatedDelay, notes),
		replacementStops: modification.replacementStops.map(({ stopId, travelTimeToStop }) => ({
			stopId: stopId || undefined,
			travelTimeS: whole(travelTimeToStop, notes),
		})),
		alertId: serviceAlertId || undefined,
		lastModifiedTime: secondsToTime(lastModifiedTime),
	};
}

function selectorOf(selector: StopSelectorMessage | undefined): StopSelector | undefined {
	return selector && { stopSequence: selector.stopSequence, stopId: selector.stopId || undefined };
}

function stopOf(stop: StopMessage, stopId: string, notes: Notes): DetourStop {
	const { stopLat, stopLon } = stop;
	const isPlace =
		Math.abs(stopLat ?? Number.NaN) <= 90 &&
		Math.abs(stopLon ?? Number.NaN) <= 180 &&
		(stopLat !== 0 || stopLon !== 0);
	if (!isPlace && (stopLat !== undefined || stopLon !== undefined)) notes.value = true;
	const boarding = WHEELCHAIR_BOARDING[stop.wheelchairBoarding ?? -1]?.toLowerCase();
	return {
		stopId,
		latitude: isPlace ? shortest(stopLat as number, 7) : undefined,
		longitude: isPlace ? shortest(stopLon as number, 7) : undefined,
		code: textsOf(stop.stopCode),
		name: textsOf(stop.stopName),
		spokenName: textsOf(stop.ttsStopName),
		description: textsOf(stop.stopDesc),
		url: textsOf(stop.stopUrl),
		platformCode: textsOf(stop.platformCode),
		zoneId: stop.zoneId || undefined,
		parentStation: stop.parentStation || undefined,
		timezone: stop.stopTimezone || undefined,
		levelId: stop.levelId || undefined,
		wheelchairBoarding: boarding as DetourStop["wheelchairBoarding"],
	};
}

function textsOf(translations: readonly TranslationMessage[]): readonly Translation[] | undefined {
	const texts = translations.flatMap(({ text, language }) =>
		text ? [{ text, ...(language && { language }) }] : [],
	);
	return texts.length === 0 ? undefined : texts;
}

function valid(texts: readonly string[], form: RegExp, notes: Notes): readonly string[] {
	const good = texts.filter((text) => form.test(text));
	if (good.length < texts.length) notes.value = true;
	return good;
}

function whole(value: number | undefined, notes: Notes): number | undefined {
	if (value === undefined || Number.isSafeInteger(value)) return value;
	notes.value = true;
	return undefined;
}

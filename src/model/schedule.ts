import type { ServiceDate } from "./units.js";

/** The words of a GTFS schedule, as far as Wayside reads it. Times are seconds since noon minus 12 h of the service day. */
export interface ScheduleAgency {
	readonly agencyId: string | undefined;
	readonly name: string;
	/** IANA name. All agencies of a feed share one. */
	readonly timezone: string;
}

/** What the publisher says of the feed as a whole (`feed_info.txt`). */
export interface ScheduleEdition {
	readonly feedVersion: string | undefined;
	readonly startDate: ServiceDate | undefined;
	readonly endDate: ServiceDate | undefined;
}

export interface ScheduleRoute {
	readonly gtfsRouteId: string;
	readonly agencyId: string | undefined;
	readonly shortName: string | undefined;
	readonly longName: string | undefined;
	readonly routeType: number | undefined;
}

export interface ScheduleStop {
	readonly stopId: string;
	readonly name: string | undefined;
	readonly latitude: number | undefined;
	readonly longitude: number | undefined;
	/** 0 is a stop or platform. */
	readonly locationType: number;
	readonly parentStation: string | undefined;
}

/** Days of the week on which trips run, between two dates that both count. */
export interface Service {
	readonly serviceId: string;
	/** Bit 0 is Monday, bit 6 Sunday. */
	readonly days: number;
	readonly startDate: ServiceDate;
	readonly endDate: ServiceDate;
}

export interface ServiceException {
	readonly serviceId: string;
	readonly date: ServiceDate;
	/** False: the service does not run on that day. */
	readonly isAdded: boolean;
}

export interface ScheduledTrip {
	readonly tripId: string;
	readonly gtfsRouteId: string;
	readonly serviceId: string;
	readonly directionId: 0 | 1 | undefined;
	readonly blockId: string | undefined;
	readonly shapeId: string | undefined;
}

/** Service by headway (`isExact` false) or a trip that repeats at fixed times. */
export interface Frequency {
	readonly tripId: string;
	readonly startS: number;
	readonly endS: number;
	readonly headwayS: number;
	readonly isExact: boolean;
}

export interface ScheduledStop {
	readonly stopSequence: number;
	readonly stopId: string;
	/** Undefined: between two timed stops, to be interpolated. */
	readonly arrivalS: number | undefined;
	readonly departureS: number | undefined;
	/** In the unit of the feed, which shapes and stop times share. */
	readonly shapeDistance: number | undefined;
}

export interface ShapePoint {
	readonly sequence: number;
	readonly latitude: number;
	readonly longitude: number;
	readonly distance: number | undefined;
}

import type {
	Frequency,
	ScheduledStop,
	ScheduleRoute,
	Service,
	ServiceException,
	ShapePoint,
} from "../model/schedule.js";
import type { EpochMs, ServiceDate } from "../model/units.js";

/** One schedule of an agency as it was published: complete, and never changed after it was read. */
export interface ScheduleVersion {
	readonly agency: string;
	/** `feed_version@` where the feed states one, and the first eight digits of the content hash. Stands in records. */
	readonly version: string;
	readonly contentHash: string;
	/** The days for which it was published, both included. */
	readonly validFrom: ServiceDate;
	readonly validTo: ServiceDate;
	/** Where the days come from: what the publisher states, or the first and last day of its calendars. */
	readonly validity: "feed_info" | "calendar";
	/** IANA name by which its times count. */
	readonly timezone: string;
	/** When its content was last read at its place: of two versions the one that was read later speaks for the agency. */
	readonly readTime: EpochMs;
	/** Rows that can be used, by table. */
	readonly counts: Readonly<Record<string, number>>;
	/** What was tolerated. */
	readonly warnings: readonly ScheduleFinding[];
}

/** What is wrong in a feed: file, line, value, and how to mend it. */
export interface ScheduleFinding {
	readonly severity: "error" | "warning";
	readonly code: string;
	readonly file: string;
	readonly line?: number | undefined;
	readonly value?: string | undefined;
	readonly message: string;
	readonly mend: string;
	readonly count: number;
}

export interface ScheduleLoad {
	readonly agency: string;
	/** A zip or a folder on this machine. */
	readonly path: string;
	readonly readTime: EpochMs;
	readonly onProgress?: (progress: ScheduleProgress) => void;
	readonly signal?: AbortSignal;
}

export interface ScheduleProgress {
	/** The table that is being read. */
	readonly file: string;
	readonly bytes: number;
	readonly totalBytes: number;
}

/** `known`: the same content is there already, and counts as read again. `refused`: nothing has changed. */
export type ScheduleLoaded =
	| { readonly outcome: "loaded" | "known"; readonly version: ScheduleVersion }
	| { readonly outcome: "refused"; readonly refusal: ScheduleRefusal };

export interface ScheduleRefusal {
	readonly time: EpochMs;
	/** The first reason, in one sentence. */
	readonly sentence: string;
	readonly findings: readonly ScheduleFinding[];
}

/** A trip with its place in the version, and when it runs. */
export interface StoredTrip {
	readonly tripId: string;
	readonly gtfsRouteId: string;
	readonly serviceId: string;
	readonly directionId: 0 | 1 | undefined;
	readonly blockId: string | undefined;
	readonly shapeId: string | undefined;
	/** First arrival (else departure) and last departure (else arrival), in seconds of the service day. */
	readonly startS: number | undefined;
	readonly endS: number | undefined;
}

export interface TripPage {
	readonly trips: readonly StoredTrip[];
	/** Ask with this next; undefined: that was all. */
	readonly next: number | undefined;
}

/**
 * Keeps the schedules of agencies: a part of the desk, outside of the commits of the log, because all of it can be read
 * again from where it came from. Contract: `src/testing/schedule-store-contract.ts`.
 */
export interface ScheduleStore {
	/** Reads a feed. The version is there as a whole when it resolves, or not at all. Rejects when it was stopped. */
	load(request: ScheduleLoad): Promise<ScheduleLoaded>;
	/** What is there of an agency, the one that was read last first. */
	versions(agency: string): Promise<readonly ScheduleVersion[]>;
	/** Why the feed that was read last was refused; undefined: it was not. */
	refusal(agency: string): Promise<ScheduleRefusal | undefined>;
	calendar(
		version: ScheduleVersion,
	): Promise<{ readonly services: readonly Service[]; readonly exceptions: readonly ServiceException[] }>;
	routes(version: ScheduleVersion): Promise<readonly ScheduleRoute[]>;
	frequencies(version: ScheduleVersion): Promise<readonly Frequency[]>;
	/** Trips in pages, beginning with `after` 0. */
	trips(version: ScheduleVersion, after: number, limit: number): Promise<TripPage>;
	/** In order of their sequence; empty where the trip is not known or has none. */
	stopTimes(version: ScheduleVersion, tripId: string): Promise<readonly ScheduledStop[]>;
	shape(version: ScheduleVersion, shapeId: string): Promise<readonly ShapePoint[]>;
	remove(version: ScheduleVersion): Promise<void>;
	close(): Promise<void>;
}

/** Wall-clock time: milliseconds since 1970-01-01T00:00:00Z. Stamp with it, never wait with it. */
export type EpochMs = number;
/** A length of time in milliseconds, measured on a monotonic clock. Wait with it, never stamp with it. */
export type DurationMs = number;
/** A GTFS service date as `YYYYMMDD`, in the agency's time zone. It may differ from the calendar date after midnight. */
export type ServiceDate = string;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Metres per second in one statute mile per hour. */
export const MPS_PER_MPH = 0.44704;
/** Metres per second in one kilometre per hour. */
export const MPS_PER_KMH = 1 / 3.6;
/** Metres per second in one knot. */
export const MPS_PER_KNOT = 1852 / 3600;
/** Metres in one international foot. */
export const METRES_PER_FOOT = 0.3048;
/** Metres in one statute mile. */
export const METRES_PER_MILE = 1609.344;

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

/** Every drill, in the order in which they are shown and run. */
export const DRILLS = [
    "flapping",
    "outage-10-minutes",
    "outage-40-minutes",
    "schema-change",
    "frozen-feed",
    "unit-change",
    "out-of-order-burst",
    "duplicate-storm",
    "clock-ahead",
    "slow-sink",
    "dead-sink",
    "poison-record",
    "restart-under-load",
    "bandwidth-cap",
    "night-without-service",
];

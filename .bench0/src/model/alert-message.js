/**
 * Why people are told. `raised`: for the first time. `escalated`: a warning became a page, or nobody acknowledged it.
 * `reminder`: it is still open. `outage`: drafted for one reader of a long outage. `test`: nothing is wrong.
 */
export const ALERT_MESSAGE_KINDS = [
    "raised",
    "escalated",
    "reminder",
    "acknowledged",
    "resolved",
    "outage",
    "test",
];

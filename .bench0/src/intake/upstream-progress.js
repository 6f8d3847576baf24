import { Silence } from "./silence.js";
export function notStarted(index) {
    return {
        index,
        active: false,
        finished: false,
        lastGoodTime: undefined,
        caughtUpTime: undefined,
        lastFailure: undefined,
        failsNow: false,
        nextAttemptTime: undefined,
        silence: new Silence(),
    };
}

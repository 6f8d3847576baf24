export function zeroCounters() {
    return {
        delivered: 0,
        filtered: 0,
        superseded: 0,
        withheld: 0,
        deadLettered: 0,
        expired: 0,
        releasedEarly: 0,
        batches: 0,
        attempts: 0,
        failures: 0,
        commitFailures: 0,
        listenerErrors: 0,
    };
}

/** A clock on which time passes so many times faster than on another, from the present of that one on. */
export function createFastClock(clock, speed) {
    const startTime = clock.now();
    const startMs = clock.monotonic();
    const passed = () => (clock.monotonic() - startMs) * speed;
    return {
        now: () => Math.floor(startTime + passed()),
        monotonic: () => startMs + passed(),
        after: (delay, run, options) => clock.after(delay / speed, run, options),
    };
}

import { Failure } from "../model/failure.js";
import { turn } from "../runtime/turn.js";
const DEFAULT_START_TIME = 1_767_614_400_000;
/** Numbers and bytes that a seed decides (splitmix32). */
export function createSeededChance(seed) {
    let state = seed | 0;
    const next32 = () => {
        state = (state + 0x9e3779b9) | 0;
        let mixed = state ^ (state >>> 16);
        mixed = Math.imul(mixed, 0x21f0aaad);
        mixed ^= mixed >>> 15;
        mixed = Math.imul(mixed, 0x735a2d97);
        return (mixed ^ (mixed >>> 15)) >>> 0;
    };
    return {
        next: () => next32() / 4_294_967_296,
        bytes: (length) => Uint8Array.from({ length }, () => next32() & 0xff),
    };
}
/** A binary heap in order of due time, then of scheduling. */
class TimerHeap {
    #timers = [];
    get first() {
        return this.#timers[0];
    }
    push(timer) {
        const timers = this.#timers;
        let at = timers.push(timer) - 1;
        while (at > 0) {
            const parent = (at - 1) >> 1;
            const above = timers[parent];
            if (!isBefore(timer, above))
                break;
            timers[at] = above;
            at = parent;
        }
        timers[at] = timer;
    }
    pop() {
        const timers = this.#timers;
        const last = timers.pop();
        if (last === undefined || timers.length === 0)
            return;
        let at = 0;
        for (;;) {
            let child = 2 * at + 1;
            if (child >= timers.length)
                break;
            const right = timers[child + 1];
            if (right !== undefined && isBefore(right, timers[child]))
                child += 1;
            const below = timers[child];
            if (!isBefore(below, last))
                break;
            timers[at] = below;
            at = child;
        }
        timers[at] = last;
    }
}
function isBefore(a, b) {
    return a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
}
const REFUSING_HTTP = {
    request: (request) => Promise.reject(new Failure("net.refused", `no simulated server answers ${request.url}; pass http to the runtime`)),
};
function refuseFiles(operation) {
    throw new Failure("config.invalid", `the virtual runtime has no disk for ${operation}; pass files to createVirtualRuntime`);
}
const NO_FILES = {
    read: async (path) => refuseFiles(`reading ${path}`),
    readChunks: (path) => refuseFiles(`reading ${path}`),
    openRead: async (path) => refuseFiles(`reading ${path}`),
    writeAtomic: async (path) => refuseFiles(`writing ${path}`),
    replaceAll: async (set) => refuseFiles(`writing ${set[0]?.path}`),
    list: async (directory) => refuseFiles(`listing ${directory}`),
    stat: async (path) => refuseFiles(`looking at ${path}`),
    makeDirectory: async (path) => refuseFiles(`making ${path}`),
    remove: async (path) => refuseFiles(`removing ${path}`),
    rename: async (_from, to) => refuseFiles(`replacing ${to}`),
    openAppend: async (path) => refuseFiles(`appending to ${path}`),
    space: async (path) => refuseFiles(`measuring ${path}`),
};
class VirtualClock {
    heap = new TimerHeap();
    #wall;
    #monotonic;
    #sequence = 0;
    pending = 0;
    pendingRef = 0;
    constructor(wall, monotonic) {
        this.#wall = wall;
        this.#monotonic = monotonic;
    }
    now() {
        return Math.floor(this.#wall);
    }
    monotonic() {
        return this.#monotonic;
    }
    after(delay, run, options) {
        // Whole milliseconds, as timers of the machine have. A fraction below the precision of the clock would be due without
        // time having moved, and whoever then waits for the rest of it would do so for ever.
        const wait = delay > 0 ? Math.ceil(delay) : 0;
        const timer = {
            due: this.#monotonic + wait,
            sequence: this.#sequence++,
            run,
            ref: options?.ref !== false,
            cancelled: false,
        };
        this.heap.push(timer);
        this.#count(timer, 1);
        return () => {
            if (timer.cancelled)
                return;
            timer.cancelled = true;
            this.#count(timer, -1);
        };
    }
    /** The next timer that still waits, due at `limit` at the latest; taken off the heap. */
    take(limit) {
        for (;;) {
            const first = this.heap.first;
            if (first === undefined)
                return undefined;
            if (!first.cancelled && first.due > limit)
                return undefined;
            this.heap.pop();
            if (first.cancelled)
                continue;
            first.cancelled = true;
            this.#count(first, -1);
            return first;
        }
    }
    moveTo(monotonic) {
        this.#wall += monotonic - this.#monotonic;
        this.#monotonic = monotonic;
    }
    jump(ms) {
        this.#wall += ms;
    }
    #count(timer, step) {
        this.pending += step;
        if (timer.ref)
            this.pendingRef += step;
    }
}
/** A runtime whose time moves only when it is told to, for tests and simulations. */
export function createVirtualRuntime(options = {}) {
    const clock = new VirtualClock(options.startTime ?? DEFAULT_START_TIME, options.startMonotonic ?? 1_000_000);
    const runTo = async (limit) => {
        await turn();
        for (;;) {
            const timer = clock.take(limit);
            if (timer === undefined)
                return;
            clock.moveTo(timer.due);
            timer.run();
            await turn();
        }
    };
    return {
        runtime: {
            clock,
            chance: createSeededChance(options.seed ?? 1),
            http: options.http ?? REFUSING_HTTP,
            files: options.files ?? NO_FILES,
        },
        async advance(ms) {
            if (!(ms >= 0))
                throw new RangeError(`advance(${ms}): time moves forward, by 0 ms or more`);
            const limit = clock.monotonic() + ms;
            await runTo(limit);
            clock.moveTo(limit);
        },
        settle: turn,
        async runUntilIdle(limitMs) {
            const start = clock.monotonic();
            await runTo(start + limitMs);
            return clock.monotonic() - start;
        },
        jumpWallClock: (ms) => clock.jump(ms),
        pendingTimers: () => clock.pending,
        pendingRefTimers: () => clock.pendingRef,
    };
}

import { createHub } from "../../hub.js";
import { createSeededChance } from "../virtual-runtime.js";
import { watchedClock } from "./standstill.js";
import { watchedLog } from "./watched-log.js";
const NEVER = new Promise(() => undefined);
/**
 * One life of a hub on a store that outlives it. When it dies, nothing that it waits for ever happens: no timer, no
 * answer and no commit reaches it any more, as when a process is killed.
 */
export class HubProcess {
    hub;
    #log;
    #isAlive = true;
    #isStarted = false;
    #pendingTimers = 0;
    #onRecords;
    constructor(options) {
        const { config, runtime, seed, disk } = options;
        this.#onRecords = options.onRecords;
        this.#log = options.watch === undefined ? options.log : this.#watched(options.log, options.watch);
        const isAlive = () => this.#isAlive;
        this.hub = createHub(config, {
            runtime: {
                ...runtime,
                clock: watchedClock(this.#clock(runtime.clock, options.skewMs), () => this.#standStill(options)),
                chance: createSeededChance(seed),
                http: this.#http(runtime.http),
                files: disk === undefined ? runtime.files : disk.filesOf(runtime.files, isAlive),
            },
            log: this.#log,
            version: "simulated",
            onEvent: (event) => {
                if (this.#isAlive)
                    options.onEvent(event);
            },
        });
    }
    get isAlive() {
        return this.#isAlive;
    }
    get isStarted() {
        return this.#isStarted && this.#isAlive;
    }
    /** Timers that this process waits for. */
    get pendingTimers() {
        return this.#pendingTimers;
    }
    async start() {
        this.hub.tap((records) => {
            if (this.#isAlive)
                this.#onRecords?.(records);
        });
        await this.hub.start();
        this.#isStarted = true;
    }
    kill() {
        this.#isAlive = false;
    }
    /** Dead, nothing that it awaits comes back, and its clock throws: so it comes to rest, and time can move on. */
    #standStill({ onStandstill }) {
        this.kill();
        onStandstill?.();
    }
    /** As Ctrl-C: ends in peace, and leaves nothing behind. */
    async end(drainMs) {
        await this.hub.drain(drainMs);
        await this.hub.close();
        await this.#log.close();
        this.#isAlive = false;
    }
    #watched(log, watch) {
        const alive = async () => {
            if (!this.#isAlive)
                await NEVER;
        };
        return watchedLog(log, {
            ...watch,
            before: async (commit) => {
                await alive();
                await watch.before(commit);
                await alive();
            },
            after: async () => {
                await watch.after();
                await alive();
            },
        });
    }
    #clock(clock, skewMs) {
        return {
            now: () => Math.floor(clock.now() + skewMs()),
            monotonic: () => clock.monotonic(),
            after: (delay, run, options) => {
                this.#pendingTimers++;
                let isOver = false;
                const over = () => {
                    if (!isOver)
                        this.#pendingTimers--;
                    isOver = true;
                };
                // Timers of a hub do not keep the world going.
                const cancel = clock.after(delay, () => {
                    over();
                    if (this.#isAlive)
                        run();
                }, options);
                return () => {
                    over();
                    cancel();
                };
            },
        };
    }
    #http(http) {
        return {
            request: async (request) => {
                if (!this.#isAlive)
                    return NEVER;
                try {
                    const response = await http.request(request);
                    return this.#isAlive ? response : await NEVER;
                }
                catch (thrown) {
                    if (!this.#isAlive)
                        return NEVER;
                    throw thrown;
                }
            },
        };
    }
}

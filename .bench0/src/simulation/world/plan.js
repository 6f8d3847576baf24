import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../model/units.js";
import { FORMAT_CHANGES } from "../gateway-changes.js";
import { createSeededChance } from "../virtual-runtime.js";
/** What a network, and a server behind it, does to a request. */
export const NETWORK_FAULTS = [
    "refuse",
    "reset",
    "hang",
    "slow",
    "truncate",
    "cut",
    "corrupt",
    "status-429",
    "status-503",
    "html",
    "frozen",
    "stale",
];
/** What a partner does to a batch, beside what its network does. */
export const PARTNER_FAULTS = [
    "refuse",
    "reset",
    "hang",
    "slow",
    "status-429",
    "status-503",
    "status-401",
    "lost-answer",
];
export const STORE_FAULTS = ["busy", "full", "stall"];
/** What the disk does to a file that a sink appends to. */
export const DISK_FAULTS = ["full", "failed-sync", "slow"];
export const DEATHS = [
    "before-commit",
    "after-commit",
    "in-commit",
    "failed-sync",
    "by-time",
    "drain",
];
export const UPSTREAM_HOSTS = ["avl.test", "trams.test", "trams-standby.test"];
/** 2026-01-05T12:30:00Z, a Monday before the morning peak. */
const WINTER_MORNING = 1_767_616_200_000;
/** 2026-01-05T22:50:00Z: seventy minutes before the day of UTC ends, with which the ledger folds. */
const WINTER_EVENING = 1_767_653_400_000;
/** 2026-11-01T06:40:00Z: twenty minutes before the clocks of Chicago go back from 2:00 to 1:00. */
const AUTUMN_NIGHT = 1_793_515_200_000;
const MORNINGS = new Array(5).fill(WINTER_MORNING);
export const QUIET_MS = 15 * MINUTE_MS;
const REPORT_EVERY_S = 16;
/** One seed in so many runs on SQLite. */
const SQLITE_IN = 20;
/** One seed in so many has changes of format ... */
const CHANGES_IN = 3;
/** ... each until somebody takes it back. */
const CHANGE_MIN_MS = 2 * MINUTE_MS;
const CHANGE_MAX_MS = 25 * MINUTE_MS;
/** The dice of a seed. */
export class Dice {
    #chance;
    constructor(seed) {
        this.#chance = createSeededChance(seed);
    }
    next() {
        return this.#chance.next();
    }
    is(probability) {
        return this.#chance.next() < probability;
    }
    between(low, high) {
        return low + this.#chance.next() * (high - low);
    }
    whole(low, high) {
        return Math.floor(this.between(low, high + 1));
    }
    of(list) {
        return list[Math.floor(this.#chance.next() * list.length)];
    }
}
/** The seed first decides which faults exist at all, then how often: a world with every fault at once hides most of them. */
export function planOf(seed) {
    const dice = new Dice(seed * 2_654_435_761);
    const hostileMs = (dice.is(0.08) ? dice.whole(90, 165) : dice.whole(45, 70)) * MINUTE_MS;
    return planFor({ seed, dice, hostileMs, startTimes: [AUTUMN_NIGHT, WINTER_EVENING, ...MORNINGS] });
}
/** A day of a whole agency, as hostile as the hour of a small one. Retention keeps the store small. */
export function longPlanOf(seed, hostileMs = DAY_MS - QUIET_MS) {
    const dice = new Dice(seed * 2_654_435_761 + 1);
    const plan = planFor({ seed, dice, hostileMs, startTimes: [WINTER_MORNING] });
    return {
        ...plan,
        storeKind: "memory",
        service: "weekday",
        busLines: 16,
        tramLines: 3,
        vehicles: 200,
        reportEveryS: 30,
        batchCount: 500,
        keepS: { frames: 600, records: 900 },
        bytesPerSecond: 65_536,
    };
}
function planFor({ seed, dice, hostileMs, startTimes }) {
    const level = dice.of([0.4, 1, 2]);
    const upstreams = Object.fromEntries(UPSTREAM_HOSTS.map((host) => [host, troubles(dice, NETWORK_FAULTS, hostileMs, level)]));
    const startTime = dice.of(startTimes) + dice.whole(0, 59) * SECOND_MS;
    return {
        seed,
        startTime,
        hostileMs,
        quietMs: QUIET_MS,
        partitions: dice.of([1, 1, 3, 3, 8]),
        busLines: dice.of([1, 1, 2]),
        tramLines: 1,
        headwayS: dice.whole(900, 2700),
        reportEveryS: REPORT_EVERY_S,
        pushVehicles: dice.whole(1, 3),
        silence: dice.of([0, 0.08, 0.3]),
        hasStandby: dice.is(0.5),
        upstreams,
        push: troubles(dice, ["lost-answer", "unreachable"], hostileMs, level),
        partner: troubles(dice, PARTNER_FAULTS, hostileMs, level),
        badRecordIn: dice.is(0.3) ? dice.of([40, 400]) : 0,
        store: troubles(dice, STORE_FAULTS, hostileMs, level / 2),
        deaths: deaths(dice, hostileMs),
        clockJumps: clockJumps(dice, hostileMs),
        driftMsPerHour: dice.is(0.25) ? dice.between(-2000, 2000) : 0,
        pollS: dice.of([10, 20, 30]),
        reorderS: dice.of([0, 5, 30]),
        batchCount: dice.of([5, 50, 500]),
        removeAfter: dice.of([0, 1, 2]),
        storeKind: seed % SQLITE_IN === 0 ? "sqlite" : "memory",
        keepS: dice.is(0.4) ? { frames: dice.of([300, 600]), records: dice.of([600, 900]) } : undefined,
        fold: dice.is(0.4)
            ? { hoursAfterMs: dice.of([5, 20]) * MINUTE_MS, daysAfterMs: dice.of([30, 600]) * MINUTE_MS }
            : undefined,
        archive: dice.is(0.4) ? troubles(dice, DISK_FAULTS, hostileMs, level) : undefined,
        board: dice.is(0.3) ? troubles(dice, PARTNER_FAULTS, hostileMs, level) : undefined,
        bytesPerSecond: dice.of([65_536, 65_536, 2048]),
        formatChanges: formatChangesOf(new Dice(seed * 31 + 20), startTime, hostileMs),
    };
}
/** Episodes: most of them seconds, some of them minutes, and now and then one that is longer than upstream keeps anything. */
function troubles(dice, faults, hostileMs, level) {
    if (dice.is(0.15))
        return [];
    const existing = faults.filter(() => dice.is(0.4));
    const all = [];
    for (const fault of existing) {
        const count = Math.ceil(dice.between(0.2, 2) * level * (hostileMs / HOUR_MS));
        for (let one = 0; one < count; one++) {
            const fromMs = Math.floor(dice.between(MINUTE_MS, hostileMs));
            const toMs = Math.min(hostileMs, fromMs + lengthMs(dice));
            all.push({ fault, fromMs, toMs, share: dice.of([1, 1, 0.7, 0.3]) });
        }
    }
    return all.sort((a, b) => a.fromMs - b.fromMs);
}
function lengthMs(dice) {
    const size = dice.next();
    if (size < 0.7)
        return Math.floor(dice.between(2, 60) * SECOND_MS);
    if (size < 0.94)
        return Math.floor(dice.between(1, 6) * MINUTE_MS);
    return Math.floor(dice.between(8, 35) * MINUTE_MS);
}
function deaths(dice, hostileMs) {
    if (dice.is(0.3))
        return [];
    const existing = DEATHS.filter(() => dice.is(0.5));
    if (existing.length === 0)
        return [];
    const count = dice.whole(1, 8);
    return Array.from({ length: count }, () => ({
        type: dice.of(existing),
        atMs: Math.floor(dice.between(0, hostileMs)),
        commits: dice.whole(1, 6),
        downMs: dice.is(0.9) ? dice.whole(1, 40) * SECOND_MS : dice.whole(2, 25) * MINUTE_MS,
    })).sort((a, b) => a.atMs - b.atMs);
}
function clockJumps(dice, hostileMs) {
    if (!dice.is(0.15))
        return [];
    return Array.from({ length: dice.whole(1, 3) }, () => ({
        atMs: Math.floor(dice.between(MINUTE_MS, hostileMs)),
        byMs: Math.round(dice.of([-1, 1]) * dice.of([1500, 90_000, 3_600_000]) * dice.between(0.5, 1)),
    })).sort((a, b) => a.atMs - b.atMs);
}
/** What the vendor changes without notice, for a while each, and mostly for some of the vehicles only. */
function formatChangesOf(dice, startTime, hostileMs) {
    if (!dice.is(1 / CHANGES_IN))
        return [];
    return FORMAT_CHANGES.filter(() => dice.is(0.4)).map((change) => {
        const fromMs = Math.floor(dice.between(0, hostileMs - CHANGE_MIN_MS));
        const untilMs = Math.min(hostileMs, fromMs + Math.floor(dice.between(CHANGE_MIN_MS, CHANGE_MAX_MS)));
        const share = dice.of([0.2, 0.5, 1]);
        return { change, fromTime: startTime + fromMs, untilTime: startTime + untilMs, share };
    });
}

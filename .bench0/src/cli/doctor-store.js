import { join } from "node:path";
import { formatIsoTime } from "../formats/iso-time.js";
import { formatBytes } from "../formats/quantities.js";
import { auditLedger } from "../log/audit.js";
import { Failure } from "../model/failure.js";
import { DATABASE_FILE } from "../stores/sqlite-open.js";
import { openSqliteLog } from "../stores/sqlite-store.js";
import { examineStore, repairStore } from "../stores/store-repair.js";
import { auditSinks } from "./ledger.js";
const PROBLEMS_SHOWN_MAX = 5;
/** The copy of the broken store, and the new one, beside it. */
const REPAIR_ROOM = 2.2;
/** Looks at the whole store, and recounts its ledger. A hub that runs keeps it from being opened. */
export async function checkStore(config, { runtime }) {
    const { directory } = config.store;
    const store = { check: "store", of: directory };
    const { state, problems } = await examineStore(directory);
    switch (state) {
        case "absent":
            return [{ ...store, verdict: "good", message: "There is none yet; the first run makes it" }];
        case "locked":
            return [
                {
                    ...store,
                    verdict: "skipped",
                    message: "Not looked at, because a hub has it open. Stop the hub, and ask again, if the store is in doubt",
                },
            ];
        case "newer":
            return [
                {
                    ...store,
                    verdict: "bad",
                    message: problems.join("; "),
                    mend: "Install the Wayside that wrote it, or restore a backup that this one made",
                },
            ];
        case "damaged":
            return [
                {
                    ...store,
                    verdict: "bad",
                    message: `It is damaged: ${listed(problems)}`,
                    mend: "Stop the hub and run `wayside doctor CONFIG --repair`: it keeps the damaged store, saves what can be read " +
                        "into a new one and says what was lost. Look at the disk too (`dmesg`, `smartctl -a`): it may fail again. " +
                        "A backup from before can be put into place with `wayside restore` instead",
                },
            ];
        case "whole":
            return [
                {
                    ...store,
                    verdict: "good",
                    message: `Every page and every pack can be read (${await sizeOf(directory, runtime.files)})`,
                },
                await checkLedger(config, runtime.chance),
            ];
    }
}
async function checkLedger(config, chance) {
    const { directory } = config.store;
    const log = await openSqliteLog({ directory, chance });
    try {
        const { balanced, findings } = await auditLedger(log, { sinks: auditSinks(config) });
        const ledger = { check: "ledger", of: directory };
        if (balanced)
            return { ...ledger, verdict: "good", message: "Every term was recounted from the store and agrees" };
        const [first] = findings;
        return {
            ...ledger,
            verdict: "bad",
            message: `${findings.length} items do not agree, such as ${first?.account}: ${first?.item} ${first?.message}`,
            mend: "`wayside ledger CONFIG --audit` names all of them; please report it: the store itself is whole",
        };
    }
    finally {
        await log.close();
    }
}
async function sizeOf(directory, files) {
    const entry = await files.stat(join(directory, DATABASE_FILE));
    return formatBytes(entry?.bytes ?? 0);
}
/** Repairs what `checkStore` finds damaged. Undefined when there is nothing to repair. */
export async function repair(config, { runtime: { files, clock, chance } }) {
    const { directory } = config.store;
    const { state, problems } = await examineStore(directory);
    if (state === "locked" || state === "newer")
        throw new Failure(state === "locked" ? "store.locked" : "store.version", problems.join("; "));
    if (state !== "damaged")
        return undefined;
    const sizes = await Promise.all(["", "-wal"].map((end) => files.stat(join(directory, `${DATABASE_FILE}${end}`))));
    const wanted = sizes.reduce((sum, entry) => sum + (entry?.bytes ?? 0), 0) * REPAIR_ROOM;
    const { freeBytes } = await files.space(directory);
    if (freeBytes < wanted)
        throw new Failure("store.full", `The repair keeps the damaged store and writes a new one beside it: ${formatBytes(wanted)} are needed, and ${formatBytes(freeBytes)} ` +
            `are free on the disk of ${directory}. Free some room, or move the folder to a larger disk and name that in the configuration`);
    return repairStore(directory, { sinks: auditSinks(config), now: clock.now(), chance });
}
/** What became of the store, in sentences. */
export function repairLines(done) {
    const { keptIn, kept, lost, minutes, packsUnreadable, findings } = done;
    const rows = Object.values(kept).reduce((sum, count) => sum + count, 0);
    const losses = Object.entries(lost).map(([step, count]) => `${count} of ${step}`);
    const feeds = Object.entries(minutes).map(([feed, ranges]) => `${feed} (${ranges.map(rangeText).join(", ")})`);
    return [
        `Repaired. Rows saved: ${rows}. Packs that could not be read: ${packsUnreadable}.`,
        losses.length === 0
            ? "The ledger lost nothing."
            : `Lost, and posted so in the ledger: ${losses.join(", ")}. Minutes of receipt: ${feeds.join("; ")}.`,
        ...(findings.length === 0
            ? []
            : [`${findings.length} items of the ledger still do not agree; wayside ledger --audit names them.`]),
        `The damaged store is kept in ${keptIn}; delete it when you need it no more.`,
    ];
}
function rangeText([first, last]) {
    const text = (minute) => `${formatIsoTime(minute * 60_000).slice(0, 16)}Z`;
    return first === last ? text(first) : `${text(first)} to ${text(last)}`;
}
function listed(problems) {
    const more = problems.length - PROBLEMS_SHOWN_MAX;
    return `${problems.slice(0, PROBLEMS_SHOWN_MAX).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

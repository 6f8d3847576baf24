import { setFlagsFromString } from "node:v8";
/**
 * Given to `node` where we start it (the unit of systemd, `npm start`, the benchmark): new objects get 8 MB twice instead of
 * 16 MB twice. V8 reads it only as a process begins, and takes powers of two.
 */
export const SMALL_YOUNG_HEAP = "--max-semi-space-size=8";
/**
 * How far the old generation may grow between two collections, in per cent. V8 chooses up to 300 by itself. Measured side
 * by side at the highest throughput: 282 to 286 MB with 8 MB for new objects; with 50 per cent 291 to 298 MB for six per cent
 * more throughput, and with 50 per cent and 4 MB 273 to 294 MB for about as much.
 */
const HEAP_GROWING_PERCENT = 30;
/**
 * Keeps the process small at the cost of some CPU at full load: V8 lets garbage pile up as long as the machine has memory,
 * and a hub shares its machine. At the load of an agency it makes no difference. V8 reads this flag anew at each
 * collection, so it may be set late; it holds for the whole process, which is why only the command line sets it and no
 * library does.
 */
export function growHeapSlowly() {
    setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
}

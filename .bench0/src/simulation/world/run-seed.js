import { messageOf } from "../../model/failure.js";
import { longPlanOf, planOf } from "./plan.js";
import { runWorld } from "./world.js";
/** Runs one world. A rejection at which nobody looked is a finding, unless it follows from one. */
export async function runSeed({ seed, isLong }, folder, onStray, listener) {
    const strays = [];
    const endOfStrays = onStray?.((thrown) => strays.push(thrown));
    const result = await runWorld(isLong ? longPlanOf(seed) : planOf(seed), folder, listener);
    endOfStrays?.();
    if (strays.length === 0 || result.violations.length > 0)
        return result;
    const message = `Something was rejected, and nobody looked at it: ${messageOf(strays[0])}`;
    return { ...result, violations: [{ invariant: "alive", atMs: result.virtualMs, message }] };
}

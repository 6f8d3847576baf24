import { rehearse } from "./drill.js";
import { measure } from "./measure.js";
import { scorecardOf } from "./scorecard.js";
export { SCENARIOS } from "./scenarios.js";
export { summaryOf } from "./scorecard.js";
/** Rehearses a scenario against a configuration; or says which parts of it the drill cannot use, and why. */
export async function runDrill(config, scenario, onProgress = () => undefined) {
    const observed = await rehearse(config, scenario, onProgress);
    if (!("riders" in observed))
        return observed;
    return scorecardOf(scenario, await measure(observed));
}
export { EXCEPTIONS, MEASURES, THRESHOLDS } from "./thresholds.js";

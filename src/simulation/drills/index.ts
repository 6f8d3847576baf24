import type { HubConfig } from "../../config/config.js";
import type { Unusable } from "./cast.js";
import { rehearse } from "./drill.js";
import { measure } from "./measure.js";
import type { Scenario } from "./scenarios.js";
import { type Scorecard, scorecardOf } from "./scorecard.js";

export type { Unusable } from "./cast.js";
export { SCENARIOS, type Scenario } from "./scenarios.js";
export { type Scorecard, summaryOf } from "./scorecard.js";

/** Rehearses a scenario against a configuration; or says which parts of it the drill cannot use, and why. */
export async function runDrill(
	config: HubConfig,
	scenario: Scenario,
	onProgress: (share: number) => void = () => undefined,
): Promise<Scorecard | readonly Unusable[]> {
	const observed = await rehearse(config, scenario, onProgress);
	if (!("riders" in observed)) return observed;
	return scorecardOf(scenario, await measure(observed));
}
export { EXCEPTIONS, MEASURES, THRESHOLDS } from "./thresholds.js";

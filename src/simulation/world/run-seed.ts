import { messageOf } from "../../model/failure.js";
import { longPlanOf, planOf } from "./plan.js";
import type { TraceLine } from "./trace.js";
import { runWorld, type SeedResult } from "./world.js";

/** Which world: a seed, and whether it is the long one. */
export interface SeedTask {
	readonly seed: number;
	readonly isLong: boolean;
}

/** Calls back with each rejection at which nobody looked, until the function that it returns is called. */
export type OnStray = (stray: (thrown: unknown) => void) => () => void;

/** Runs one world. A rejection at which nobody looked is a finding, unless it follows from one. */
export async function runSeed(
	{ seed, isLong }: SeedTask,
	folder: string,
	onStray: OnStray | undefined,
	listener?: (line: TraceLine) => void,
): Promise<SeedResult> {
	const strays: unknown[] = [];
	const endOfStrays = onStray?.((thrown) => strays.push(thrown));
	const result = await runWorld(isLong ? longPlanOf(seed) : planOf(seed), folder, listener);
	endOfStrays?.();
	if (strays.length === 0 || result.violations.length > 0) return result;
	const message = `Something was rejected, and nobody looked at it: ${messageOf(strays[0])}`;
	return { ...result, violations: [{ invariant: "alive", atMs: result.virtualMs, message }] };
}

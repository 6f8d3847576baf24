import type { Repair } from "./propose.js";

/** When a repair is taken without asking anybody. */
export interface AutomaticRule {
	/** 0 to 1, from which on. */
	readonly confidence: number;
	/** That must agree with every part of it. */
	readonly vehiclesMin: number;
}

/** Whether the first of the proposals may be taken without a person: sure, agreed on, alone, and nothing is lost by it. */
export function isAutomatic(repair: Repair, proposals: readonly Repair[], rule: AutomaticRule): boolean {
	if (repair.isLossy || repair.confidence < rule.confidence || repair.vehicles < rule.vehiclesMin)
		return false;
	return proposals.every((other) => other === repair || other.confidence <= repair.confidence - 0.2);
}

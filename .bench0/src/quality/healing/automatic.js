/** Whether the first of the proposals may be taken without a person: sure, agreed on, alone, and nothing is lost by it. */
export function isAutomatic(repair, proposals, rule) {
    if (repair.isLossy || repair.confidence < rule.confidence || repair.vehicles < rule.vehiclesMin)
        return false;
    return proposals.every((other) => other === repair || other.confidence <= repair.confidence - 0.2);
}

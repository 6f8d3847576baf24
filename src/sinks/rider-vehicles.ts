import type { TransitRecord } from "../model/record.js";
import type { DurationMs } from "../model/units.js";
import type { Hearing } from "./heard-feeds.js";
import type { TierRules, TiersOf } from "./rider-ages.js";
import { VehicleEntity } from "./rider-entity.js";
import type { WithheldReason } from "./rider-reasons.js";
import type { ItemPolicy, Tier } from "./rider-served.js";

/** What holds for records of any kind. */
export interface RecordRules {
	readonly futureSkew: DurationMs;
	readonly withoutTime: "withhold" | "publish";
}

export interface VehicleRules extends RecordRules {
	/** Of all tiers only what holds at a terminal: how old the report of a vehicle that waits there may become. */
	readonly stale: { readonly layover: DurationMs };
	/** Undefined: withhold where the agency has a schedule. */
	readonly unassigned?: "withhold" | "publish" | undefined;
	readonly vehiclesMax: number;
}

/** Positions are shown whole, then without what the vehicle did, then not at all. */
export function vehiclePolicy(rules: VehicleRules, tiersOf: TiersOf): ItemPolicy<VehicleEntity> {
	return {
		max: rules.vehiclesMax,
		itemOf: (record) =>
			record.body.kind === "vehicle_location" ? new VehicleEntity(record, record.body) : undefined,
		refusal: (item) => {
			const reason = refusalOf(item.record, rules);
			if (reason !== undefined) return reason;
			if (!item.hasPosition && !item.hasTrip) return "position";
			return item.isUnassigned && withholdsUnassigned(item.record, rules) ? "unassigned" : undefined;
		},
		tierOf: (item, ageMs) => {
			const tiers = tiersOf(item.record.origin.feed);
			const hasLayover = ageMs >= tiers.gone && ageMs < rules.stale.layover && item.isInLayover;
			const tier = hasLayover ? "stale" : tierByAge(ageMs, tiers);
			// With neither position nor stop all that an old report says is what the vehicle did then.
			return tier === "stale" && !item.hasPosition && !item.hasStop ? "hidden" : tier;
		},
	};
}

function withholdsUnassigned({ body }: TransitRecord, { unassigned }: VehicleRules): boolean {
	return (unassigned ?? (body.unresolved === undefined ? "publish" : "withhold")) === "withhold";
}

export function tierByAge(ageMs: DurationMs, { aging, stale, gone }: TierRules): Tier | "over" {
	if (ageMs >= gone) return "over";
	return ageMs >= stale ? "stale" : ageMs >= aging ? "aging" : "fresh";
}

/** Of what does not age: the tier while its feed is heard of. */
export function tierByHearing(tier: Tier, hearing: Hearing): Tier | "hidden" | "over" {
	if (hearing === "heard") return tier;
	return hearing === "silent" ? "hidden" : "over";
}

/** Why a record of any kind is not for riders. */
export function refusalOf(record: TransitRecord, rules: RecordRules): WithheldReason | undefined {
	const { flags, eventTime, origin } = record;
	const isAhead = eventTime - origin.receivedTime > rules.futureSkew;
	if (flags.length === 0) return isAhead ? "future" : undefined;
	if (flags.includes("not_for_riders")) return "upstream";
	if (isAhead || flags.includes("future")) return "future";
	if (rules.withoutTime === "withhold" && flags.includes("time_from_receipt")) return "time";
	// Last: what is known exactly says more than that something is implausible.
	if (flags.includes("withheld_by_guard")) return "guard";
	return undefined;
}

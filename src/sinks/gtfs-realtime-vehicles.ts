import { ProtobufWriter } from "../formats/protobuf-writer.js";
import type { TransitRecord } from "../model/record.js";
import type { DurationMs, EpochMs } from "../model/units.js";
import type { Clock } from "../runtime/runtime.js";
import { type Detail, VehicleEntity } from "./gtfs-realtime-entity.js";
import type { ServingOutcome, Settle } from "./sink.js";

export type Tier = "fresh" | "aging" | "stale";

/** Why a record is not for riders. */
export type WithheldReason =
	/** Not a vehicle position: this feed has no place for it. */
	| "kind"
	/** Upstream keeps it from the public. */
	| "upstream"
	/** Its time lies in the future. */
	| "future"
	/** Nobody stated when it happened. */
	| "time"
	/** It has no position that can be shown, and no trip either. */
	| "position"
	/** It does no work that anybody knows of. */
	| "unassigned"
	/** Another vehicle, of another agency, is published under this id. */
	| "identity"
	/** There are more vehicles than the options allow. */
	| "limit";

export interface VehicleRules {
	readonly stale: { readonly aging: DurationMs; readonly stale: DurationMs; readonly gone: DurationMs };
	readonly futureSkew: DurationMs;
	readonly withoutTime: "withhold" | "publish";
	/** Undefined: withhold where the agency has a schedule. */
	readonly unassigned?: "withhold" | "publish" | undefined;
	readonly vehiclesMax: number;
}

/** A vehicle as it stands in one publication. */
export interface ServedVehicle {
	readonly entity: VehicleEntity;
	readonly tier: Tier;
	readonly detail: Detail;
	readonly bytes: Uint8Array;
}

interface Vehicle {
	readonly entity: VehicleEntity;
	/** Upstream does not list the vehicle any more, or keeps it from riders: what was last known of it only keeps older reports out. */
	readonly isRemoved: boolean;
	/** The record that a publication has yet to show: the report, or the removal. */
	readonly record: TransitRecord;
	/** True until the record stood in a publication, or was decided otherwise. */
	isOpen: boolean;
	served: ServedVehicle | undefined;
	/** When it happened, on the clock that nobody can set back. */
	readonly bornMonotonic: DurationMs;
}

/**
 * The newest state of each vehicle, and what of it may be shown at a given time. Bounded: vehicles that are gone are
 * forgotten, and there are never more than the rules allow.
 */
export class ServedVehicles {
	readonly #rules: VehicleRules;
	readonly #clock: Clock;
	/** By the key of their records, in the order in which they first appeared. */
	readonly #vehicles = new Map<string, Vehicle>();
	/** Which key stands in the feed under an entity id. */
	readonly #owners = new Map<string, string>();
	readonly #writer = new ProtobufWriter(1024);
	/** Records that were decided since the last publication, and that nobody was told of. */
	#decided: { record: TransitRecord; outcome: ServingOutcome }[] = [];
	#served: ServedVehicle[] = [];
	/** How many of the vehicles upstream has removed. */
	#removed = 0;
	#newestTime: EpochMs = 0;
	#tiers = { fresh: 0, aging: 0, stale: 0 };
	readonly #withheld = {
		kind: 0,
		upstream: 0,
		future: 0,
		time: 0,
		position: 0,
		unassigned: 0,
		identity: 0,
		limit: 0,
	};

	constructor(rules: VehicleRules, clock: Clock) {
		this.#rules = rules;
		this.#clock = clock;
	}

	/** As of the last selection. */
	get served(): readonly ServedVehicle[] {
		return this.#served;
	}

	/** The newest time among the served: the header of the feed is never older. */
	get newestTime(): EpochMs {
		return this.#newestTime;
	}

	get tiers(): Readonly<Record<Tier, number>> {
		return this.#tiers;
	}

	/** Since the start, by reason. */
	get withheld(): Readonly<Record<WithheldReason, number>> {
		return this.#withheld;
	}

	/** Takes a record in. `isSettled` records were decided before a restart, and are not decided again. */
	take(record: TransitRecord, isSettled: boolean, settle?: Settle): void {
		if (record.body.removed === true) {
			this.#remove(record, isSettled, settle);
			return;
		}
		const entity =
			record.body.kind === "vehicle_location" ? new VehicleEntity(record, record.body) : undefined;
		const known = this.#vehicles.get(record.key);
		const reason = this.#refusal(record, entity, known === undefined);
		if (reason !== undefined || entity === undefined) {
			if (!isSettled) this.#withheld[reason ?? "kind"]++;
			if (!isSettled) this.#decide(record, "withheld", settle);
			// It has left its work, or upstream hides it: where it was on its trip is no longer true.
			const isGone = reason === "upstream" || reason === "unassigned";
			if (isGone && known !== undefined && entity?.isNewerThan(known.entity)) {
				this.#withdraw(record.key, known, entity, settle);
			}
			return;
		}
		if (known !== undefined && !entity.isNewerThan(known.entity)) {
			if (!isSettled) this.#decide(record, "superseded", settle);
			return;
		}
		if (known?.isOpen) this.#decide(known.record, "superseded", settle);
		if (known?.isRemoved) this.#removed--;
		if (known !== undefined && !known.isRemoved) this.#owners.delete(known.entity.id);
		const ageMs = Math.max(0, this.#clock.now() - entity.time);
		const vehicle: Vehicle = {
			entity,
			isRemoved: false,
			record,
			isOpen: !isSettled,
			served: undefined,
			bornMonotonic: this.#clock.monotonic() - ageMs,
		};
		this.#owners.set(entity.id, record.key);
		// Setting a key that is there keeps its place, and so the order of the feed.
		this.#vehicles.set(record.key, vehicle);
	}

	/**
	 * Chooses what stands in the feed at `now`, and settles what that decides. True when it differs from what the last
	 * selection gave.
	 */
	select(now: EpochMs, settle: Settle): boolean {
		for (const { record, outcome } of this.#decided) settle(record, outcome);
		this.#decided = [];
		const before = this.#served;
		const served: ServedVehicle[] = [];
		const tiers = { fresh: 0, aging: 0, stale: 0 };
		const monotonic = this.#clock.monotonic();
		let newest = 0;
		for (const [key, vehicle] of this.#vehicles) {
			// A wall clock that was set back must not make old positions young: the older reading of the two counts.
			const ageMs = Math.max(now - vehicle.entity.time, monotonic - vehicle.bornMonotonic);
			const shown = this.#show(vehicle, ageMs);
			if (vehicle.isOpen) {
				// A removal is delivered by a publication that leaves the vehicle out.
				const isDelivered = shown !== undefined || vehicle.isRemoved;
				settle(vehicle.record, isDelivered ? "delivered" : "expired");
				vehicle.isOpen = false;
			}
			if (shown === undefined) {
				if (ageMs >= this.#rules.stale.gone) this.#forget(key, vehicle);
				continue;
			}
			if (shown.entity.time > newest) newest = shown.entity.time;
			tiers[shown.tier]++;
			served.push(shown);
		}
		this.#served = served;
		this.#tiers = tiers;
		this.#newestTime = newest;
		// A tier alone is shown in JSON, and is a change like any other.
		return served.length !== before.length || served.some((vehicle, at) => vehicle !== before[at]);
	}

	/** Whatever is known of the vehicle, upstream lists it no more. It may come back with the very report that it left with. */
	#remove(record: TransitRecord, isSettled: boolean, settle: Settle | undefined): void {
		const known = record.body.kind === "vehicle_location" ? this.#vehicles.get(record.key) : undefined;
		if (known === undefined) {
			if (isSettled) return;
			if (record.body.kind === "vehicle_location") this.#decided.push({ record, outcome: "delivered" });
			else {
				this.#withheld.kind++;
				this.#decide(record, "withheld", settle);
			}
			return;
		}
		if (known.isOpen) this.#decide(known.record, "superseded", settle);
		if (!known.isRemoved) {
			this.#removed++;
			this.#owners.delete(known.entity.id);
		}
		this.#vehicles.set(record.key, {
			...known,
			isRemoved: true,
			record,
			isOpen: !isSettled,
			served: undefined,
		});
	}

	/** What was shown of the vehicle so far is not what it does now, and that may not be shown. */
	#withdraw(key: string, known: Vehicle, entity: VehicleEntity, settle: Settle | undefined): void {
		if (known.isOpen) this.#decide(known.record, "superseded", settle);
		if (!known.isRemoved) {
			this.#removed++;
			this.#owners.delete(known.entity.id);
		}
		const bornMonotonic = this.#clock.monotonic() - Math.max(0, this.#clock.now() - entity.time);
		const kept = { entity, bornMonotonic, isRemoved: true, isOpen: false, served: undefined };
		this.#vehicles.set(key, { ...known, ...kept });
	}

	#show(vehicle: Vehicle, age: DurationMs): ServedVehicle | undefined {
		const { entity, served, isRemoved } = vehicle;
		if (isRemoved) return undefined;
		const { aging, stale, gone } = this.#rules.stale;
		if (age >= gone) return undefined;
		const tier = age >= stale ? "stale" : age >= aging ? "aging" : "fresh";
		if (served?.tier === tier) return served;
		// With neither position nor stop all that an old report says is what the vehicle did then.
		if (tier === "stale" && !entity.hasPosition && !entity.hasStop) return undefined;
		const detail = tier === "stale" ? "reduced" : "whole";
		vehicle.served = { entity, tier, detail, bytes: entity.bytes(detail, this.#writer) };
		return vehicle.served;
	}

	#forget(key: string, vehicle: Vehicle): void {
		this.#vehicles.delete(key);
		if (vehicle.isRemoved) this.#removed--;
		else this.#owners.delete(vehicle.entity.id);
	}

	#refusal(
		record: TransitRecord,
		entity: VehicleEntity | undefined,
		isNew: boolean,
	): WithheldReason | undefined {
		if (entity === undefined) return "kind";
		const { futureSkew, vehiclesMax, withoutTime } = this.#rules;
		if (record.flags.includes("not_for_riders")) return "upstream";
		const aheadMs = record.eventTime - record.origin.receivedTime;
		if (aheadMs > futureSkew || record.flags.includes("future")) return "future";
		if (withoutTime === "withhold" && record.flags.includes("time_from_receipt")) return "time";
		if (!entity.hasPosition && !entity.hasTrip) return "position";
		if (entity.isUnassigned && this.#withholdsUnassigned(record)) return "unassigned";
		const owner = this.#owners.get(entity.id);
		if (owner !== undefined && owner !== record.key) return "identity";
		return isNew && this.#vehicles.size - this.#removed >= vehiclesMax ? "limit" : undefined;
	}

	#withholdsUnassigned({ body }: TransitRecord): boolean {
		return (
			(this.#rules.unassigned ?? (body.unresolved === undefined ? "publish" : "withhold")) === "withhold"
		);
	}

	/** At once where somebody listens: at a flood, what waits for the publication would be most of the memory. */
	#decide(record: TransitRecord, outcome: ServingOutcome, settle: Settle | undefined): void {
		if (settle) settle(record, outcome);
		else this.#decided.push({ record, outcome });
	}
}

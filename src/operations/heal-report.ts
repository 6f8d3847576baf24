import type { EpochMs } from "../model/units.js";

/** A repair of what one upstream sends, for people. */
export interface HealReport {
	readonly feed: string;
	readonly upstream: number;
	readonly id: number;
	readonly state: "proposed" | "accepted" | "rejected" | "rolled_back" | "ended";
	/** Among the proposals for the same trouble: 1 is the best. */
	readonly rank: number;
	/** 0 to 1. */
	readonly confidence: number;
	/** That agree with it. */
	readonly vehicles: number;
	/** Something that upstream leaves out now cannot be restored. */
	readonly isLossy: boolean;
	/** What is done to each payload, one sentence each. */
	readonly edits: readonly string[];
	/** What speaks for it, one sentence each. */
	readonly evidence: readonly string[];
	/** When the first frame came that was not as before. */
	readonly fromTime: EpochMs;
	readonly proposedTime: EpochMs;
	readonly decidedTime?: EpochMs | undefined;
	readonly decidedBy?: string | undefined;
}

export interface HealOrder {
	readonly feed: string;
	/** Default: the only upstream of the feed that has one of that id. */
	readonly upstream?: number | undefined;
	readonly id: number;
	readonly by: string;
}

/** What people do about repairs. Rejects with `request.invalid` for what is not there, or is in no state for that. */
export interface HealControl {
	list(): readonly HealReport[];
	/** From here on, and for the frames of the trouble again, payloads are read so. */
	accept(order: HealOrder): Promise<HealReport>;
	reject(order: HealOrder): Promise<HealReport>;
	/** Payloads are read as they are sent; the frames that were read otherwise are decoded again. */
	rollBack(order: HealOrder): Promise<HealReport>;
}

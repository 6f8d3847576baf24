import type { RuleFinding, RuleReport } from "../../src/formats/gtfs-realtime-rules.js";
import type { StaticFeed } from "./static-feed.js";

/** What every file of ported rules shares. */
export type Finding = RuleFinding;

export interface ValidationContext {
	/** When the validator looked, in milliseconds. */
	readonly now: number;
	/** Without it the rules that compare with the schedule are not run. */
	readonly schedule?: StaticFeed;
}

export type Report = RuleReport;

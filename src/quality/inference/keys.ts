import type { Profile, Table } from "./table.js";
import { changeShare, type Step } from "./tracks.js";

/** What the records of several messages are told apart by, where no positions are. */
export interface Key {
	readonly profile: Profile;
	/** From one message to the next of the same key. Nobody knows how far that was. */
	readonly steps: readonly Step[];
}

const OWN_MIN = 0.98;
const SHARE_MIN = 0.9;
const STEPS_MIN = 8;
const RETURN_MIN = 0.3;
const VALUES_MIN = 3;
const CANDIDATES_MAX = 20;

/**
 * The column under which the others change least from one message to the next. It is a vehicle's id or its trip's, and
 * which of both nothing tells; the number of a row it is not, for under that everything changes when a row is inserted.
 */
export function keyOf(table: Table, profiles: readonly Profile[]): Key | undefined {
	if (table.frames[0] === table.frames.at(-1)) return undefined;
	const inside = profiles.filter(({ column }) => column.up === 0 && !column.isOneOfMany);
	const slow = inside.filter(
		({ distinct, share, ownInFrame }) => distinct >= VALUES_MIN && share > 0.5 && ownInFrame < 0.9,
	);
	let best: (Key & { readonly steadiness: number }) | undefined;
	const candidates = inside.filter(({ ownInFrame, share }) => ownInFrame >= OWN_MIN && share >= SHARE_MIN);
	for (const profile of candidates.slice(0, CANDIDATES_MAX)) {
		const steps = stepsOf(table, profile);
		if (steps.length < Math.max(STEPS_MIN, RETURN_MIN * table.rows)) continue;
		let kept = 0;
		for (const other of slow) kept += 1 - (changeShare(other, steps) || 0);
		const steadiness = slow.length === 0 ? 0 : kept / slow.length;
		if (best === undefined || steadiness > best.steadiness + 1e-9) best = { profile, steps, steadiness };
	}
	return best;
}

function stepsOf({ frames }: Table, { texts }: Profile): readonly Step[] {
	const steps: Step[] = [];
	const last = new Map<string, number>();
	for (const [row, text] of texts.entries()) {
		if (text === undefined) continue;
		const from = last.get(text);
		if (from !== undefined && frames[from] !== frames[row])
			steps.push({ from, to: row, seconds: 0, metres: 0, course: 0 });
		last.set(text, row);
	}
	return steps;
}

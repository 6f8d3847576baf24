import { beforeEach, describe, expect, it } from "vitest";
import type { VehicleLocation } from "../model/observation.js";
import { createVirtualRuntime, type VirtualRuntime } from "../simulation/virtual-runtime.js";
import { Standstill } from "./standstill.js";

const EVERY_MS = 10_000;
let time: VirtualRuntime;
let standstill: Standstill;

beforeEach(() => {
	time = createVirtualRuntime();
	standstill = new Standstill(time.runtime.clock, EVERY_MS);
});

/** An answer in which each vehicle reported so long ago. */
function answer(agesMs: readonly number[], { complete = true, isAdvanced = false } = {}) {
	const now = time.runtime.clock.now();
	const items = agesMs.map(
		(age, i): VehicleLocation => ({ kind: "vehicle_location", vehicleId: `${i}`, eventTime: now - age }),
	);
	return { frames: [{ decoded: { items, complete }, receivedTime: now }], isUnchanged: false, isAdvanced };
}

/** Looks every `everyMs`; answers with what the last look said. */
async function looks(count: number, make: () => ReturnType<typeof answer>, everyMs = EVERY_MS) {
	let last: ReturnType<Standstill["look"]>;
	for (let i = 0; i < count; i++) {
		await time.advance(everyMs);
		last = standstill.look(make());
	}
	return last;
}

const fleet = (count: number) => Array.from({ length: count }, (_, i) => i * 1000);

describe("an upstream that stands still", () => {
	it("is frozen after ninety seconds, and well with the first newer report", async () => {
		expect(await looks(10, () => answer(fleet(12)))).toBeUndefined();
		const frozen = answer(fleet(12));
		expect(await looks(8, () => frozen)).toBeUndefined();
		expect(await looks(1, () => frozen)).toMatchObject({ code: "upstream.frozen", kind: "transient" });
		expect(await looks(1, () => frozen, 60_000)).toMatchObject({
			message: expect.stringMatching(/ minutes ago: none of 12 vehicles/),
		});
		expect(await looks(1, () => answer(fleet(12)))).toBeUndefined();
		expect(await looks(5, () => frozen)).toBeUndefined();
	});

	it("is not found in messages of which nothing can be read: they may well be new, and are kept", async () => {
		expect(await looks(10, () => answer(fleet(12)))).toBeUndefined();
		const unreadable = () => {
			const items = fleet(12).map(
				() => ({ kind: "rejection", code: "decode.record", message: "no id" }) as const,
			);
			const frame = { decoded: { items, complete: true }, receivedTime: time.runtime.clock.now() };
			return { frames: [frame], isUnchanged: false, isAdvanced: false };
		};
		for (let look = 0; look < 60; look++) {
			await time.advance(EVERY_MS);
			expect(standstill.look(unreadable())).toBeUndefined();
		}
	});

	it("is found as well where it only says that nothing has changed", async () => {
		await looks(10, () => answer(fleet(12)));
		const unchanged = { frames: [], isUnchanged: true, isAdvanced: false };
		expect(await looks(9, () => unchanged)).toMatchObject({ code: "upstream.frozen" });
	});

	it.each([
		["few vehicles", fleet(9)],
		["vehicles that went home one after the other", Array.from({ length: 40 }, (_, i) => i * 20_000)],
	])("is nothing strange with %s", async (_what, ages) => {
		await looks(10, () => answer(ages));
		const still = answer(ages);
		expect(await looks(60, () => still)).toBeUndefined();
	});

	it("is not one that tells of nobody, nor one whose vehicles leave the message", async () => {
		await looks(10, () => answer(fleet(12)));
		expect(await looks(60, () => answer([], { complete: false }))).toBeUndefined();
		await looks(10, () => answer(fleet(12)));
		const fewer = answer(fleet(3));
		expect(await looks(60, () => fewer)).toBeUndefined();
	});

	it("is not one that numbers on, whatever the times in it", async () => {
		await looks(10, () => answer(fleet(12)));
		const backlog = answer(fleet(12), { isAdvanced: true });
		expect(await looks(60, () => backlog)).toBeUndefined();
	});

	it("waits longer where the feed makes long pauses by itself", async () => {
		for (let batch = 0; batch < 8; batch++) {
			const told = answer(fleet(12));
			// The first pauses are learned before anything is judged.
			expect(await looks(12, () => told)).toBeUndefined();
		}
		const still = answer(fleet(12));
		expect(await looks(35, () => still)).toBeUndefined();
		expect(await looks(6, () => still)).toMatchObject({ code: "upstream.frozen" });
	});

	it("starts to count anew when upstream could not be asked", async () => {
		await looks(10, () => answer(fleet(12)));
		const still = answer(fleet(12));
		await looks(5, () => still);
		expect(await looks(1, () => still, 600_000)).toBeUndefined();
		expect(await looks(8, () => still)).toBeUndefined();
		expect(await looks(1, () => still)).toMatchObject({ code: "upstream.frozen" });
	});

	it("is not hidden by a clock that is ahead", async () => {
		const ages = [-3_600_000, ...fleet(12)];
		await looks(10, () => answer(ages));
		const still = answer(ages);
		expect(await looks(11, () => still)).toMatchObject({ code: "upstream.frozen" });
	});
});

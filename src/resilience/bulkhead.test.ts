import { describe, expect, it } from "vitest";
import { Bulkhead } from "./bulkhead.js";
import { Job, type JobOwner, type JobPlan, Run } from "./job.js";
import { resolveOptions } from "./resolve-options.js";

const owner = {} as JobOwner;
const plan = { attemptMs: 1_000, jobMs: 5_000, firstAttempt: 1 } as JobPlan;
const jobNamed = (key: string) => new Job(owner, plan, key, () => undefined, 0);
const createBulkhead = (bulkhead: object, probes = 1) =>
	new Bulkhead(resolveOptions({ bulkhead, breaker: { probes } }));

function queueOf(bulkhead: Bulkhead): string[] {
	const keys: string[] = [];
	for (let wait = bulkhead.first; wait !== null; wait = wait.after) keys.push(wait.job.key);
	return keys;
}

describe("Bulkhead", () => {
	it("keeps a line that anybody may leave", () => {
		const bulkhead = createBulkhead({ queueMax: 4 });
		const jobs = ["a", "b", "c", "d"].map(jobNamed);
		const [a, b, c, d] = jobs as [Job, Job, Job, Job];
		for (const job of jobs) {
			expect(bulkhead.isQueueFull).toBe(false);
			bulkhead.push(job);
		}
		expect(bulkhead.isQueueFull).toBe(true);
		bulkhead.remove(b);
		expect(queueOf(bulkhead)).toEqual(["a", "c", "d"]);
		bulkhead.remove(a);
		bulkhead.remove(d);
		expect(queueOf(bulkhead)).toEqual(["c"]);
		bulkhead.push(a);
		expect(queueOf(bulkhead)).toEqual(["c", "a"]);
		bulkhead.remove(c);
		bulkhead.remove(a);
		expect([bulkhead.first, bulkhead.queued]).toEqual([null, 0]);
		bulkhead.push(b);
		expect(queueOf(bulkhead)).toEqual(["b"]);
	});

	it("doubles the limit in equal steps, and is back at its full limit when the ramp is over", () => {
		const bulkhead = createBulkhead({ limit: 10, rampMs: 4_000 });
		expect(bulkhead.limitAt(0)).toBe(10);
		expect(bulkhead.nextPlaceAt(0)).toBe(Number.POSITIVE_INFINITY);
		bulkhead.startRamp(1_000);
		const limits = [1_000, 1_999, 2_000, 3_000, 4_000, 4_999].map((now) => [
			bulkhead.limitAt(now),
			bulkhead.nextPlaceAt(now),
		]);
		expect(limits).toEqual([
			[1, 2_000],
			[1, 2_000],
			[2, 3_000],
			[4, 4_000],
			[8, 5_000],
			[8, 5_000],
		]);
		expect(bulkhead.limitAt(5_000)).toBe(10);
		expect(bulkhead.nextPlaceAt(5_000)).toBe(Number.POSITIVE_INFINITY);
	});

	it("starts from the number of probes, and has no ramp where there is nothing to grow", () => {
		const bulkhead = createBulkhead({ limit: 12, rampMs: 2_000 }, 3);
		bulkhead.startRamp(0);
		expect([0, 999, 1_000, 2_000].map((now) => bulkhead.limitAt(now))).toEqual([3, 3, 6, 12]);
		const equal = createBulkhead({ limit: 3, rampMs: 2_000 }, 3);
		equal.startRamp(0);
		expect(equal.limitAt(0)).toBe(3);
		const none = createBulkhead({ limit: 8, rampMs: 0 });
		none.startRamp(0);
		expect(none.limitAt(0)).toBe(8);
		const endless = createBulkhead({ limit: Number.POSITIVE_INFINITY, rampMs: 20_000 });
		endless.startRamp(0);
		expect([0, 1_000, 2_500, 19_999].map((now) => endless.limitAt(now))).toEqual([1, 2, 4, 2 ** 19]);
		expect(endless.limitAt(20_000)).toBe(Number.POSITIVE_INFINITY);
	});

	it("gives the places of zombies back in order of their time, and never twice", () => {
		const bulkhead = createBulkhead({ limit: 4, zombieMaxMs: 1_000 });
		const runs = [1, 2, 3].map((started) => new Run(jobNamed("z"), false, started, 0));
		const [first, second, third] = runs as [Run, Run, Run];
		bulkhead.inFlight = 3;
		bulkhead.addZombie(first, 100);
		bulkhead.addZombie(second, 200);
		bulkhead.addZombie(third, 300);
		expect([bulkhead.zombies, bulkhead.inFlight, bulkhead.nextPlaceAt(300)]).toEqual([3, 3, 1_100]);
		bulkhead.removeZombie(second);
		expect(bulkhead.abandonZombie(1_099)).toBeNull();
		expect(bulkhead.abandonZombie(1_100)).toBe(first);
		expect(first.state).toBe("abandoned");
		expect(bulkhead.abandonZombie(1_100)).toBeNull();
		expect([bulkhead.zombies, bulkhead.inFlight, bulkhead.nextPlaceAt(1_100)]).toEqual([1, 1, 1_300]);
		expect(second.state).not.toBe("abandoned");
		bulkhead.removeZombie(third);
		expect([bulkhead.zombies, bulkhead.inFlight, bulkhead.abandonZombie(9_999)]).toEqual([0, 0, null]);
		const patient = createBulkhead({ zombieMaxMs: Number.POSITIVE_INFINITY });
		patient.inFlight = 1;
		patient.addZombie(third, 0);
		expect(patient.nextPlaceAt(0)).toBe(Number.POSITIVE_INFINITY);
		expect(patient.abandonZombie(1e15)).toBeNull();
	});

	it("wakes for whatever comes first, the ramp or a zombie's end", () => {
		const bulkhead = createBulkhead({ limit: 4, rampMs: 2_000, zombieMaxMs: 500 });
		bulkhead.inFlight = 1;
		bulkhead.addZombie(new Run(jobNamed("z"), false, 1, 0), 0);
		bulkhead.startRamp(0);
		expect(bulkhead.nextPlaceAt(0)).toBe(500);
		expect(bulkhead.abandonZombie(500)).not.toBeNull();
		expect(bulkhead.nextPlaceAt(500)).toBe(1_000);
	});
});

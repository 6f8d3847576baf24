import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlertPolicy, AlertRoute } from "../model/alert-policy.js";
import { AlertDesk, type Letter } from "./alert-desk.js";
import type { OpenAlert, Severity } from "./status.js";

const TIME = 1_795_000_000_000;
const S = 1000;
const MINUTE = 60 * S;

const never = { afterMs: Number.POSITIVE_INFINITY, to: [] };
const policy = (over: Partial<AlertPolicy> = {}): AlertPolicy => ({
	owner: undefined,
	runbooksUrl: undefined,
	rules: {},
	routes: [],
	quiet: undefined,
	groupMs: 30 * S,
	failoverMs: 2 * MINUTE,
	outage: { steps: { owner: never, upstream: never, management: never }, feeds: {} },
	...over,
});

const route = (over: Partial<AlertRoute> = {}): AlertRoute => ({
	severity: undefined,
	alerts: undefined,
	subjects: undefined,
	to: ["a"],
	escalate: [],
	repeatMs: undefined,
	...over,
});

const alert = (subject: string, severity: Severity = "page", since = TIME): OpenAlert => ({
	alert: "feed-down",
	severity,
	subject,
	since,
	toldTime: since,
	what: "It is down.",
	affected: "Riders.",
	riders: "Nothing of it.",
	evidence: "It was seen.",
	done: "Asked again.",
	todo: "Call.",
	runbook: "docs/runbooks/feed-down.md",
});

const compose = ({ kind, alerts, now, note, reader }: Letter) => ({
	kind,
	severity: "page" as const,
	time: now,
	source: "test",
	title: reader ?? kind,
	note,
	stories: alerts.map(({ alert: name, subject, since, severity }) => ({
		key: `${name}/${subject}/${since}`,
		alert: name,
		severity,
		subject,
		since,
		title: "",
		facts: [],
		runbook: "",
	})),
});

const newDesk = (of: AlertPolicy, channels = ["a", "b", "c"]) =>
	new AlertDesk(of, channels, compose, () => "store");

/** `channel kind subjects` of what waits, and tells it. */
function tellAll(desk: AlertDesk, now: number, failing: readonly string[] = []): string[] {
	const told: string[] = [];
	for (const one of [...desk.queue.waiting]) {
		if (failing.includes(one.channel)) {
			desk.queue.failed(one, "it is down", false, now, 5 * S);
			continue;
		}
		desk.queue.told(one, "ok", now);
		const subjects = one.message.stories.map(({ subject }) => subject).join("+");
		told.push(`${one.channel} ${one.message.kind} ${subjects}`);
	}
	return told;
}

/** Runs a desk over a script of what is open, with a look every ten seconds; answers what was told when, in seconds. */
function play(
	desk: AlertDesk,
	untilS: number,
	open: (s: number) => readonly OpenAlert[],
	more: { isQuiet?: (s: number) => boolean; failing?: (s: number) => readonly string[] } = {},
): [number, string][] {
	const told: [number, string][] = [];
	for (let s = 0; s <= untilS; s += 10) {
		const now = TIME + s * S;
		desk.advance(open(s), now, more.isQuiet?.(s) ?? false);
		for (const one of tellAll(desk, now, more.failing?.(s))) told.push([s, one]);
	}
	return told;
}

describe("the desk", () => {
	it("tells a burst as one message, each alert once, and its end to whoever heard of it", () => {
		const desk = newDesk(policy({ routes: [route()] }));
		const told = play(desk, 600, (s) => {
			const open = [];
			if (s < 400) open.push(alert("feed:x"));
			if (s >= 20 && s < 300) open.push(alert("feed:y"));
			return open;
		});
		expect(told).toEqual([
			[30, "a raised feed:x+feed:y"],
			[300, "a resolved feed:y"],
			[400, "a resolved feed:x"],
		]);
	});

	it("tells nothing of what is over before its first word", () => {
		expect(play(newDesk(policy()), 600, (s) => (s < 20 ? [alert("feed:x")] : []))).toEqual([]);
	});

	it("goes to the next of the chain while nobody acknowledges, reminds, and stops when somebody does", () => {
		const routes = [
			route({
				escalate: [
					{ afterMs: 5 * MINUTE, to: ["b"] },
					{ afterMs: 10 * MINUTE, to: ["c"] },
				],
				repeatMs: 7 * MINUTE,
			}),
		];
		const desk = newDesk(policy({ routes }));
		const told = play(desk, 1500, (s) => {
			if (s === 500)
				desk.acknowledge("feed-down", "feed:x", { by: "Ana", note: "", time: TIME }, TIME + s * S);
			return s < 1200 ? [alert("feed:x")] : [];
		});
		expect(told).toEqual([
			[30, "a raised feed:x"],
			[330, "b escalated feed:x"],
			[450, "a reminder feed:x"],
			[450, "b reminder feed:x"],
			[500, "a acknowledged feed:x"],
			[500, "b acknowledged feed:x"],
			[1200, "a resolved feed:x"],
			[1200, "b resolved feed:x"],
		]);
		const alone = play(newDesk(policy({ routes })), 1000, () => [alert("feed:x")]);
		expect(alone.map(([s, one]) => [s, one.split(" ").slice(0, 2).join(" ")])).toContainEqual([
			630,
			"c escalated",
		]);
	});

	it("tells again, and anew, when a warning that somebody took care of becomes a page", () => {
		const desk = newDesk(policy({ routes: [route({ severity: "warn" }), route({ to: ["b"] })] }));
		const told = play(desk, 300, (s) => {
			if (s === 100)
				desk.acknowledge("feed-down", undefined, { by: "Ana", note: "", time: TIME }, TIME + s * S);
			return [alert("feed:x", s < 200 ? "warn" : "page")];
		});
		expect(told).toEqual([
			[30, "a raised feed:x"],
			[100, "a acknowledged feed:x"],
			[230, "b escalated feed:x"],
		]);
		expect(desk.careOf(alert("feed:x"))).toEqual({ toldTo: ["a", "b"] });
	});

	it("keeps warnings of the night for the morning, forgets those that are over by then, and lets pages through", () => {
		const isQuiet = (s: number) => s < 1000;
		const desk = newDesk(policy({ routes: [route({ repeatMs: 5 * MINUTE })] }));
		const told = play(
			desk,
			1100,
			(s) => [
				...(s < 500 ? [alert("feed:gone", "warn")] : []),
				alert("feed:stays", "warn"),
				...(s >= 600 ? [alert("feed:bad", "page")] : []),
			],
			{ isQuiet },
		);
		expect(told.filter(([s]) => s < 1000)).toEqual([
			[630, "a raised feed:bad"],
			[930, "a reminder feed:bad"],
		]);
		expect(told.filter(([s]) => s >= 1000)).toEqual([[1000, "a raised feed:stays"]]);
	});

	it("tells nothing of what is silenced until its time is over", () => {
		const desk = newDesk(policy({ routes: [route()] }));
		const untilTime = TIME + 300 * S;
		desk.silence({ alert: "feed-down", subject: "feed:x*", untilTime, by: "Ana", reason: "maintenance" });
		const told = play(desk, 400, () => [alert("feed:x1"), alert("feed:y")]);
		expect(told).toEqual([
			[30, "a raised feed:y"],
			[300, "a raised feed:x1"],
		]);
	});

	it("goes another way when a channel cannot be reached: the next of the chain, else any other", () => {
		const escalate = [{ afterMs: 60 * MINUTE, to: ["c"] }];
		const chained = play(newDesk(policy({ routes: [route({ escalate })] })), 300, () => [alert("feed:x")], {
			failing: () => ["a"],
		});
		expect(chained).toEqual([[150, "c escalated feed:x"]]);
		const desk = newDesk(policy({ routes: [route()] }));
		const told = play(desk, 300, () => [alert("feed:x")], { failing: (s) => (s < 200 ? ["a", "b"] : []) });
		expect(told.map(([, one]) => one).sort()).toEqual(["a raised feed:x", "b escalated feed:x"]);
		expect(desk.queue.waiting).toEqual([]);
	});

	it("does not wait where the receiver refuses, says so in the news, and is told when nobody is left", () => {
		const desk = newDesk(policy({ routes: [route()] }), ["a"]);
		desk.advance([alert("feed:x")], TIME, false);
		desk.advance([alert("feed:x")], TIME + 30 * S, false);
		const [one] = desk.queue.waiting;
		if (one === undefined) throw new Error("nothing waits");
		desk.queue.failed(one, "403", true, TIME, 5 * MINUTE);
		expect(desk.advance([alert("feed:x")], TIME + 40 * S, false)).toMatchObject([
			{
				level: "error",
				code: "alert.handed_on",
				message: expect.stringContaining("nobody else is left to tell"),
			},
		]);
		expect(desk.advance([alert("feed:x")], TIME + 50 * S, false)).toEqual([]);
	});

	it("writes to the owner, to upstream and to management in their time, also when somebody took care of it", () => {
		const step = (minutes: number, to: string[]) => ({ afterMs: minutes * MINUTE, to });
		const steps = { owner: step(15, ["a"]), upstream: step(60, ["b"]), management: step(240, []) };
		const feeds = { y: { owner: step(5, ["c"]) } };
		const desk = newDesk(policy({ routes: [route({ to: ["a"] })], outage: { steps, feeds } }));
		const news: string[] = [];
		const told: string[] = [];
		for (let minute = 0; minute <= 300; minute++) {
			const now = TIME + minute * MINUTE;
			if (minute === 10) desk.acknowledge("feed-down", undefined, { by: "Ana", note: "", time: now }, now);
			const open = minute < 290 ? [alert("feed:x"), alert("feed:y")] : [];
			news.push(
				...desk.advance(open, now, false).map(({ subject, message }) => `${minute} ${subject} ${message}`),
			);
			told.push(...tellAll(desk, now).map((one) => `${minute} ${one}`));
		}
		expect(told.filter((one) => one.includes("outage"))).toEqual([
			"5 c outage feed:y",
			"15 a outage feed:x",
			"60 b outage feed:x",
			"60 b outage feed:y",
		]);
		expect(told.filter((one) => one.startsWith("290")).map((one) => one.split(" ")[1])).toEqual([
			"a",
			"b",
			"a",
			"c",
			"b",
		]);
		expect(news.filter((one) => one.startsWith("240"))).toEqual([
			expect.stringContaining("240 feed:x management (nobody is configured to be told)"),
			expect.stringContaining("240 feed:y management"),
		]);
	});

	it("gives up what is a day old, and what is too much", () => {
		const desk = newDesk(policy({ routes: [route()] }), ["a"]);
		const many = Array.from({ length: 600 }, (_, at) => alert(`feed:${at}`));
		for (const [at] of many.entries()) {
			desk.advance(many.slice(0, at + 1), TIME + at * MINUTE, false);
		}
		expect(desk.queue.waiting.length).toBeLessThanOrEqual(500);
		expect(desk.advance(many, TIME + 48 * 60 * MINUTE, false)).toContainEqual(
			expect.objectContaining({ code: "alert.dropped" }),
		);
	});

	it("is after a restart at any moment as if there had been none, and says nothing twice", () => {
		const step = fc.record({
			open: fc.subarray(["feed:x", "feed:y", "feed:z"]),
			isPage: fc.boolean(),
			isQuiet: fc.boolean(),
			failing: fc.subarray(["a", "b"]),
			acks: fc.boolean(),
			restarts: fc.boolean(),
			waitS: fc.integer({ min: 1, max: 400 }),
		});
		const chained = policy({
			routes: [route({ escalate: [{ afterMs: MINUTE, to: ["b"] }], repeatMs: 10 * MINUTE })],
		});
		fc.assert(
			fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
				const run = (restarts: boolean) => {
					let desk = newDesk(chained);
					let now = TIME;
					const since = new Map<string, number>();
					const told: string[] = [];
					const first = new Map<string, number>();
					for (const each of steps) {
						now += each.waitS * S;
						for (const subject of since.keys()) if (!each.open.includes(subject)) since.delete(subject);
						for (const subject of each.open) if (!since.has(subject)) since.set(subject, now);
						const open = each.open.map((subject) =>
							alert(subject, each.isPage ? "page" : "warn", since.get(subject)),
						);
						desk.advance(open, now, each.isQuiet);
						if (each.acks)
							desk.acknowledge("feed-down", each.open[0], { by: "Ana", note: "", time: now }, now);
						if (restarts && each.restarts) {
							const json = JSON.stringify(desk.json());
							desk = newDesk(chained);
							desk.restore(JSON.parse(json));
						}
						for (const { message, channel } of desk.queue.waiting) {
							if (each.failing.includes(channel) || message.kind !== "raised") continue;
							for (const { key } of message.stories) {
								const name = `${channel} ${key}`;
								first.set(name, (first.get(name) ?? 0) + 1);
							}
						}
						told.push(...tellAll(desk, now, each.failing));
					}
					expect([...first.values()].every((count) => count === 1)).toBe(true);
					return told;
				};
				expect(run(true)).toEqual(run(false));
			}),
		);
	});
});

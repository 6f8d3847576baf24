// Known mistakes, the seed that catches each, and the invariant that it breaks. `npm run simulate:bugs` plants them. What
// stands there must stand there once; where the code has changed, the patch has to be written anew.

/** `edits`: pairs of what stands there, and what is planted in its place. */
export const PLANTED_BUGS = [
	{
		name: "acknowledge before sync",
		file: "src/intake/intake.ts",
		seed: 36,
		invariant: "settled",
		edits: [
			["positions = await this.#log.commit({", "const early = this.#log.commit({"],
			[
				"\t\t} catch (thrown) {\n\t\t\tthis.#backlogBytes -= bytes;",
				"\t\t\tvoid early.then((given) => { packs.forEach((pack, at) => { const firstOffset = given[at]?.offset as number; for (const frame of unpackFrames({ ...pack, firstOffset })) this.#queue.push(frame); }); this.#startPump(); }, () => undefined);\n\t\t\treturn;\n\t\t} catch (thrown) {\n\t\t\tthis.#backlogBytes -= bytes;",
			],
		],
	},
	{
		name: "drop the late",
		file: "src/intake/admit.ts",
		seed: 13,
		invariant: "settled",
		edits: [
			[
				'if (standing === "told") return IGNORED;',
				'if (standing === "told" || eventTime < mark.highWater) return IGNORED;',
			],
		],
	},
	{
		name: "late without a flag",
		file: "src/intake/admit.ts",
		seed: 36,
		invariant: "order",
		edits: [['if (eventTime < mark.highWater) flags.push("late");', ""]],
	},
	{
		name: "re-stamp time",
		file: "src/intake/admit.ts",
		seed: 13,
		invariant: "honest",
		edits: [
			[
				"const eventTime = stated ?? origin.headerTime ?? origin.receivedTime;",
				"const eventTime = stated === undefined ? origin.receivedTime : Math.max(stated, origin.receivedTime - 30_000);",
			],
		],
	},
	{
		name: "every repetition is a revision",
		file: "src/intake/admit.ts",
		seed: 13,
		invariant: "once",
		edits: [
			[
				"if (!isBack && (sameContent(seen, content) || this.#isVariant(window, content))) return DUPLICATE;",
				"",
			],
		],
	},
	{
		name: "one failed poll empties the feed",
		file: "src/intake/interpret.ts",
		seed: 36,
		invariant: "present",
		edits: [
			[
				"\t\tif (!isComplete || !isReadable || removeAfter === 0) return [];",
				"\t\tif (decoded.failure !== undefined) for (const [at, mark] of [...this.#admitter.marks.reporter(origin.feed, origin.upstream).present].entries()) append(this.#admitter.remove(mark, decoded.items.length + at, origin));\n\t\tif (!isComplete || !isReadable || removeAfter === 0) return [];",
			],
		],
	},
	{
		name: "double-count",
		file: "src/intake/interpret.ts",
		seed: 36,
		invariant: "ledger",
		edits: [
			[
				'this.#sheet.add("admit", feed, partition, minute, "duplicate", counts.duplicates);',
				'this.#sheet.add("admit", feed, partition, minute, "duplicate", counts.duplicates * 2);',
			],
		],
	},
	{
		name: "move the cursor before the frames are durable",
		file: "src/intake/feed.ts",
		seed: 36,
		invariant: "loss",
		edits: [
			[
				"\t\t\t\t\tawait this.#gaps.take(answer, frames, this.#trouble(), (riders) =>",
				"\t\t\t\t\tcursor = next;\n\t\t\t\t\tawait this.#gaps.take(answer, frames, this.#trouble(), (riders) =>",
			],
		],
	},
	{
		name: "Retry-After ignored",
		file: "src/resilience/retries.ts",
		seed: 36,
		invariant: "outage",
		edits: [
			[
				"\t\tif (asked === undefined || !(asked > 0)) return 0;",
				"\t\tif (asked !== undefined || now > -1) return 0;",
			],
		],
	},
	{
		name: "never open the breaker",
		file: "src/resilience/breaker.ts",
		seed: 36,
		invariant: "outage",
		edits: [["else if (this.streak >= threshold)", "else if (this.streak >= threshold * 1e9)"]],
	},
	{
		name: "a new batch id for each attempt",
		file: "src/routes/delivery-lane.ts",
		seed: 36,
		invariant: "once",
		edits: [
			["${this.partition}:${nameOf(intent)}`,", "${this.partition}:${nameOf(intent)}.${this.#attempts}`,"],
		],
	},
	{
		name: "publish only what is new",
		file: "src/sinks/gtfs-realtime.ts",
		seed: 36,
		invariant: "present",
		edits: [["isChanged || isOut || nowS > this.#lastHeaderTime) {", "isChanged || isOut) {"]],
	},
	{
		name: "show what is gone",
		file: "src/sinks/rider-served.ts",
		seed: 36,
		invariant: "honest",
		edits: [
			[
				'tier === "hidden" || tier === "over" ? undefined : show(entry, tier);',
				'tier === "hidden" ? undefined : show(entry, tier === "over" ? "stale" : tier);',
			],
		],
	},
	{
		name: "speed and bearing of what is stale",
		file: "src/sinks/rider-served.ts",
		seed: 36,
		invariant: "honest",
		edits: [['detail: tier === "stale" ? "reduced" : "whole" };', 'detail: "whole" };']],
	},
];

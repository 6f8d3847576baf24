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
				"\t\t\tif (cursor !== undefined) await early;\n\t\t\tvoid early.then((given) => { packs.forEach((pack, at) => { const firstOffset = given[at]?.offset as number; for (const frame of unpackFrames({ ...pack, firstOffset })) this.#queue.push(frame); }); this.#startPump(); }, () => undefined);\n\t\t\treturn;\n\t\t} catch (thrown) {\n\t\t\tthis.#backlogBytes -= bytes;",
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
		seed: 1,
		invariant: "order",
		edits: [['if (eventTime < mark.highWater) flags = flagged(flags, "late");', ""]],
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
				"\t\tif (decoded.failure !== undefined) for (const [at, mark] of [...this.#admitter.marks.reporter(origin.feed, origin.upstream).present].entries()) append(this.#admitter.remove(mark, decoded.items.length + at, origin, packs));\n\t\tif (!isComplete || !isReadable || removeAfter === 0) return [];",
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
		invariant: "resume",
		edits: [
			[
				"\t\t\t\t\tif (result.value.isAside) await receive();",
				"\t\t\t\t\tcursor = next;\n\t\t\t\t\tif (result.value.isAside) await receive();",
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
		invariant: "breaker",
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
	{
		name: "dedupe before append",
		file: "src/intake/intake.ts",
		seed: 9,
		invariant: "ledger",
		edits: [
			[
				"\t\t\t\tthis.#options.onStoreTrouble?.(thrown);\n\t\t\t\tawait sleep(",
				"\t\t\t\tthis.#options.onStoreTrouble?.(thrown);\n\t\t\t\tif (delayMs > 0) return [];\n\t\t\t\tawait sleep(",
			],
		],
	},
	{
		name: "forget the marks on crash",
		file: "src/intake/memory-of-keys.ts",
		seed: 1,
		invariant: "once",
		edits: [["if (offset >= knownBefore) this.#admitter.restore(record);", "void knownBefore;"]],
	},
	{
		name: "forget the frames that a crash left behind",
		file: "src/intake/left-behind.ts",
		seed: 1,
		invariant: "ledger",
		edits: [["\twhile (offset < end) {", "\twhile (offset < end && end < 0) {"]],
	},
	{
		name: "forget the cursor on crash",
		file: "src/intake/feed.ts",
		seed: 1,
		invariant: "resume",
		edits: [
			[
				"\t\tlet cursor = await storedCursor(log, name);",
				"\t\tlet cursor = undefined as string | undefined;",
			],
		],
	},
	{
		name: "a gap that nobody counts",
		file: "src/intake/feed-gaps.ts",
		seed: 1,
		invariant: "gap",
		edits: [["\t\tawait commit(this.#riders(after, told));", "\t\tawait commit(this.#riders(after, []));"]],
	},
	{
		name: "ask every second while the store is full",
		file: "src/intake/feed.ts",
		seed: 16,
		invariant: "outage",
		edits: [
			[
				"Math.max(thrown.retryAfterMs ?? STORE_WAIT_MS, source.pauseMs?.() ?? source.everyMs)",
				"thrown.retryAfterMs ?? STORE_WAIT_MS",
			],
		],
	},
	{
		name: "no pause between two polls",
		file: "src/intake/feed.ts",
		seed: 1,
		invariant: "progress",
		edits: [
			[
				"const wantedMs = waitMs ?? source.pauseMs?.() ?? Math.ceil(source.everyMs - elapsedMs);",
				"const wantedMs = waitMs ?? 0;",
			],
		],
	},
	{
		name: "retry without budget",
		file: "src/resilience/retries.ts",
		seed: 57,
		invariant: "budget",
		edits: [
			["\t\tif (!tokens.take(cost)) return false;", "\t\ttokens.take(cost);"],
			["else if (job.attempts > job.plan.maxRetries) this.deny", "else if (job.attempts > 1e9) this.deny"],
		],
	},
	{
		name: "close the breaker on a late success",
		file: "src/resilience/breaker.ts",
		seed: 4,
		invariant: "breaker",
		edits: [
			[
				"\t\t\tif (permit !== 0) this.#owner.onLateResult(permit, this.epoch, outcome);",
				'\t\t\tif (permit !== 0) this.#owner.onLateResult(permit, this.epoch, outcome);\n\t\t\tif (outcome === "success") this.reset(now);',
			],
		],
	},
	{
		name: "an open window of one second",
		file: "src/resilience/breaker.ts",
		seed: 1,
		invariant: "breaker",
		edits: [
			[
				"\t\tconst openFor = Math.min(openMaxMs, Math.max(window, retryAfterMs));",
				"\t\tconst openFor = Math.min(1000, window);",
			],
		],
	},
	{
		name: "send before the intent is kept",
		file: "src/routes/delivery-lane.ts",
		seed: 4,
		invariant: "once",
		edits: [
			[
				"\t\tawait this.#keep(intent);\n\t\tthis.#reorder?.released",
				"\t\tthis.#intent = intent;\n\t\tthis.#reorder?.released",
			],
		],
	},
	{
		name: "stop in the middle of a backlog",
		file: "src/routes/reorder-window.ts",
		seed: 24,
		invariant: "progress",
		edits: [
			[
				"window.isFollowed(at, reorder.windowMs)) return Number.NEGATIVE_INFINITY;",
				"window.isFollowed(at, reorder.windowMs)) return 0;",
			],
		],
	},
	{
		name: "the oldest of a key for who wants the newest",
		file: "src/routes/batch-plan.ts",
		seed: 19,
		invariant: "settled",
		edits: [
			["\treturn record.eventTime >= before.eventTime;", "\treturn record.eventTime <= before.eventTime;"],
		],
	},
	{
		name: "a refused record stops its batch",
		file: "src/routes/delivery-lane.ts",
		seed: 1,
		invariant: "progress",
		edits: [["\t\t\tawait this.#keep(halved(intent, sent, !isSize));\n", ""]],
	},
	{
		name: "retention before delivery",
		file: "src/routes/retention.ts",
		seed: 6,
		invariant: "settled",
		edits: [
			[
				'{ topic: "records", ...records, keepFrom: undelivered(log, delivering) },',
				'{ topic: "records", ...records, keepFrom: undelivered(log, []) },',
			],
		],
	},
	{
		name: "removed and not counted",
		file: "src/log/retention.ts",
		seed: 31,
		invariant: "ledger",
		edits: [
			[
				"\t\t\tif (reader.partition !== pack.partition || unread <= 0 || step === undefined) continue;",
				"\t\t\tif (reader.partition !== -1 || unread <= 0 || step === undefined) continue;",
			],
		],
	},
	{
		name: "fold an account away",
		file: "src/log/memory-ledger.ts",
		seed: 1,
		invariant: "ledger",
		edits: [
			[
				"\t\t\tfor (const [outcome, count] of counts) this.post({ ...account, outcome, count });",
				'\t\t\tfor (const [outcome, count] of counts) if (outcome !== "in") this.post({ ...account, outcome, count });',
			],
		],
	},
	{
		name: "a file is not cut to what is settled",
		file: "src/sinks/ndjson-file.ts",
		seed: 6,
		invariant: "once",
		edits: [
			[
				"\tif (size > wanted) await file.truncate(wanted);\n\treturn Math.min(size, wanted);",
				"\treturn Math.max(size, Math.min(size, wanted));",
			],
		],
	},
	{
		name: "header time follows the clock",
		file: "src/sinks/gtfs-realtime.ts",
		seed: 56,
		invariant: "header",
		edits: [
			[
				"this.#lastHeaderTime = Math.max(nowS, Math.floor(newest / 1000), this.#lastHeaderTime + 1);",
				"this.#lastHeaderTime = Math.max(nowS, Math.floor(newest / 1000));",
			],
		],
	},
	{
		name: "an older report replaces a newer one",
		file: "src/sinks/rider-served.ts",
		seed: 11,
		invariant: "present",
		edits: [
			[
				'\t\tif (known !== undefined && !isNewer(item, known.item)) {\n\t\t\tif (!isSettled) this.#decide(record, "superseded", settle);\n\t\t\treturn;\n\t\t}\n',
				"",
			],
		],
	},
	{
		name: "a lane that never rests",
		file: "src/routes/delivery-lane.ts",
		seed: 1,
		invariant: "progress",
		edits: [["\t\t\tif (restMs > 0 && !this.#host.signal.aborted) await this.#bell.rest(restMs);\n", ""]],
	},
	{
		name: "ask less often than upstream keeps",
		file: "src/intake/feed.ts",
		seed: 1,
		invariant: "loss",
		edits: [
			[
				"const wantedMs = waitMs ?? source.pauseMs?.() ?? Math.ceil(source.everyMs - elapsedMs);",
				"const wantedMs = waitMs ?? 1_200_000;",
			],
		],
	},
	{
		name: "a task that fails unseen",
		file: "src/hub/housekeeping.ts",
		seed: 5,
		invariant: "alive",
		edits: [["\t\t\t\t\t\t.catch(this.#onThrown)\n", ""]],
	},
	{
		name: "remember every batch for ever",
		file: "src/routes/delivery-lane.ts",
		seed: 1,
		invariant: "bounded",
		edits: [
			[
				"\t\tif (taken?.state !== undefined) state.push({ name: sinkStateName, bytes: taken.state });",
				'\t\tif (taken?.state !== undefined) state.push({ name: sinkStateName, bytes: taken.state });\n\t\tstate.push({ name: `${this.#stateName}/done/${cursor}`, bytes: "1" });',
			],
		],
	},
	{
		name: "a timer that nobody stops",
		file: "src/routes/delivery-lane.ts",
		seed: 1,
		invariant: "bounded",
		edits: [
			[
				"\t\tconst waiting = this.#end - this.#cursor;",
				"\t\tthis.#host.clock.after(3_600_000, () => undefined, { ref: false });\n\t\tconst waiting = this.#end - this.#cursor;",
			],
		],
	},
];

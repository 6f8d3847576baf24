import type { EpochMs } from "../model/units.js";
import type { Clock } from "../runtime/runtime.js";
import type { FeedUpstream } from "./feed-upstream.js";
import { silentWords } from "./silence.js";
import type { UpstreamProgress } from "./upstream-progress.js";

type News = (level: "info" | "warn", code: string, message: string) => void;

/** Which upstreams of a feed are read, by their order: a lower one while every higher one cannot be, or has nothing to say. */
export class Standby {
	readonly #upstreams: readonly FeedUpstream[];
	readonly #progress: readonly UpstreamProgress[];
	readonly #clock: Pick<Clock, "now">;
	readonly #onNews: News | undefined;

	constructor(
		upstreams: readonly FeedUpstream[],
		progress: readonly UpstreamProgress[],
		clock: Pick<Clock, "now">,
		onNews: News | undefined,
	) {
		this.#upstreams = upstreams;
		this.#progress = progress;
		this.#clock = clock;
		// Where nobody can stand in, the state of the feed says all there is.
		this.#onNews = upstreams.length > 1 ? onNews : undefined;
	}

	/** Whether this one is not to be read now. */
	waits({ index }: FeedUpstream): boolean {
		const progress = this.#progress[index] as UpstreamProgress;
		const isNeeded = this.#before(index).every(
			({ upstream, silence }) => upstream?.status().state === "open" || silence.isSilent,
		);
		if (isNeeded && !progress.active) progress.silence.listens(this.#clock.now());
		progress.active = isNeeded;
		return !isNeeded;
	}

	/** A connection that stands in is given up once one before it is well, and not while that one is only tried. */
	isRelieved({ index }: FeedUpstream): boolean {
		return this.#before(index).some(
			({ upstream, silence, failsNow }) =>
				(upstream?.status().state ?? "closed") === "closed" && !silence.isSilent && !failsNow,
		);
	}

	/** Answers which of them fell silent by this: who is read, and has had the time to say something. */
	fellSilent(since: EpochMs): readonly number[] {
		const now = this.#clock.now();
		const silent = this.#progress.filter(
			({ active, finished, silence }) => active && !finished && silence.fell(since, now),
		);
		for (const one of silent) this.#onNews?.("warn", "feed.silent", silentWords(one, now));
		return silent.map(({ index }) => index);
	}

	/** It told something new. */
	spoke(index: number): void {
		if (this.#progress[index]?.silence.spoke(this.#clock.now()) !== true) return;
		this.#onNews?.("info", "feed.speaks", `Upstream ${index} tells of vehicles again, and is relied on`);
	}

	#before(index: number) {
		return this.#upstreams.slice(0, index).map(({ index: at, upstream }) => {
			const { silence, failsNow } = this.#progress[at] as UpstreamProgress;
			return { upstream, silence, failsNow };
		});
	}
}

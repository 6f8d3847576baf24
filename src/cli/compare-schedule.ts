import { resolve as resolvePath } from "node:path";
import { MATCH_BY, Timetable } from "../comparison/timetable.js";
import { ScheduleDownload } from "../intake/schedule-download.js";
import type { ScheduleStore, ScheduleVersion } from "../log/schedules.js";
import { Failure, messageOf } from "../model/failure.js";
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS } from "../model/units.js";
import type { Runtime } from "../runtime/runtime.js";
import { buildIndex } from "../schedule/build-index.js";
import { LocalPlace, type PlacedFeed, type SchedulePlace } from "../schedule/schedule-place.js";
import { addDays, localDate } from "../schedule/service-day.js";
import { openSqliteSchedules } from "../stores/sqlite-schedules.js";
import type { CliContext } from "./context.js";

const AGENCY = "compare";
/** A pick that changes in the middle of two weeks is seen within the hour. */
const LOOK_EVERY_MS: DurationMs = HOUR_MS;
/** Somebody is just copying it. */
const LOOK_AGAIN_MS: DurationMs = MINUTE_MS;

export interface OpenTimetable {
	readonly timetable: Timetable;
	readonly timezone: string;
	/** Makes the timetable that of the days around a moment, and reads the schedule anew where it has changed. */
	prepare(time: EpochMs): Promise<void>;
	close(): Promise<void>;
}

/**
 * Reads a GTFS feed, a zip, a folder or a URL, into a folder that may be removed after `close`, and again whenever it
 * changes. Days are looked up in the version that is valid on them. A broken new one is told and left alone.
 * @throws Failure `decode.format` with the reason when the first one cannot be used.
 */
export async function openTimetable(
	location: string,
	directory: string,
	runtime: Runtime,
	context: CliContext,
): Promise<OpenTimetable> {
	const store = await openSqliteSchedules({ directory });
	const isUrl = /^https?:\/\//i.test(location);
	const download = isUrl
		? new ScheduleDownload({ agency: AGENCY, url: location, directory, runtime, upstream: {} })
		: undefined;
	const place = download ?? new LocalPlace(resolvePath(context.workingDirectory, location), runtime.files);
	const close = async () => {
		await download?.upstream.dispose();
		await store.close();
	};
	try {
		const source = new RenewedSchedule(place, isUrl ? place.name : location, store, context);
		const first = await source.first();
		const timetable = new Timetable();
		const { timezone } = first;
		let date: string | undefined;
		return {
			timetable,
			timezone,
			close,
			async prepare(time) {
				const today = localDate(time, timezone);
				const isRenewed = await source.renew();
				if (today === date && !isRenewed) return;
				const days = [addDays(today, -1), today, addDays(today, 1)];
				timetable.use(await buildIndex(store, await store.versions(AGENCY), days, timezone, MATCH_BY));
				date = today;
			},
		};
	} catch (thrown) {
		await close();
		throw thrown;
	}
}

/** The versions that lay in one place since the start. */
class RenewedSchedule {
	readonly #place: SchedulePlace;
	/** As the user knows it. */
	readonly #name: string;
	readonly #store: ScheduleStore;
	readonly #context: CliContext;
	readonly #never = new AbortController().signal;
	#mark: string | undefined;
	#lookAt: DurationMs = 0;
	#trouble: string | undefined;

	constructor(place: SchedulePlace, name: string, store: ScheduleStore, context: CliContext) {
		this.#place = place;
		this.#name = name;
		this.#store = store;
		this.#context = context;
	}

	async first(): Promise<ScheduleVersion> {
		const found = await this.#place.look(undefined, this.#never);
		const version = found && (await this.#load(found));
		if (version === undefined || typeof version === "string")
			throw new Failure("decode.format", `The schedule ${this.#name} cannot be used: ${version}`);
		return version;
	}

	/** True when there is another version than before. */
	async renew(): Promise<boolean> {
		const { runtime, terminal } = this.#context;
		const now = runtime.clock.monotonic();
		if (now < this.#lookAt) return false;
		this.#lookAt = now + LOOK_EVERY_MS;
		try {
			const found = await this.#place.look(this.#mark, this.#never);
			if (found?.isSettled === false) this.#lookAt = now + LOOK_AGAIN_MS;
			if (found === undefined || !found.isSettled) return false;
			const version = await this.#load(found);
			if (typeof version === "string") {
				terminal.err(`The new schedule in ${this.#name} cannot be used, the one before stays: ${version}`);
				return false;
			}
			terminal.err(`The schedule has changed: version ${version.version} is used on its days from now on.`);
			this.#trouble = undefined;
			return true;
		} catch (thrown) {
			const trouble = messageOf(thrown);
			if (trouble !== this.#trouble) terminal.err(`The schedule cannot be looked at: ${trouble}`);
			this.#trouble = trouble;
			return false;
		}
	}

	/** The version, or why it is refused. */
	async #load({ path, mark, done }: PlacedFeed): Promise<ScheduleVersion | string> {
		const { runtime, terminal } = this.#context;
		this.#lookAt = runtime.clock.monotonic() + LOOK_EVERY_MS;
		const progress = terminal.progress(runtime.clock);
		try {
			const loaded = await this.#store.load({
				agency: AGENCY,
				path,
				readTime: runtime.clock.now(),
				onProgress: ({ file, bytes, totalBytes }) =>
					progress.show(`schedule: ${Math.round((100 * bytes) / Math.max(1, totalBytes))} % ${file}`),
			});
			this.#mark = mark;
			return loaded.outcome === "refused" ? loaded.refusal.sentence : loaded.version;
		} finally {
			progress.end();
			await done();
		}
	}
}

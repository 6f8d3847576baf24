import { resolve as resolvePath } from "node:path";
import { MATCH_BY, Timetable } from "../comparison/timetable.js";
import { Failure } from "../model/failure.js";
import type { EpochMs } from "../model/units.js";
import { buildIndex } from "../schedule/build-index.js";
import { addDays, localDate } from "../schedule/service-day.js";
import { openSqliteSchedules } from "../stores/sqlite-schedules.js";
import type { CliContext } from "./context.js";

const AGENCY = "compare";

export interface OpenTimetable {
	readonly timetable: Timetable;
	readonly timezone: string;
	/** Makes the timetable that of the days around a moment. */
	prepare(time: EpochMs): Promise<void>;
	close(): Promise<void>;
}

/** Reads a GTFS feed, a zip or a folder, into a folder that may be removed after `close`. @throws Failure `decode.format` with the reason when it cannot be used. */
export async function openTimetable(
	path: string,
	directory: string,
	context: CliContext,
): Promise<OpenTimetable> {
	const { runtime, workingDirectory, terminal } = context;
	const store = await openSqliteSchedules({ directory });
	const progress = terminal.progress(runtime.clock);
	const loaded = await store.load({
		agency: AGENCY,
		path: resolvePath(workingDirectory, path),
		readTime: runtime.clock.now(),
		onProgress: ({ file, bytes, totalBytes }) =>
			progress.show(`schedule: ${Math.round((100 * bytes) / Math.max(1, totalBytes))} % ${file}`),
	});
	progress.end();
	if (loaded.outcome === "refused")
		throw new Failure("decode.format", `The schedule ${path} cannot be used: ${loaded.refusal.sentence}`);
	const { version } = loaded;
	const timetable = new Timetable();
	let date: string | undefined;
	return {
		timetable,
		timezone: version.timezone,
		async prepare(time) {
			const today = localDate(time, version.timezone);
			if (today === date) return;
			const days = [addDays(today, -1), today, addDays(today, 1)];
			timetable.use(await buildIndex(store, [version], days, version.timezone, MATCH_BY));
			date = today;
		},
		close: () => store.close(),
	};
}

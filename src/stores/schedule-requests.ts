import type { ScheduleLoad, ScheduleProgress, ScheduleVersion } from "../log/schedules.js";
import type { ScheduleLibrary } from "./schedule-library.js";
import type { WireFailure } from "./store-host.js";

/** What can be asked of the library, as it travels between threads. */
export type ScheduleRequest =
	| { readonly method: "load"; readonly load: Omit<ScheduleLoad, "onProgress" | "signal"> }
	| { readonly method: "versions" | "refusal"; readonly agency: string }
	| { readonly method: "calendar" | "routes" | "frequencies" | "remove"; readonly version: ScheduleVersion }
	| {
			readonly method: "trips";
			readonly version: ScheduleVersion;
			readonly after: number;
			readonly limit: number;
	  }
	| { readonly method: "stopTimes" | "shape"; readonly version: ScheduleVersion; readonly of: string }
	| { readonly method: "close" };

export type ScheduleMessage =
	| (ScheduleRequest & { readonly id: number })
	| { readonly method: "stop"; readonly target: number };

/** Answers carry the id of their request; the first one has id 0 and says that the library is open. */
export type ScheduleReply =
	| { readonly id: number; readonly result: unknown }
	| { readonly id: number; readonly failure: WireFailure }
	| { readonly id: number; readonly progress: ScheduleProgress };

export async function answer(
	library: ScheduleLibrary,
	request: ScheduleRequest,
	onProgress: (progress: ScheduleProgress) => void,
	signal: AbortSignal,
): Promise<unknown> {
	switch (request.method) {
		case "load":
			return library.load({ ...request.load, onProgress, signal });
		case "versions":
			return library.versions(request.agency);
		case "refusal":
			return library.refusal(request.agency);
		case "calendar": {
			const reader = library.reader(request.version);
			return { services: reader.services(), exceptions: reader.exceptions() };
		}
		case "routes":
			return library.reader(request.version).routes();
		case "frequencies":
			return library.reader(request.version).frequencies();
		case "trips":
			return library.reader(request.version).trips(request.after, request.limit);
		case "stopTimes":
			return library.reader(request.version).stopTimes(request.of);
		case "shape":
			return library.reader(request.version).shape(request.of);
		case "remove":
			return library.remove(request.version);
		case "close":
			return library.close();
	}
}

import type { FeedVisitor } from "../formats/gtfs/feed-visitor.js";
import { openGtfs } from "../formats/gtfs/open.js";
import { readGtfs } from "../formats/gtfs/read-feed.js";
import type {
	ScheduleLoad,
	ScheduleLoaded,
	ScheduleRefusal,
	ScheduleStore,
	ScheduleVersion,
	StoredTrip,
	TripPage,
} from "../log/schedules.js";
import { Failure } from "../model/failure.js";
import type {
	Frequency,
	ScheduledStop,
	ScheduledTrip,
	ScheduleRoute,
	Service,
	ServiceException,
	ShapePoint,
} from "../model/schedule.js";
import type { Files } from "../runtime/files.js";
import { inSequence, refusalOf, refusalOfFailure, spanOfStops, versionOf } from "./schedule-version.js";

/** Schedules in memory: for tests, simulations and commands that keep nothing. */
export function createMemorySchedules(files: Files): ScheduleStore {
	return new MemorySchedules(files);
}

class Content implements FeedVisitor {
	readonly services: Service[] = [];
	readonly exceptions: ServiceException[] = [];
	readonly routes: ScheduleRoute[] = [];
	readonly frequencies: Frequency[] = [];
	readonly trips: ScheduledTrip[] = [];
	readonly stops = new Map<string, readonly ScheduledStop[]>();
	readonly shapes = new Map<string, readonly ShapePoint[]>();

	agency(): void {}
	stop(): void {}
	service(service: Service): void {
		this.services.push(service);
	}
	exception(exception: ServiceException): void {
		this.exceptions.push(exception);
	}
	route(route: ScheduleRoute): void {
		this.routes.push(route);
	}
	frequency(frequency: Frequency): void {
		this.frequencies.push(frequency);
	}
	trip(trip: ScheduledTrip): void {
		this.trips.push(trip);
	}
	stopTimes(tripId: string, stops: readonly ScheduledStop[]): void {
		this.stops.set(tripId, inSequence([...(this.stops.get(tripId) ?? []), ...stops]));
	}
	shape(shapeId: string, points: readonly ShapePoint[]): void {
		const all = [...(this.shapes.get(shapeId) ?? []), ...points];
		this.shapes.set(
			shapeId,
			all.sort((a, b) => a.sequence - b.sequence),
		);
	}
}

class MemorySchedules implements ScheduleStore {
	readonly #files: Files;
	readonly #kept = new Map<string, { version: ScheduleVersion; readonly content: Content }>();
	readonly #refusals = new Map<string, ScheduleRefusal>();

	constructor(files: Files) {
		this.#files = files;
	}

	async load({ agency, path, readTime, onProgress, signal }: ScheduleLoad): Promise<ScheduleLoaded> {
		const refused = (refusal: ScheduleRefusal): ScheduleLoaded => {
			this.#refusals.set(agency, refusal);
			return { outcome: "refused", refusal };
		};
		const content = new Content();
		try {
			const archive = await openGtfs(this.#files, path);
			const feed = await readGtfs(archive, content, {
				...(onProgress && { onProgress }),
				...(signal && { signal }),
			}).finally(() => archive.close());
			if (feed.errors > 0) return refused(refusalOf(feed.findings, readTime));
			const version = versionOf(agency, feed, readTime);
			const outcome = this.#kept.has(keyOf(version)) ? "known" : "loaded";
			this.#kept.set(keyOf(version), { version, content });
			this.#refusals.delete(agency);
			return { outcome, version };
		} catch (thrown) {
			if (!(thrown instanceof Failure) || thrown.code === "closed") throw thrown;
			return refused(refusalOfFailure(thrown, readTime));
		}
	}

	async versions(agency: string): Promise<readonly ScheduleVersion[]> {
		const own = [...this.#kept.values()].map(({ version }) => version).filter((one) => one.agency === agency);
		return own.sort((a, b) => b.readTime - a.readTime);
	}

	async refusal(agency: string): Promise<ScheduleRefusal | undefined> {
		return this.#refusals.get(agency);
	}

	async calendar(version: ScheduleVersion) {
		const { services, exceptions } = this.#content(version);
		return { services, exceptions };
	}

	async routes(version: ScheduleVersion): Promise<readonly ScheduleRoute[]> {
		return this.#content(version).routes;
	}

	async frequencies(version: ScheduleVersion): Promise<readonly Frequency[]> {
		return this.#content(version).frequencies;
	}

	async trips(version: ScheduleVersion, after: number, limit: number): Promise<TripPage> {
		const { trips, stops } = this.#content(version);
		const page = trips
			.slice(after, after + limit)
			.map((trip): StoredTrip => ({ ...trip, ...spanOfStops(stops.get(trip.tripId) ?? []) }));
		return { trips: page, next: after + limit < trips.length ? after + limit : undefined };
	}

	async stopTimes(version: ScheduleVersion, tripId: string): Promise<readonly ScheduledStop[]> {
		return this.#content(version).stops.get(tripId) ?? [];
	}

	async shape(version: ScheduleVersion, shapeId: string): Promise<readonly ShapePoint[]> {
		return this.#content(version).shapes.get(shapeId) ?? [];
	}

	async remove(version: ScheduleVersion): Promise<void> {
		this.#kept.delete(keyOf(version));
	}

	async close(): Promise<void> {
		this.#kept.clear();
	}

	#content(version: ScheduleVersion): Content {
		const kept = this.#kept.get(keyOf(version));
		if (kept) return kept.content;
		throw new Failure("bug", `Schedule ${version.version} of ${version.agency} is not in the store`);
	}
}

function keyOf({ agency, contentHash }: ScheduleVersion): string {
	return `${agency}|${contentHash}`;
}

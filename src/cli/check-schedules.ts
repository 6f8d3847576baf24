import { join } from "node:path";
import type { HubConfig } from "../config/config.js";
import type { KnownIds, ScheduleAccess } from "../config/schedule-check.js";
import { ScheduleDownload } from "../intake/schedule-download.js";
import type { ScheduleStore } from "../log/schedules.js";
import { Failure } from "../model/failure.js";
import type { Runtime } from "../runtime/runtime.js";
import { versionFor } from "../schedule/build-index.js";
import { localDate } from "../schedule/service-day.js";
import { openSqliteSchedules } from "../stores/sqlite-schedules.js";

const PAGE_TRIPS = 10_000;

/** Schedules for a check: downloaded into a folder that the caller removes, and those of the store. */
export function scheduleAccess(runtime: Runtime, folder: string, isOffline: boolean): ScheduleAccess {
	const stored = (config: HubConfig, agency: string) => storedIds(config, agency, runtime);
	if (isOffline) return { stored };
	return { stored, download: (config, agency, url) => downloaded(config, agency, url, runtime, folder) };
}

/** Once, the way that the hub would take: nobody waits for retries, and the server is not to be hurt by a check. */
async function downloaded(
	{ network }: HubConfig,
	agency: string,
	url: string,
	runtime: Runtime,
	directory: string,
): Promise<string> {
	const http = (network && runtime.http.through?.(network)) ?? runtime.http;
	const world = { ...runtime, http };
	const download = new ScheduleDownload({
		agency,
		url,
		directory,
		runtime: world,
		upstream: {},
		isHasty: true,
	});
	try {
		const feed = await download.look(undefined, new AbortController().signal);
		if (feed === undefined)
			throw new Failure("upstream.not_valid", `${download.name} says that nothing is new`);
		return feed.path;
	} finally {
		await download.upstream.dispose();
	}
}

async function storedIds(
	{ store: { directory }, agencies }: HubConfig,
	agency: string,
	{ files, clock }: Runtime,
): Promise<KnownIds | undefined> {
	if (!(await files.stat(join(directory, "schedules")))) return undefined;
	const store = await openSqliteSchedules({ directory, host: "read-only" });
	try {
		const versions = await store.versions(agency);
		const zone = versions[0]?.timezone ?? agencies.find(({ name }) => name === agency)?.timezone ?? "UTC";
		const version = versionFor(versions, localDate(clock.now(), zone)) ?? versions[0];
		return version && (await idsOf(store, version));
	} finally {
		await store.close();
	}
}

async function idsOf(
	store: ScheduleStore,
	version: Parameters<ScheduleStore["trips"]>[0],
): Promise<KnownIds> {
	const route = new Set((await store.routes(version)).map(({ gtfsRouteId }) => gtfsRouteId));
	const trip = new Set<string>();
	const block = new Set<string>();
	for (let after: number | undefined = 0; after !== undefined; ) {
		const page: Awaited<ReturnType<ScheduleStore["trips"]>> = await store.trips(version, after, PAGE_TRIPS);
		for (const { tripId, blockId } of page.trips) {
			trip.add(tripId);
			if (blockId !== undefined) block.add(blockId);
		}
		after = page.next;
	}
	return { route, trip, block };
}

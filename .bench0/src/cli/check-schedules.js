import { join } from "node:path";
import { ScheduleDownload } from "../intake/schedule-download.js";
import { Failure } from "../model/failure.js";
import { versionFor } from "../schedule/build-index.js";
import { localDate } from "../schedule/service-day.js";
import { openSqliteSchedules } from "../stores/sqlite-schedules.js";
const PAGE_TRIPS = 10_000;
/** Schedules for a check: downloaded into a folder that the caller removes, and those of the store. */
export function scheduleAccess(runtime, folder, isOffline) {
    const stored = (config, agency) => storedIds(config, agency, runtime);
    if (isOffline)
        return { stored };
    return { stored, download: (config, agency, url) => downloaded(config, agency, url, runtime, folder) };
}
/** Once, the way that the hub would take: nobody waits for retries, and the server is not to be hurt by a check. */
async function downloaded({ network }, agency, url, runtime, directory) {
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
    }
    finally {
        await download.upstream.dispose();
    }
}
async function storedIds({ store: { directory }, agencies }, agency, { files, clock }) {
    if (!(await files.stat(join(directory, "schedules"))))
        return undefined;
    const store = await openSqliteSchedules({ directory, host: "read-only" });
    try {
        const versions = await store.versions(agency);
        const zone = versions[0]?.timezone ?? agencies.find(({ name }) => name === agency)?.timezone ?? "UTC";
        const version = versionFor(versions, localDate(clock.now(), zone)) ?? versions[0];
        return version && (await idsOf(store, version));
    }
    finally {
        await store.close();
    }
}
async function idsOf(store, version) {
    const route = new Set((await store.routes(version)).map(({ gtfsRouteId }) => gtfsRouteId));
    const trip = new Set();
    const block = new Set();
    for (let after = 0; after !== undefined;) {
        const page = await store.trips(version, after, PAGE_TRIPS);
        for (const { tripId, blockId } of page.trips) {
            trip.add(tripId);
            if (blockId !== undefined)
                block.add(blockId);
        }
        after = page.next;
    }
    return { route, trip, block };
}

import { BUILTINS } from "../../config/builtins.js";
import { loadConfig } from "../../config/load.js";
import { Failure } from "../../model/failure.js";
export const RIDER_FEED = "rider-feed";
export const PARTNER = "partner";
export const TIMEZONE = "America/Chicago";
export const REQUESTS_PER_MINUTE = 30;
export const BYTES_PER_SECOND = 65_536;
export const ARCHIVE = "archive";
export const BOARD = "board";
export const ARCHIVE_PATH = "/simulated/archive.ndjson";
/** What the board is not shown any more. */
export const BOARD_MAX_AGE_MS = 120_000;
export const RETENTION_MS = 900_000;
export const TIERS = { agingMs: 60_000, staleMs: 120_000, goneMs: 300_000 };
export const PUBLISH_EVERY_MS = 15_000;
export const FEEDS = ["buses", "trams", "ferries"];
/** A configuration as an agency writes it, read as `run` reads it. */
export async function worldConfig(plan, runtime) {
    const { config, findings } = await loadConfig(configText(plan), "/simulated", {
        plugins: BUILTINS,
        runtime,
        environment: {},
        skipEnvironment: true,
    });
    if (config === undefined) {
        throw new Failure("bug", `The simulated configuration is not valid: ${JSON.stringify(findings)}`);
    }
    return config;
}
function tramUpstream(plan, host) {
    return `
      - source: { type: http-poll, url: "http://${host}/gtfs-rt/vehicle-positions.pb?fleet=tram", every: ${plan.pollS}s, history: none }
        decoder: gtfs-realtime
        budget: { requests: ${REQUESTS_PER_MINUTE}/min, bytes: 64KiB/s }`;
}
export function configText(plan) {
    const { pollS, removeAfter, hasStandby } = plan;
    return `
agencies:
  metro: { timezone: ${TIMEZONE} }
feeds:
  buses:
    agency: metro
    upstreams:
      - source:
          type: http-poll
          url: http://avl.test/avl/messages?limit=500
          every: ${pollS}s
          history: 15m
          cursor: { parameter: after, start: "0", from: "json:messages[].seq", sequence: "json:messages[].seq", more: "json:more" }
        decoder:
          type: mapping
          records: messages[]
          headerTime: time
          fields:
            vehicleId: veh
            operatorId: opr
            eventTime: ts
            latitude: { path: lat, scale: 1e-6 }
            longitude: { path: lon, scale: 1e-6 }
            headingDeg: { path: hdg, absent: [511] }
            speedMps: { path: spd, unit: mph }
            gtfsRouteId: rte
            directionId: dir
            tripId: trp
            occupancyPercentage: psg
        budget: { requests: ${REQUESTS_PER_MINUTE}/min, bytes: ${plan.bytesPerSecond / 1024}KiB/s }
  trams:
    agency: metro
    removeAfter: ${removeAfter}
    upstreams:${tramUpstream(plan, "trams.test")}${hasStandby ? tramUpstream(plan, "trams-standby.test") : ""}
  ferries:
    agency: metro
    upstreams:
      - source: { type: http-push }
        decoder:
          type: mapping
          records: reports[]
          fields: { vehicleId: ship, eventTime: at, latitude: lat, longitude: lon }
sinks:
  ${RIDER_FEED}: { type: gtfs-realtime, path: /gtfs-rt, stale: { aging: 60s, stale: 120s, gone: 5m, layover: 5m }, publishEvery: 15s }
${sinksText(plan)}
routes:
${FEEDS.flatMap((feed) => routesText(feed, plan)).join("\n")}
intake: { dedupe: { maxKeys: 100000 } }
store: { directory: ./store${keepText(plan)} }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;
}
function sinksText({ batchCount, archive, board }) {
    return [
        `  ${PARTNER}: { type: webhook, url: http://partner.test/in, batch: { count: ${batchCount} } }`,
        ...(archive ? [`  ${ARCHIVE}: { type: ndjson-file, path: ${ARCHIVE_PATH} }`] : []),
        ...(board
            ? [`  ${BOARD}: { type: webhook, url: http://board.test/in, batch: { count: ${batchCount} } }`]
            : []),
    ].join("\n");
}
function routesText(feed, { reorderS, archive, board }) {
    const every = (sink) => `  - { from: ${feed}, to: ${sink}, mode: every, reorder: ${reorderS}s }`;
    return [
        `  - { from: ${feed}, to: ${RIDER_FEED}, mode: latest }`,
        every(PARTNER),
        ...(archive ? [every(ARCHIVE)] : []),
        ...(board
            ? [`  - { from: ${feed}, to: ${BOARD}, mode: latest, maxAge: ${BOARD_MAX_AGE_MS / 1000}s }`]
            : []),
    ];
}
function keepText({ keepS }) {
    return keepS === undefined
        ? ""
        : `, frames: { maxAge: ${keepS.frames}s }, records: { maxAge: ${keepS.records}s }`;
}
/** The sinks of this world that deliver. */
export function deliveringSinks({ archive, board }) {
    return [PARTNER, ...(archive ? [ARCHIVE] : []), ...(board ? [BOARD] : [])];
}

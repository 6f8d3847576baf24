import { BUILTINS } from "../../config/builtins.js";
import type { HubConfig } from "../../config/config.js";
import { loadConfig } from "../../config/load.js";
import { Failure } from "../../model/failure.js";
import type { Runtime } from "../../runtime/runtime.js";
import type { Plan } from "./plan.js";

export const RIDER_FEED = "rider-feed";
export const PARTNER = "partner";
export const REQUESTS_PER_MINUTE = 30;
export const BYTES_PER_SECOND = 65_536;
export const RETENTION_MS = 900_000;
export const TIERS = { agingMs: 60_000, staleMs: 120_000, goneMs: 300_000 };
export const PUBLISH_EVERY_MS = 15_000;

/** A configuration as an agency writes it, read as `run` reads it. */
export async function worldConfig(plan: Plan, runtime: Runtime): Promise<HubConfig> {
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

function tramUpstream(plan: Plan, host: string): string {
	return `
      - source: { type: http-poll, url: "http://${host}/gtfs-rt/vehicle-positions.pb?fleet=tram", every: ${plan.pollS}s, history: none }
        decoder: gtfs-realtime
        budget: { requests: ${REQUESTS_PER_MINUTE}/min, bytes: 64KiB/s }`;
}

export function configText(plan: Plan): string {
	const { pollS, reorderS, batchCount, removeAfter, hasStandby } = plan;
	return `
agencies:
  metro: { timezone: America/Chicago }
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
        budget: { requests: ${REQUESTS_PER_MINUTE}/min, bytes: 64KiB/s }
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
  ${PARTNER}: { type: webhook, url: http://partner.test/in, batch: { count: ${batchCount} } }
routes:
  - { from: buses, to: ${RIDER_FEED}, mode: latest }
  - { from: trams, to: ${RIDER_FEED}, mode: latest }
  - { from: ferries, to: ${RIDER_FEED}, mode: latest }
  - { from: buses, to: ${PARTNER}, mode: every, reorder: ${reorderS}s }
  - { from: trams, to: ${PARTNER}, mode: every, reorder: ${reorderS}s }
  - { from: ferries, to: ${PARTNER}, mode: every, reorder: ${reorderS}s }
intake: { dedupe: { maxKeys: 100000 } }
store: { directory: ./store }
http: { admin: { host: 127.0.0.1, port: 0 } }
`;
}

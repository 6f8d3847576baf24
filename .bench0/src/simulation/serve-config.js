import { SPEECH_PATHS } from "./gateway-speeches.js";
/** An upstream and the budget that suits it, of the gateway at `url`. */
const UPSTREAMS = {
    queue: (url) => `  buses: # the old queue: numbered, kept for 15 minutes
    agency: simulated-city
    upstreams:
      - source:
          type: http-poll
          url: ${url}?limit=500
          every: 10s
          history: 15m
          cursor: { parameter: after, start: "0", from: "json:messages[].seq", sequence: "json:messages[].seq", more: "json:more" }
        decoder:
          type: mapping
          records: messages[]
          headerTime: time
          fields:
            vehicleId: veh
            eventTime: ts
            latitude: { path: lat, scale: 1e-6 }
            longitude: { path: lon, scale: 1e-6 }
            headingDeg: { path: hdg, absent: [511] }
            speedMps: { path: spd, unit: mph }
            gtfsRouteId: rte
            directionId: dir
            tripId: trp
            blockId: blk
        budget: { requests: 30/min, bytes: 64KiB/s }`,
    "gtfs-realtime": (url) => `  vehicles: # the present, as GTFS-realtime
    agency: simulated-city
    upstreams:
      - source: { type: http-poll, url: "${url}", every: 15s, history: none }
        decoder: gtfs-realtime
        budget: { requests: 20/min, bytes: 64KiB/s }`,
    bustime: (url) => `  vehicles: # the present, as BusTime v3: ten routes a call
    agency: simulated-city
    upstreams:
      - source:
          type: http-poll
          url: "${url}?rt={items}"
          every: 30s
          history: none
          plan:
            discover: { url: "${url.replace("getvehicles", "getroutes")}", path: "bustime-response.routes[].rt", expected: 10 }
        decoder: bustime
        budget: { requests: 30/min, bytes: 64KiB/s }`,
    "siri-vm": (url) => `  vehicles: # the present, as SIRI
    agency: simulated-city
    upstreams:
      - source: { type: http-poll, url: "${url}", every: 15s, history: none }
        decoder: siri-vm
        budget: { requests: 20/min, bytes: 64KiB/s }`,
};
/**
 * The configuration of a hub that reads a served agency: in one format, or the buses out of the queue and the trams as
 * SIRI.
 */
export function servedHubConfig(url, speech) {
    const feed = (one, query = "") => UPSTREAMS[one](`${url}${SPEECH_PATHS[one]}${query}`);
    const feeds = speech === undefined
        ? [feed("queue"), feed("siri-vm", "?fleet=tram").replace("vehicles:", "trams:")]
        : [feed(speech)];
    const names = feeds.map((text) => /^ {2}(\w+):/.exec(text)?.[1]);
    const format = speech === undefined ? "" : ` --format ${speech}`;
    return `# Reads the agency of: wayside simulate --serve --port ${new URL(url).port}${format}
agencies:
  simulated-city: { timezone: America/Chicago }
feeds:
${feeds.join("\n")}
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
routes:
${names.map((name) => `  - { from: ${name}, to: rider-feed, mode: latest }`).join("\n")}
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 256MiB } }
http: { public: { host: 127.0.0.1, port: 8080 }, admin: { host: 127.0.0.1, port: 8081 } }`;
}

// What an agency of 400 buses takes: the built command line as a process of its own, in front of a BusTime server on a real
// port, with a schedule of a million stop times; memory of the process as the kernel counts it, how long it takes to be
// ready and to stop. Usage: npm run build && node scripts/bench.mjs agency [--minutes 5] [--services 3] [--json]
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { localParts } from "../src/formats/local-time.js";
import { nodeClock } from "../src/runtime/node-clock.js";
import { serveWire } from "../src/runtime/node-server.js";
import { BusTimePeer } from "../test/bustime-peer.js";
const ROUTES = 60;
const BUSES = 400;
const TRIPS_PER_BUS = 20;
const STOPS_PER_TRIP = 45;
const FIRST_HOUR = 5;
const ZONE = "America/Chicago";
const KEY = "bench-key";
const REPORT_EVERY_MS = 20_000;
const at = process.argv.indexOf("--minutes");
const minutes = at < 0 ? 5 : Number(process.argv[at + 1]);
const servicesAt = process.argv.indexOf("--services");
/** Each has 8,000 trips of 45 stop times: three are the timetable of an agency of this size, 24 a feed of 349 MB. */
const services = servicesAt < 0 ? 3 : Number(process.argv[servicesAt + 1]);
const SERVICES = Array.from({ length: services }, (_, at) => ["weekday", "saturday", "sunday"][at] ?? `pick-${at}`);
const routes = Array.from({ length: ROUTES }, (_, route) => String(route + 1));
/** The trip that is under way, so that ids resolve; in the small hours the nearest. */
const { hour } = localParts(nodeClock.now(), ZONE);
const presentTrip = Math.min(Math.max(hour - FIRST_HOUR, 0), TRIPS_PER_BUS - 1);
const busOf = (bus) => {
    const vid = String(1000 + bus);
    const fields = {
        tatripid: `weekday-${bus}-${presentTrip}`,
        tablockid: `block-${bus}`,
        spd: 20,
        stopstatus: bus % 4,
    };
    return { vid, rt: routes[bus % ROUTES] ?? "1", fromHour: 0, untilHour: 24, fields };
};
function writeSchedule(folder) {
    mkdirSync(folder);
    const write = (name, lines) => writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
    write("agency.txt", [
        "agency_id,agency_name,agency_url,agency_timezone",
        "M,Metro,http://m.test,America/Chicago",
    ]);
    write("calendar.txt", [
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
        // What is beyond the timetable of these days lies ahead, as the variants of a year do in the feed of one agency.
        ...SERVICES.map((service, at) => `${service},1,1,1,1,1,1,1,${at < 3 ? "20200101" : "20380101"},20391231`),
    ]);
    write("routes.txt", [
        "route_id,agency_id,route_short_name,route_type",
        ...routes.map((id) => `${id},M,${id},3`),
    ]);
    const stops = Array.from({ length: 4000 }, (_, stop) => `s${stop},Stop ${stop},${41.6 + stop / 1e4},-87.6`);
    write("stops.txt", ["stop_id,stop_name,stop_lat,stop_lon", ...stops]);
    const trips = ["route_id,service_id,trip_id,direction_id,block_id"];
    write("stop_times.txt", ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]);
    const two = (value) => String(value).padStart(2, "0");
    for (const service of SERVICES) {
        const times = [];
        for (let bus = 0; bus < BUSES; bus++) {
            for (let trip = 0; trip < TRIPS_PER_BUS; trip++) {
                const id = `${service}-${bus}-${trip}`;
                trips.push(`${routes[bus % ROUTES]},${service},${id},${trip % 2},block-${bus}`);
                for (let stop = 0; stop < STOPS_PER_TRIP; stop++) {
                    const minute = (FIRST_HOUR + trip) * 60 + stop;
                    const time = `${two(Math.floor(minute / 60))}:${two(minute % 60)}:00`;
                    times.push(`${id},${time},${time},s${(bus * 7 + stop) % 4000},${stop + 1}`);
                }
            }
        }
        appendFileSync(join(folder, "stop_times.txt"), `${times.join("\n")}\n`);
    }
    write("trips.txt", trips);
}
const configOf = (peer) => `
agencies: { metro: { timezone: America/Chicago, gtfs: ./gtfs } }
quotas: { key: { limit: 100000/day } }
feeds:
  buses:
    agency: metro
    upstreams:
      - source:
          type: http-poll
          url: "${peer}/bustime/api/v3/getvehicles?key=${KEY}&format=json&rt={items}"
          every: 20s
          history: none
          plan:
            discover: { url: "${peer}/bustime/api/v3/getroutes?key=${KEY}&format=json", path: "bustime-response.routes[].rt", expected: ${ROUTES} }
        decoder: { type: bustime, tripField: tatripid }
        budget: { quota: key }
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt, directory: ./feeds }
  archive: { type: ndjson-file, path: ./records.ndjson }
routes:
  - { from: buses, to: rider-feed, mode: latest }
  - { from: buses, to: archive, mode: every }
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 64MiB } }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0 } }
`;
async function start(folder) {
    const from = performance.now();
    const words = [join("dist", "cli", "main.js"), "run", join(folder, "wayside.yaml"), "--json"];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const started = await new Promise((resolve) => {
        let text = "";
        child.stdout.on("data", (chunk) => {
            text += chunk.toString();
            const line = text.split("\n").find((one) => one.includes('"event":"started"') && one.endsWith("}"));
            if (line !== undefined)
                resolve(line);
        });
    });
    const listeningS = (performance.now() - from) / 1000;
    const { status } = JSON.parse(started);
    const url = new URL(status).origin;
    while ((await fetch(`${url}/readyz`)).status !== 200)
        await pause(20);
    return { child, url, listeningS, readyS: (performance.now() - from) / 1000, ended };
}
async function stop({ child, ended, }) {
    const from = performance.now();
    child.kill("SIGTERM");
    const code = await ended;
    return { seconds: (performance.now() - from) / 1000, code };
}
/** Seconds until the schedule is in use: a large one is read while the hub runs. */
async function scheduleReadS({ url }, from) {
    for (;;) {
        const { schedules } = (await (await fetch(`${url}/status.json`)).json());
        if (schedules[0]?.state === "current")
            return (performance.now() - from) / 1000;
        await pause(100);
    }
}
/** Megabytes that the process holds now, and the most it ever held. */
function memoryOf(child) {
    const text = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1]) / 1000;
    return { now: of("VmRSS"), most: of("VmHWM") };
}
const folder = mkdtempSync(join(tmpdir(), "wayside-agency-"));
const buses = Array.from({ length: BUSES }, (_, bus) => busOf(bus));
const peer = new BusTimePeer({
    ...{ clock: nodeClock, timezone: ZONE, key: KEY, limit: 1_000_000 },
    ...{ routes, buses, reportEveryMs: REPORT_EVERY_MS },
});
const server = await serveWire({
    clock: nodeClock,
    accepts: () => true,
    handle: (request) => peer.handle(request),
});
let running;
try {
    writeSchedule(join(folder, "gtfs"));
    writeFileSync(join(folder, "wayside.yaml"), configOf(server.url));
    const scheduleMegabytes = statSync(join(folder, "gtfs", "stop_times.txt")).size / 1e6;
    const from = performance.now();
    const first = await start(folder);
    running = first;
    const readS = await scheduleReadS(first, from);
    const mostRead = memoryOf(first.child).most;
    const seen = [];
    for (let second = 0; second < minutes * 60; second += 5) {
        await pause(5000);
        seen.push(memoryOf(first.child).now);
    }
    const { most } = memoryOf(first.child);
    const feed = (await (await fetch(`${first.url}/gtfs-rt/vehicle-positions.json`)).json());
    const stopped = await stop(first);
    const again = await start(folder);
    running = again;
    const stoppedAgain = await stop(again);
    const result = {
        minutes,
        vehicles: feed.entity.length,
        withTrip: feed.entity.filter(({ vehicle }) => vehicle.trip !== undefined).length,
        schedule: { stopTimesMegabytes: scheduleMegabytes, readS, mostMegabytes: mostRead },
        megabytes: { median: seen.toSorted((a, b) => a - b)[seen.length >> 1], most },
        firstStart: {
            listeningS: first.listeningS,
            readyS: first.readyS,
            stopS: stopped.seconds,
            code: stopped.code,
        },
        restart: {
            listeningS: again.listeningS,
            readyS: again.readyS,
            stopS: stoppedAgain.seconds,
            code: stoppedAgain.code,
        },
    };
    process.stdout.write(`${JSON.stringify(result, undefined, process.argv.includes("--json") ? 0 : 2)}\n`);
}
finally {
    running?.child.kill("SIGKILL");
    await server.close();
    rmSync(folder, { recursive: true, force: true });
}

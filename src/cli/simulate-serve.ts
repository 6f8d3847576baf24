import { SECOND_MS } from "../model/units.js";
import { type ServedAgency, serveAgency } from "../simulation/serve.js";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { UsageError } from "./usage-error.js";

export interface SimulateServeOptions {
	readonly port: string;
	readonly vehicles: string;
	readonly seed?: string;
	readonly calm?: boolean;
	readonly printConfig?: boolean;
	readonly json?: boolean;
}

const PROGRESS_EVERY_MS = SECOND_MS;
const PATHS = {
	queue: "/avl/messages",
	gtfsRealtime: "/gtfs-rt/vehicle-positions.pb",
	busTime: "/bustime/api/v3/getvehicles",
	siriVm: "/siri/vm.xml",
	gtfs: "/gtfs.zip",
} as const;

/** Runs the simulated agency by itself until Ctrl-C, or prints the configuration of a hub that reads it. */
export async function simulateServe(options: SimulateServeOptions, context: CliContext): Promise<ExitCode> {
	const { terminal, runtime } = context;
	const port = whole("--port", options.port, 0, 65_535);
	const vehicles = whole("--vehicles", options.vehicles, 2, 5_000);
	const seed = whole("--seed", options.seed ?? "7", 0, 999_999_999);
	if (options.printConfig) {
		terminal.out(configOf(`http://127.0.0.1:${port}`));
		return EXIT.ok;
	}
	const agency = await serveAgency({
		clock: runtime.clock,
		port,
		seed,
		vehicles,
		...(options.calm ? { faults: "none" as const } : {}),
	});
	const urls = Object.fromEntries(Object.entries(PATHS).map(([name, path]) => [name, agency.url + path]));
	if (options.json) {
		terminal.out(JSON.stringify({ url: agency.url, seed, vehicles: agency.city.vehicles.length, urls }));
	} else {
		terminal.out(
			`A simulated agency with ${agency.city.vehicles.length} vehicles (seed ${seed}): ${agency.url}`,
		);
		for (const [name, url] of Object.entries(urls)) terminal.out(`  ${name.padEnd(13)} ${url}`);
		terminal.out(`A hub for it: wayside simulate --print-config --port ${agency.port} > wayside.yaml`);
		terminal.out("Ctrl-C ends it.");
	}
	await untilStopped(agency, context, options.json === true);
	await agency.close();
	return EXIT.ok;
}

/** Says meanwhile what was asked for, and what is wrong at present. */
function untilStopped(
	{ gateway }: ServedAgency,
	{ terminal, runtime }: CliContext,
	isQuiet: boolean,
): Promise<void> {
	const { clock } = runtime;
	const progress = terminal.progress(clock);
	return new Promise((resolve) => {
		let cancel = () => {};
		const tick = () => {
			const { requests, faults } = gateway.counts();
			const failed = Object.values(faults).reduce((sum, count) => sum + count, 0);
			const now = gateway.episode()?.fault ?? "none";
			if (!isQuiet)
				progress.show(`${requests} requests, ${failed} failed on purpose; fault at present: ${now}`);
			cancel = clock.after(PROGRESS_EVERY_MS, tick);
		};
		tick();
		const forget = terminal.onStop(() => {
			forget();
			cancel();
			progress.end();
			resolve();
		});
	});
}

function configOf(url: string): string {
	return `# Reads the agency of: wayside simulate --serve --port ${new URL(url).port}
agencies:
  simulated-city: { timezone: America/Chicago }
feeds:
  buses: # the old queue: numbered, kept for 15 minutes
    agency: simulated-city
    upstreams:
      - source:
          type: http-poll
          url: ${url}${PATHS.queue}?limit=500
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
        budget: { requests: 30/min, bytes: 64KiB/s }
  trams: # the present, as SIRI
    agency: simulated-city
    upstreams:
      - source: { type: http-poll, url: "${url}${PATHS.siriVm}?fleet=tram", every: 15s, history: none }
        decoder: siri-vm
        budget: { requests: 20/min, bytes: 64KiB/s }
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
routes:
  - { from: buses, to: rider-feed, mode: latest }
  - { from: trams, to: rider-feed, mode: latest }
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 256MiB } }
http: { public: { host: 127.0.0.1, port: 8080 }, admin: { host: 127.0.0.1, port: 8081 } }`;
}

function whole(name: string, text: string, least: number, most: number): number {
	const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
	if (value >= least && value <= most) return value;
	throw new UsageError(`${name} ${text}: a whole number from ${least} to ${most} is expected`);
}

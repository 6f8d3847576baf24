import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { ROOT } from "./tidy/repository.js";

const MAIN = join(ROOT, "dist/cli/main.js");

/** One feed that is pushed, riders, and an archive of every record. */
export const PUSHED_CONFIG = `
agencies: { metro: { timezone: America/Chicago } }
feeds:
  metro-avl:
    agency: metro
    upstreams: [{ source: { type: http-push, path: /in }, decoder: gtfs-realtime }]
sinks:
  rider-feed: { type: gtfs-realtime, path: /gtfs-rt }
  archive: { type: ndjson-file, path: ./archive.ndjson }
routes:
  - { from: metro-avl, to: rider-feed, mode: latest }
  - { from: metro-avl, to: archive, mode: every }
store: { directory: ./store, disk: { usedMax: 99%, usedResume: 99%, freeMin: 64MiB } }
http: { public: { host: 127.0.0.1, port: 0 }, admin: { host: 127.0.0.1, port: 0 } }
`;

export interface LedgerOutput {
	readonly code: number | string;
	readonly balanced: boolean;
	readonly audited: boolean;
	readonly findings: readonly unknown[];
	posted(step: string): Readonly<Record<string, number>>;
}

/**
 * The built command line as processes of their own, in a folder with `wayside.yaml` (`PUSHED_CONFIG`). For each test of
 * the file a new folder; processes that still run at its end are killed.
 */
export function hubProcesses() {
	let folder = "";
	const children: ChildProcess[] = [];

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "wayside-run-"));
		writeFileSync(join(folder, "wayside.yaml"), PUSHED_CONFIG);
	});

	afterEach(() => {
		for (const child of children.splice(0)) child.kill("SIGKILL");
		rmSync(folder, { recursive: true, force: true });
	});

	/** Starts the built command line as a process of its own. */
	function wayside(...words: string[]) {
		const child = spawn(process.execPath, [MAIN, ...words], {
			cwd: folder,
			stdio: ["ignore", "pipe", "pipe"],
		});
		children.push(child);
		const seen = { out: "", err: "" };
		child.stdout.on("data", (chunk: Buffer) => {
			seen.out += chunk.toString();
		});
		child.stderr.on("data", (chunk: Buffer) => {
			seen.err += chunk.toString();
		});
		const ended = new Promise<number | string>((resolve) => {
			child.on("close", (code, signal) => resolve(code ?? signal ?? "?"));
		});
		return { child, seen, ended };
	}

	/** A running hub and its addresses. */
	async function hub(...words: string[]) {
		const running = wayside("run", ...words);
		const addresses = await vi.waitFor(
			() => {
				const found = (name: string) => new RegExp(`${name} +(http://\\S+)`).exec(running.seen.out)?.[1];
				const status = found("status");
				const admin = found("admin");
				if (!status || !admin) throw new Error(`no addresses yet: ${running.seen.out} ${running.seen.err}`);
				return { url: new URL(status).origin, admin: new URL(admin).origin };
			},
			{ timeout: 40_000, interval: 20 },
		);
		return { ...running, ...addresses };
	}

	async function ledger(...words: string[]): Promise<LedgerOutput> {
		const { seen, ended } = wayside("ledger", "wayside.yaml", "--json", ...words);
		const code = await ended;
		const report = JSON.parse(seen.out) as {
			balanced: boolean;
			audited: boolean;
			sums: { step: string; posted: Record<string, number>; pending: number }[];
			findings: unknown[];
		};
		return {
			code,
			...report,
			posted: (step: string) => report.sums.find((sum) => sum.step === step)?.posted ?? {},
		};
	}

	return {
		path: (name: string) => join(folder, name),
		wayside,
		hub,
		ledger,
	};
}

function frame(n: number): string {
	const timestamp = Math.floor(Date.now() / 1000);
	const position = { latitude: 41.9, longitude: -87.6 };
	return JSON.stringify({
		header: { gtfsRealtimeVersion: "2.0", timestamp },
		entity: [{ id: "1", vehicle: { vehicle: { id: `bus-${n}` }, position, timestamp } }],
	});
}

/** Posts one report of vehicle `bus-N`; answers the status. */
export async function push(url: string, n: number): Promise<number> {
	const headers = { "content-type": "application/json" };
	return (await fetch(`${url}/in`, { method: "POST", headers, body: frame(n) })).status;
}

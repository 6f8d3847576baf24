import { adminAddress, adminLines, URL_DEFAULT } from "./admin-client.js";
import type { CliContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";

export interface TapOptions {
	readonly url?: string;
	readonly feed?: string;
	readonly kind?: string;
	readonly key?: string;
	readonly json?: boolean;
}

/** Shows a sample of the records that pass through a running hub. Records go to stdout, notices to stderr. */
export async function tap(
	file: string | undefined,
	options: TapOptions,
	context: CliContext,
): Promise<ExitCode> {
	const { terminal } = context;
	const config = file === undefined ? undefined : await readHubConfig(file, context);
	if (file !== undefined && !config) return EXIT.config;
	const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"];
	const known = config ? adminAddress(config.http) : { url: URL_DEFAULT, token: undefined };
	const address = { url: options.url ?? known.url, token: token ?? known.token };
	const query = new URLSearchParams();
	for (const name of ["feed", "kind", "key"] as const) {
		const value = options[name];
		if (value !== undefined) query.set(name, value);
	}
	const stop = new AbortController();
	const forget = terminal.onStop(() => stop.abort());
	try {
		terminal.err(`Tapping ${address.url}. At most 200 records a second are shown; Ctrl-C ends it.`);
		for await (const line of adminLines(address, `/v1/tap?${query}`, stop.signal)) {
			if (line === "") continue;
			if (line.startsWith('{"skipped"'))
				terminal.err(`${(JSON.parse(line) as { skipped: number }).skipped} more passed`);
			else terminal.out(options.json ? line : readable(line));
		}
		return EXIT.ok;
	} finally {
		forget();
	}
}

/** One record in a line that fits a terminal. */
function readable(line: string): string {
	const { id, flags, body } = JSON.parse(line) as {
		id: string;
		flags: readonly string[];
		body: Readonly<Record<string, unknown>>;
	};
	const facts = [
		"latitude",
		"longitude",
		"speedMps",
		"headingDeg",
		"scheduleDeviationS",
		"tripId",
		"gtfsRouteId",
	]
		.filter((name) => body[name] !== undefined)
		.map((name) => `${name}=${String(body[name])}`);
	return [id, ...facts, ...flags.map((flag) => `[${flag}]`)].join(" ");
}

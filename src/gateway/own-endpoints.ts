import { RESERVED_PATHS } from "../config/topology.js";
import { type Endpoint, type EndpointResponse, problem } from "../runtime/endpoint.js";
import type { HubView } from "./hub-view.js";
import { incidentFeed } from "./incident-feed.js";
import type { Metrics } from "./metrics.js";
import { statusPage } from "./status-page.js";

const NOT_CACHED = { "cache-control": "no-store" };
const RETRY_AFTER_S = "5";

/** What the hub says of itself on the public listener; `RESERVED_PATHS` of the configuration names the same paths. */
export function ownEndpoints(hub: HubView, metrics: Metrics, basePath = ""): readonly Endpoint[] {
	const get = (path: string, summary: string, handle: Endpoint["handle"]): Endpoint => {
		if (!RESERVED_PATHS.includes(path)) throw new Error(`${path} is missing in RESERVED_PATHS`);
		return { method: "GET", path, scope: "public", summary, handle };
	};
	const own: readonly Endpoint[] = [
		// Without a base path the location is relative, because a web server in front may have cut one off.
		get("/", "Leads to the status page.", async () => ({
			status: 307,
			headers: { location: basePath === "" ? "status" : `${basePath}/status` },
		})),
		get("/status", "The state of every feed and sink, for people.", async () => ({
			status: 200,
			headers: {
				...NOT_CACHED,
				"content-type": "text/html; charset=utf-8",
				"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
			},
			body: statusPage(await hub.status(), [...hub.endpoints, ...own]),
		})),
		get("/status.json", "The same for programs.", async () =>
			json(JSON.stringify(await hub.status(), undefined, "\t")),
		),
		get("/status.atom", "Incidents as an Atom feed.", async () => ({
			status: 200,
			headers: { ...NOT_CACHED, "content-type": "application/atom+xml; charset=utf-8" },
			body: incidentFeed(await hub.status()),
		})),
		get("/healthz", "200 while the process answers.", async () => json('{"status":"ok"}')),
		get("/readyz", "200 once there is data and the store takes more; 503 before.", async () => {
			const { ready, sentence } = await hub.status();
			if (ready) return json(JSON.stringify({ status: "ready", detail: sentence }));
			return problem(503, "Not ready", sentence, { headers: { "retry-after": RETRY_AFTER_S } });
		}),
		get("/metrics", "Prometheus metrics, and OpenMetrics for whoever accepts it.", async ({ headers }) => {
			const { contentType, text } = await metrics.scrape(await hub.status(), headers["accept"]);
			return {
				status: 200,
				headers: { ...NOT_CACHED, "content-type": contentType, vary: "accept" },
				body: text,
			};
		}),
	];
	return own;
}

function json(body: string): EndpointResponse {
	return { status: 200, headers: { ...NOT_CACHED, "content-type": "application/json; charset=utf-8" }, body };
}

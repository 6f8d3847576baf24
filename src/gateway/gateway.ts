import type { HttpConfig } from "../config/config.js";
import type { CandidateReport } from "../model/candidate-report.js";
import type { AlertControl } from "../operations/alert-control.js";
import type { HealControl } from "../operations/heal-report.js";
import type { IncidentControl } from "../operations/incident-story.js";
import type { ReloadDesk } from "../operations/reload-report.js";
import type { ReplayDesk } from "../operations/replay-report.js";
import type { WhyReport } from "../operations/why.js";
import type { Endpoint } from "../runtime/endpoint.js";
import type { Files } from "../runtime/files.js";
import type { Cancel, Clock } from "../runtime/runtime.js";
import { adminGuard } from "./admission.js";
import { alertEndpoints } from "./alert-endpoints.js";
import { breakerEndpoints } from "./breaker-endpoints.js";
import { type DeadLetterReader, deadLetterEndpoints } from "./dead-letter-endpoints.js";
import { eventsEndpoint, type ReadEvents } from "./events-endpoint.js";
import { healEndpoints } from "./heal-endpoints.js";
import type { HubView } from "./hub-view.js";
import { incidentEndpoints } from "./incident-endpoints.js";
import { ledgerEndpoint, type ReadLedger } from "./ledger-endpoint.js";
import { type Listener, openListener } from "./listener.js";
import { createMetrics } from "./metrics.js";
import { ownEndpoints } from "./own-endpoints.js";
import { reloadEndpoint } from "./reload-endpoint.js";
import { renewCertificate } from "./renew-certificate.js";
import { replayEndpoints } from "./replay-endpoints.js";
import { runbookEndpoint } from "./runbook-endpoint.js";
import { shadowEndpoint } from "./shadow-endpoint.js";
import { sloEndpoint } from "./slo-endpoint.js";
import { statusEndpoint } from "./status-endpoint.js";
import { tapEndpoint } from "./tap-endpoint.js";
import { whyEndpoint } from "./why-endpoint.js";

export interface GatewayOptions {
	readonly hub: HubView;
	readonly http: HttpConfig;
	readonly clock: Clock;
	/** To look for renewed certificates, and for runbooks. Absent: the first ones are served until the end, and no runbook. */
	readonly files?: Pick<Files, "read">;
	/** For `GET /v1/ledger` on the admin listener. Absent: it is not served. */
	readonly readLedger?: ReadLedger;
	/** For `GET /v1/events` on the admin listener. Absent: it is not served. */
	readonly readEvents?: ReadEvents;
	/** For `GET /v1/dead-letters` on the admin listener. Absent: it is not served. */
	readonly deadLetters?: DeadLetterReader;
	/** For `GET /v1/why/ID` on the admin listener. Absent: it is not served. */
	readonly why?: (asked: string) => Promise<WhyReport>;
	/** For `POST /v1/reload` on the admin listener. Absent: it is not served. */
	readonly reloads?: ReloadDesk;
	/** For `/v1/alerts` on the admin listener. Absent: it is not served. */
	readonly alerts?: AlertControl;
	/** For `/v1/incidents` on the admin listener. Absent: it is not served. */
	readonly incidents?: IncidentControl;
	/** For `/v1/replays` on the admin listener. Absent: it is not served. */
	readonly replays?: ReplayDesk;
	/** For `GET /v1/shadow` on the admin listener. Absent: it is not served. */
	readonly shadows?: () => readonly CandidateReport[];
	/** For `/v1/heals` on the admin listener. Absent: it is not served. */
	readonly heals?: HealControl;
	/** Report memory, CPU and event-loop delay too. Default false; true for the one hub of a process. */
	readonly processMetrics?: boolean;
	/** Told of every request that failed through a fault of ours. */
	readonly onFault?: (place: string, thrown: unknown) => void;
}

export interface Gateway {
	/** How others reach it: the configured URL, else the address of the listener. Without a slash at the end. */
	readonly publicUrl: string;
	/** Of the listener itself. */
	readonly publicPort: number;
	readonly adminUrl: string;
	/** What is mounted, both listeners. */
	readonly endpoints: readonly Endpoint[];
	/** Stops taking requests, ends streams, finishes the rest within five seconds. */
	close(): Promise<void>;
}

/**
 * Serves a hub over HTTP on two listeners. Rejects with a `Failure` `config.invalid` that names the listener when an
 * address cannot be had; nothing stays open then.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
	const { hub, http, clock } = options;
	const metrics = createMetrics({ process: options.processMetrics ?? false });
	hub.onFrame?.((frame) => metrics.framed(frame));
	const own = [
		...ownEndpoints(hub, metrics, http.basePath),
		statusEndpoint(hub),
		sloEndpoint(hub),
		tapEndpoint((listener) => hub.tap(listener), clock),
		...breakerEndpoints(hub),
		...(options.files ? [runbookEndpoint(options.files)] : []),
		...(options.readLedger ? [ledgerEndpoint(options.readLedger)] : []),
		...(options.readEvents ? [eventsEndpoint(options.readEvents)] : []),
		...(options.deadLetters ? deadLetterEndpoints(options.deadLetters) : []),
		...(options.why ? [whyEndpoint(options.why)] : []),
		...(options.shadows ? [shadowEndpoint(options.shadows)] : []),
		...(options.replays ? replayEndpoints(options.replays) : []),
		...(options.alerts ? alertEndpoints(options.alerts) : []),
		...(options.incidents ? incidentEndpoints(options.incidents, clock) : []),
		...(options.heals ? healEndpoints(options.heals) : []),
		...(options.reloads ? [reloadEndpoint(options.reloads)] : []),
	];
	const all = () => [...own, ...hub.endpoints];
	const mountedOn = (name: "public" | "admin") =>
		all().filter((endpoint) => (endpoint.scope === "admin") === (name === "admin"));
	const shared = {
		clock,
		onFault: (place: string, thrown: unknown) => {
			metrics.fault();
			options.onFault?.(place, thrown);
		},
	};
	const open: Listener[] = [];
	const renewals: Cancel[] = [];
	const close = async () => {
		for (const cancel of renewals) cancel();
		await Promise.all(open.map((listener) => listener.close()));
	};
	try {
		for (const name of ["public", "admin"] as const) {
			const guard = name === "admin" ? adminGuard(http.admin) : undefined;
			open.push(
				await openListener({
					...shared,
					name,
					listen: http[name],
					endpoints: mountedOn(name),
					guard,
					...(name === "public" && { basePath: http.basePath, trustProxy: http.trustProxy }),
					onAnswer: (method, _pattern, status, ms, traceparent) =>
						metrics.answered(name, method, status, ms, traceparent),
				}),
			);
			const { tls } = http[name];
			const listener = open.at(-1);
			if (tls && options.files && listener) {
				const onFault = (thrown: unknown) => shared.onFault(`certificate of the ${name} listener`, thrown);
				renewals.push(renewCertificate({ tls, listener, clock, files: options.files, onFault }));
			}
		}
	} catch (thrown) {
		await close();
		throw thrown;
	}
	const [publicListener, adminListener] = open as [Listener, Listener];
	hub.whenEndpointsChange?.(async () => {
		await publicListener.remount(mountedOn("public"));
		await adminListener.remount(mountedOn("admin"));
	});
	return {
		publicUrl: http.publicUrl ?? publicListener.url,
		publicPort: publicListener.port,
		adminUrl: adminListener.url,
		get endpoints() {
			return all();
		},
		close,
	};
}

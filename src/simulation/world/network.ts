import type { Http } from "../../runtime/http.js";
import { createWireHttp } from "../gateway-http.js";
import type { HostileHost } from "./hostile-host.js";
import { Partner } from "./partner.js";
import type { UpstreamHost } from "./plan.js";
import { createUpstreamHosts, type UpstreamHostsOptions } from "./upstream-hosts.js";
import type { Witness } from "./witness.js";
import { BOARD, PARTNER } from "./world-config.js";

export interface NetworkOptions extends Omit<UpstreamHostsOptions, "queueAsked"> {
	readonly witness: Witness;
}

/** Everybody whom the hub can call. */
export interface Network {
	readonly hosts: Readonly<Record<UpstreamHost, HostileHost>>;
	readonly partner: Partner;
	readonly board: Partner;
	readonly http: Http;
}

export function createNetwork({ witness, ...options }: NetworkOptions): Network {
	const { plan, clock, trace, sinceStart, dice } = options;
	const hosts = createUpstreamHosts({
		...options,
		queueAsked: (after = "0") => {
			if (after === witness.position) return;
			const what = `The queue was asked for what follows ${after}, and ${witness.position} is durable`;
			trace.violate("resume", what);
		},
	});
	const shared = { trace, sinceStart, memory: witness };
	const { partner: troubles, board: boardTroubles = [], badRecordIn } = plan;
	const partner = new Partner({ ...shared, name: PARTNER, dice: dice(2), troubles, badRecordIn });
	const board = new Partner({
		...shared,
		name: BOARD,
		dice: dice(5),
		troubles: boardTroubles,
		badRecordIn: 0,
	});
	const http = createWireHttp({ ...hosts, "partner.test": partner, "board.test": board }, clock);
	return { hosts, partner, board, http };
}

import { serveWire, type WireAnswer, type WireRequest } from "../runtime/node-server.js";
import { type Agency, type AgencyOptions, createAgency } from "./agency.js";

export interface ServeAgencyOptions extends AgencyOptions {
	/** Default 127.0.0.1. */
	readonly host?: string;
	/** Default 0: any free port. */
	readonly port?: number;
	/** Hears every request and what it is about to be answered: for who counts on this side of the wire. */
	readonly onAnswer?: (request: WireRequest, answer: WireAnswer) => void;
}

export interface ServedAgency extends Agency {
	/** `http://host:port` of the gateway: what the demo configuration knows as WAYSIDE_DEMO_GATEWAY. */
	readonly url: string;
	readonly port: number;
	close(): Promise<void>;
}

/** Runs the simulated agency behind a real port, where it fails in the ways in which real gateways fail. */
export async function serveAgency(options: ServeAgencyOptions): Promise<ServedAgency> {
	const agency = createAgency(options);
	const { gateway } = agency;
	const server = await serveWire({
		clock: options.clock,
		...(options.host === undefined ? {} : { host: options.host }),
		...(options.port === undefined ? {} : { port: options.port }),
		accepts: () => gateway.accepts(),
		handle: (request) => {
			const answer = gateway.handle(request);
			options.onAnswer?.(request, answer);
			return answer;
		},
	});
	return { ...agency, url: server.url, port: server.port, close: () => server.close() };
}

import { serveWire } from "../runtime/node-server.js";
import { createAgency } from "./agency.js";
/** Runs the simulated agency behind a real port, where it fails in the ways in which real gateways fail. */
export async function serveAgency(options) {
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

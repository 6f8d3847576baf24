import type { OperableBreaker } from "../operations/breakers.js";
import type { FrameTimes, HubStatus } from "../operations/status.js";
import type { Tap } from "../operations/tap.js";
import type { Endpoint } from "../runtime/endpoint.js";

/** The part of a hub that the gateway needs. A hub is one; a test may write one by hand. */
export interface HubView {
	readonly endpoints: readonly Endpoint[];
	/** Says whom to call when the endpoints are others. Absent: they never are. */
	whenEndpointsChange?(remount: () => Promise<void>): void;
	/** Told of each frame once what it gave is durable. Absent: nobody is. */
	onFrame?(listener: (frame: FrameTimes) => void): void;
	tap(...parameters: Parameters<Tap>): ReturnType<Tap>;
	/** Whoever is called, by name: `feed:<name>/<upstream>` and `sink:<name>`. */
	upstreams(): ReadonlyMap<string, OperableBreaker>;
	status(): HubStatus | Promise<HubStatus>;
}

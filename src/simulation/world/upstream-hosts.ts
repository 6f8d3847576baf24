import { readFeedMessage } from "../../formats/gtfs-realtime-read.js";
import { StringMemo } from "../../formats/protobuf-reader.js";
import { type DurationMs, SECOND_MS } from "../../model/units.js";
import type { Clock } from "../../runtime/runtime.js";
import type { City } from "../city.js";
import { createGateway } from "../gateway.js";
import { HostileHost } from "./hostile-host.js";
import { type Dice, type Plan, UPSTREAM_HOSTS, type UpstreamHost } from "./plan.js";
import type { Trace } from "./trace.js";
import { TIMEZONE } from "./world-config.js";

export interface UpstreamHostsOptions {
	readonly plan: Plan;
	readonly city: City;
	readonly clock: Clock;
	readonly trace: Trace;
	readonly sinceStart: () => DurationMs;
	readonly dice: (salt: number) => Dice;
	/** A list of the present was cut short where no reader can see it. */
	readonly cutShort: () => void;
	/** Where the queue of the buses is asked for more: `0` is its begin. */
	readonly queueAsked: (after: string | undefined) => void;
}

const QUEUE_HOST: UpstreamHost = "avl.test";
const REPLICA_LAG_MS: DurationMs = 70 * SECOND_MS;

/** The servers of the agency: one gateway and its replica, by as many names as the hub asks for. */
export function createUpstreamHosts(
	options: UpstreamHostsOptions,
): Readonly<Record<UpstreamHost, HostileHost>> {
	const { plan, city, clock, trace, sinceStart, dice } = options;
	const { seed, silence, upstreams } = plan;
	const gatewayOn = (gatewayClock: Clock) =>
		createGateway({
			city,
			clock: gatewayClock,
			seed,
			faults: "none",
			silence,
			changes: plan.formatChanges,
			timezone: TIMEZONE,
			requestsPerMinuteMax: 1000,
		});
	const gateway = gatewayOn(clock);
	const replica = gatewayOn({
		...clock,
		now: () => clock.now() - REPLICA_LAG_MS,
		monotonic: () => clock.monotonic(),
	});
	const memo = new StringMemo();
	const hostOf = (name: UpstreamHost, at: number) =>
		new HostileHost({
			trace,
			sinceStart,
			name,
			dice: dice(10 + at),
			asked: ({ query }) => {
				if (name === QUEUE_HOST) options.queueAsked(query["after"]);
			},
			cut: (body) => {
				if (name !== QUEUE_HOST && readFeedMessage(body, memo).failure === undefined) options.cutShort();
			},
			troubles: upstreams[name],
			handle: (request) => gateway.handle(request),
			replica: (request) => replica.handle(request),
		});
	return Object.fromEntries(UPSTREAM_HOSTS.map((name, at) => [name, hostOf(name, at)])) as unknown as Record<
		UpstreamHost,
		HostileHost
	>;
}

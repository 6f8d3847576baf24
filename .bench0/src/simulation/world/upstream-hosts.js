import { readFeedMessage } from "../../formats/gtfs-realtime-read.js";
import { StringMemo } from "../../formats/protobuf-reader.js";
import { SECOND_MS } from "../../model/units.js";
import { createGateway } from "../gateway.js";
import { HostileHost } from "./hostile-host.js";
import { UPSTREAM_HOSTS } from "./plan.js";
import { TIMEZONE } from "./world-config.js";
const QUEUE_HOST = "avl.test";
const REPLICA_LAG_MS = 70 * SECOND_MS;
/** The servers of the agency: one gateway and its replica, by as many names as the hub asks for. */
export function createUpstreamHosts(options) {
    const { plan, city, clock, trace, sinceStart, dice } = options;
    const { seed, silence, upstreams } = plan;
    const gatewayOn = (gatewayClock) => createGateway({
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
    const hostOf = (name, at) => new HostileHost({
        trace,
        sinceStart,
        name,
        dice: dice(10 + at),
        asked: ({ query }) => {
            if (name === QUEUE_HOST)
                options.queueAsked(query["after"]);
        },
        cut: (body) => {
            if (name !== QUEUE_HOST && readFeedMessage(body, memo).failure === undefined)
                options.cutShort();
        },
        troubles: upstreams[name],
        handle: (request) => gateway.handle(request),
        replica: (request) => replica.handle(request),
    });
    return Object.fromEntries(UPSTREAM_HOSTS.map((name, at) => [name, hostOf(name, at)]));
}

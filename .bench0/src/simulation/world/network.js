import { createWireHttp } from "../gateway-http.js";
import { Partner } from "./partner.js";
import { createUpstreamHosts } from "./upstream-hosts.js";
import { BOARD, PARTNER } from "./world-config.js";
export function createNetwork({ witness, ...options }) {
    const { plan, clock, trace, sinceStart, dice } = options;
    const hosts = createUpstreamHosts({
        ...options,
        queueAsked: (after = "0") => {
            if (after === witness.position)
                return;
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

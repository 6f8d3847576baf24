import { z } from "zod";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { riderOptions } from "./rider-options.js";
const ORIGIN = /^(\*|https?:\/\/[\w.-]+(:\d{1,5})?)$/;
/** Options of the sinks that push to clients which stay connected; only the default path differs. */
export function liveOptions(path) {
    return z.strictObject({
        path: z
            .string()
            .regex(/^(\/[\w.~-]+)+$/, "must begin with / and must not end with it, such as /live/events")
            .default(path)
            .describe("Where clients connect."),
        ...riderOptions,
        publishAtMostEvery: durationOption({ minMs: 200, maxMs: 30_000 })
            .prefault("1s")
            .describe("The shortest time between two messages of changes; in between only the newest of each counts."),
        heartbeat: durationOption({ minMs: 1000, maxMs: 60_000 })
            .prefault("15s")
            .describe("A client that has heard nothing for so long gets a heartbeat."),
        resume: durationOption({ minMs: 0, maxMs: 3_600_000 })
            .prefault("10m")
            .describe("How long a client may have been away and still get only what changed since; after longer it gets a snapshot."),
        clients: z
            .strictObject({
            max: z.int().min(1).max(100_000).default(1000).describe("Clients at one time; further ones get 503."),
            maxPerAddress: z
                .int()
                .min(1)
                .max(100_000)
                .default(50)
                .describe("Clients at one time from one address (IPv6: from one /64 network); further ones get 429. Behind a proxy set `http.trustProxy`, else all come from one address."),
            maxRecords: z
                .int()
                .min(1)
                .max(10_000_000)
                .default(50_000)
                .describe("Changes that may wait for a slow client, before its filter. Beyond that it is told and let go."),
            maxBytes: bytesOption({ minBytes: 1024 })
                .prefault("32MiB")
                .describe("The same in bytes of JSON. What waits is held once for all clients."),
            stalled: durationOption({ minMs: 1000 })
                .prefault("30s")
                .describe("A client that takes nothing of what waits for it for so long is let go."),
        })
            .prefault({})
            .describe("Limits."),
        allowOrigins: z
            .array(z.string().regex(ORIGIN, 'must be "*" or an origin such as https://www.agency.example'))
            .min(1)
            .max(100)
            .default(["*"])
            .describe("Web pages of these origins may connect. The default is every page."),
    });
}

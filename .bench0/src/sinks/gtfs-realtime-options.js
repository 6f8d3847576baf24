import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { riderOptions } from "./rider-options.js";
function translations(english) {
    return z
        .array(z.strictObject({
        text: z.string().min(1).max(2000),
        language: z
            .string()
            .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a tag such as en or es-US")
            .optional(),
    }))
        .min(1)
        .max(50)
        .default([{ text: english, language: "en" }]);
}
export const options = z.strictObject({
    path: z
        .string()
        .regex(/^(\/[\w.~-]+)+$/, "must begin with / and must not end with it, such as /gtfs-rt")
        .default("/gtfs-rt")
        .describe("Where the feeds are: vehicle-positions, trip-updates and alerts below it, each as .pb and .json."),
    ...riderOptions,
    outage: z
        .strictObject({
        alert: z.boolean().default(true).describe("Publish an alert while a feed is out."),
        after: durationOption({ minMs: 30_000 })
            .prefault("120s")
            .describe("How long upstream must fail, with nothing fresh of it left, before riders are told."),
        agencyId: z
            .string()
            .min(1)
            .optional()
            .describe("The agency_id of GTFS that is informed. Default: the routes that the feed has spoken of, else the agency's name here."),
        header: translations("Real-time information is not available at the moment").describe("The headline, once in each language of the riders."),
        description: translations("Vehicle positions and predictions are missing or out of date. Vehicles may be running as scheduled.").describe("What it means, once in each language."),
        url: z
            .url({ protocol: /^https?$/ })
            .optional()
            .describe("Where riders find more."),
    })
        .prefault({})
        .describe("What riders are told while a feed is out."),
    directory: z
        .string()
        .min(1)
        .optional()
        .describe("A folder to which every publication is written too, each file as a whole, for a web server. Relative to the configuration file."),
    publishEvery: durationOption({ minMs: 1000, maxMs: 30_000 })
        .prefault("15s")
        .describe("The longest time between two publications, also when nothing is new."),
    publishAtMostEvery: durationOption({ minMs: 1000, maxMs: 30_000 })
        .prefault("1s")
        .describe("The shortest time between two publications while records keep coming."),
    maxAge: durationOption({ maxMs: 60_000 })
        .prefault("5s")
        .describe("How long caches may keep the feed without asking again."),
});

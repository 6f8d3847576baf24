import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { tiersFor, type WrittenTiers } from "./rider-ages.js";

/** Three ages that follow each other: docs/defaults.md says why these. */
function tierOptions(words: Readonly<Record<"aging" | "stale" | "gone", string>>) {
	return {
		aging: durationOption()
			.optional()
			.describe(`${words.aging} Default: 60s, or two sweeps of the feed where that is longer.`),
		stale: durationOption()
			.optional()
			.describe(`${words.stale} Default: 120s, or three sweeps of the feed where that is longer.`),
		gone: durationOption({ minMs: 1000 })
			.optional()
			.describe(`${words.gone} Default: 5m, or \`stale\` where that is longer.`),
	};
}

function areInOrder(written: WrittenTiers): boolean {
	const { aging, stale, gone } = tiersFor(written, 0);
	return aging <= stale && stale <= gone;
}

const NOT_IN_ORDER = { message: "aging, stale and gone must follow each other" };

const positionTiers = z
	.strictObject({
		...tierOptions({
			aging: "From this age on a position counts as aging.",
			stale: "From this age on speed, bearing, status and occupancy are left out.",
			gone: "From this age on the vehicle is left out.",
		}),
		layover: durationOption({ minMs: 1000 })
			.prefault("15m")
			.describe("Instead of `gone`, where it is longer, for a vehicle that waits at a terminal."),
	})
	.refine(areInOrder, NOT_IN_ORDER)
	.prefault({});

const forecastTiers = z
	.strictObject(
		tierOptions({
			aging: "From this age on a forecast counts as aging.",
			stale: "From this age on forecasts are left out; cancellations and skipped stops stay.",
			gone: "From this age on a trip of which only forecasts were known is forgotten.",
		}),
	)
	.refine(areInOrder, NOT_IN_ORDER)
	.prefault({});

function translations(english: string) {
	return z
		.array(
			z.strictObject({
				text: z.string().min(1).max(2000),
				language: z
					.string()
					.regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a tag such as en or es-US")
					.optional(),
			}),
		)
		.min(1)
		.max(50)
		.default([{ text: english, language: "en" }]);
}

export const options = z.strictObject({
	path: z
		.string()
		.regex(/^(\/[\w.~-]+)+$/, "must begin with / and must not end with it, such as /gtfs-rt")
		.default("/gtfs-rt")
		.describe(
			"Where the feeds are: vehicle-positions, trip-updates and alerts below it, each as .pb and .json.",
		),
	stale: positionTiers.describe("How old a position may be, by the time at which it was measured."),
	tripUpdates: z
		.strictObject({
			stale: forecastTiers.describe("How old a forecast may be, by the time at which it was made."),
			max: z.int().min(1).max(1_000_000).default(100_000).describe("Trips at the most."),
		})
		.prefault({})
		.describe("What holds for trip updates."),
	alerts: z
		.strictObject({
			max: z.int().min(1).max(100_000).default(10_000).describe("Alerts at the most."),
		})
		.prefault({})
		.describe("What holds for alerts."),
	abandoned: durationOption({ minMs: 60_000 })
		.prefault("1h")
		.describe(
			"How long nothing may be heard of a feed until its alerts, cancellations and skipped stops are left out.",
		),
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
				.describe(
					"The agency_id of GTFS that is informed. Default: the routes that the feed has spoken of, else the agency's name here.",
				),
			header: translations("Real-time information is not available at the moment").describe(
				"The headline, once in each language of the riders.",
			),
			description: translations(
				"Vehicle positions and predictions are missing or out of date. Vehicles may be running as scheduled.",
			).describe("What it means, once in each language."),
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
		.describe(
			"A folder to which every publication is written too, each file as a whole, for a web server. Relative to the configuration file.",
		),
	publishEvery: durationOption({ minMs: 1000, maxMs: 30_000 })
		.prefault("15s")
		.describe("The longest time between two publications, also when nothing is new."),
	publishAtMostEvery: durationOption({ minMs: 1000, maxMs: 30_000 })
		.prefault("1s")
		.describe("The shortest time between two publications while records keep coming."),
	futureSkew: durationOption({ maxMs: 3_600_000 })
		.prefault("60s")
		.describe("A record that lies further ahead of its reception than this is withheld."),
	withoutTime: z
		.enum(["withhold", "publish"])
		.default("withhold")
		.describe(
			"What to do with positions and forecasts whose age nobody stated, neither the item nor the message.",
		),
	unassigned: z
		.enum(["withhold", "publish"])
		.optional()
		.describe(
			"What to do with vehicles for which upstream names no trip, no route and no block. Default: withhold where the agency has a schedule, else publish.",
		),
	vehiclesMax: z
		.int()
		.min(1)
		.max(1_000_000)
		.default(100_000)
		.describe("Vehicles at the most; further ones are withheld."),
	maxAge: durationOption({ maxMs: 60_000 })
		.prefault("5s")
		.describe("How long caches may keep the feed without asking again."),
});

export type Options = z.infer<typeof options>;

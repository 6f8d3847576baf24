import { z } from "zod";
import { durationOption } from "../formats/quantities.js";
import { DAY_MS, type DurationMs, MINUTE_MS } from "../model/units.js";
import { type SecretUse, secretOption } from "./secrets.js";

const headersOption = z
	.record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/, "a header is named by letters, digits and -"), z.string())
	.default({})
	.describe("Further headers. What is secret in them stands in `authorization`.");

const authorizationOption = secretOption
	.optional()
	.describe("Value of the header of that name, such as `Bearer ...`, where the receiver wants one.");

/** What a hub tells of itself to systems that watch many programs: docs/traces.md and docs/openlineage.md. */
export const telemetryBlock = z.strictObject({
	traces: z
		.strictObject({
			url: z
				.url({ protocol: /^https?$/ })
				.describe("Where spans are posted to as OTLP in protobuf, such as http://127.0.0.1:4318/v1/traces."),
			authorization: authorizationOption,
			headers: headersOption,
			sample: z
				.number()
				.min(0)
				.max(1)
				.default(1)
				.describe(
					"Share of the frames that are traced, unless their sender says so of its own (header traceparent).",
				),
			serviceName: z
				.string()
				.min(1)
				.max(100)
				.default("wayside")
				.describe("What the hub is called there (`service.name`)."),
		})
		.optional()
		.describe("Spans of OpenTelemetry."),
	openlineage: z
		.strictObject({
			url: z
				.url({ protocol: /^https?$/ })
				.describe("Where events are posted to, such as http://127.0.0.1:5000/api/v1/lineage."),
			authorization: authorizationOption,
			headers: headersOption,
			namespace: z
				.string()
				.regex(/^[A-Za-z0-9._:/-]{1,100}$/, "a namespace is of letters, digits and . _ : / -")
				.default("wayside")
				.describe("Namespace of the jobs and datasets; one per hub, where a receiver hears of several."),
			every: durationOption({ minMs: MINUTE_MS, maxMs: DAY_MS })
				.prefault("10m")
				.describe("How often a run that goes on is told of (`RUNNING`)."),
		})
		.optional()
		.describe("Events of OpenLineage about each feed and sink that a route joins."),
});

/** Where events of OpenLineage go. */
export interface OpenLineageConfig {
	readonly url: string;
	/** `authorization` among them. */
	readonly headers: Readonly<Record<string, string>>;
	readonly namespace: string;
	readonly everyMs: DurationMs;
}

/** Where spans go. */
export interface TracesConfig {
	readonly url: string;
	/** `authorization` among them. */
	readonly headers: Readonly<Record<string, string>>;
	/** 0 to 1. */
	readonly sampleRatio: number;
	readonly serviceName: string;
}

type ReadSecret = (path: SecretUse["path"], from: SecretUse["from"], give: (value: string) => void) => void;

export function resolveTelemetry(
	block: z.output<typeof telemetryBlock> | undefined,
	secret: ReadSecret,
): { readonly traces: TracesConfig | undefined; readonly openLineage: OpenLineageConfig | undefined } {
	const { traces, openlineage } = block ?? {};
	const headersOf = (
		name: string,
		{ headers, authorization }: NonNullable<typeof traces | typeof openlineage>,
	) => {
		const all: Record<string, string> = { ...headers };
		if (authorization !== undefined) {
			secret(["telemetry", name, "authorization"], authorization, (text) => {
				all["authorization"] = text;
			});
		}
		return all;
	};
	return {
		traces: traces && {
			url: traces.url,
			headers: headersOf("traces", traces),
			sampleRatio: traces.sample,
			serviceName: traces.serviceName,
		},
		openLineage: openlineage && {
			url: openlineage.url,
			headers: headersOf("openlineage", openlineage),
			namespace: openlineage.namespace,
			everyMs: openlineage.every,
		},
	};
}

import { z } from "zod";
import { type SecretUse, secretOption } from "./secrets.js";

/** What a hub tells of itself to systems that watch many programs: docs/traces.md. */
export const telemetryBlock = z.strictObject({
	traces: z
		.strictObject({
			url: z
				.url({ protocol: /^https?$/ })
				.describe("Where spans are posted to as OTLP in protobuf, such as http://127.0.0.1:4318/v1/traces."),
			authorization: secretOption
				.optional()
				.describe("Value of the header of that name, such as `Bearer ...`, where the receiver wants one."),
			headers: z
				.record(
					z.string().regex(/^[A-Za-z0-9-]{1,64}$/, "a header is named by letters, digits and -"),
					z.string(),
				)
				.default({})
				.describe("Further headers. What is secret in them stands in `authorization`."),
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
});

/** Where spans go. */
export interface TracesConfig {
	readonly url: string;
	/** `authorization` among them. */
	readonly headers: Readonly<Record<string, string>>;
	/** 0 to 1. */
	readonly sampleRatio: number;
	readonly serviceName: string;
}

export function resolveTraces(
	block: z.output<typeof telemetryBlock> | undefined,
	secret: (path: SecretUse["path"], from: SecretUse["from"], give: (value: string) => void) => void,
): TracesConfig | undefined {
	if (block?.traces === undefined) return undefined;
	const { url, authorization, headers, sample, serviceName } = block.traces;
	const all: Record<string, string> = { ...headers };
	if (authorization !== undefined) {
		secret(["telemetry", "traces", "authorization"], authorization, (text) => {
			all["authorization"] = text;
		});
	}
	return { url, headers: all, sampleRatio: sample, serviceName };
}

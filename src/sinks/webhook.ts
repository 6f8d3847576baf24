import { z } from "zod";
import { bytesOption, durationOption } from "../formats/quantities.js";
import { signingKeys, webhookHeaders } from "../formats/webhook-signing.js";
import { MODEL_VERSION } from "../model/record.js";
import type { Http } from "../runtime/http.js";
import type { Clock } from "../runtime/runtime.js";
import { deliveryJson, isoText } from "./delivery-json.js";
import type { Batch, Delivery, DeliveryNeeds, DeliverySink, SinkContext, SinkDefinition } from "./sink.js";
import { deliveryFromAnswer, deliveryFromThrown } from "./webhook-answer.js";

/** Of what the destination answers. It has nothing to tell us but its status. */
const ANSWER_MAX_BYTES = 64 * 1024;

const options = z.strictObject({
	url: z
		.url({ protocol: /^https?$/ })
		.describe("Where batches are posted to, http or https. Redirects are refused: give the final URL."),
	headers: z
		.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string())
		.default({})
		.describe("Headers to send along, such as a tenant's name. Secrets do not belong here."),
	allowPrivateAddresses: z
		.boolean()
		.default(false)
		.describe(
			"Whether the receiver may be in this network: loopback, private and link-local addresses are refused otherwise.",
		),
	messageType: z
		.string()
		.min(1)
		.default("wayside.records")
		.describe("What each message says of itself in its `type`."),
	timeout: durationOption()
		.prefault("15s")
		.describe("How long one request may take. After it the batch is sent again under the same id."),
	batch: z
		.strictObject({
			count: z.int().min(1).max(10_000).default(500).describe("Records at the most in one request."),
			bytes: bytesOption().prefault("512KiB").describe("Size of one request's body, estimated."),
			every: durationOption().prefault("1s").describe("Longest wait for more records before a request."),
		})
		.prefault({})
		.describe("How much is sent at once."),
});

type WebhookOptions = z.infer<typeof options>;

/**
 * Posts batches as JSON, signed as Standard Webhooks 1 asks: `webhook-id` (stable over retries and restarts),
 * `webhook-timestamp` (of the attempt), `webhook-signature` (`v1,` and the base64 HMAC-SHA256 of id, timestamp and body,
 * one per secret). The id is also sent as `idempotency-key`. Secrets: `secret` or any name that begins with it, each
 * `whsec_` and base64; several during a rotation, also in one value with blanks between. `authorization`: that header.
 */
export const definition: SinkDefinition<WebhookOptions> = Object.freeze({
	type: "webhook",
	summary: "Posts signed batches of records as JSON to a URL (Standard Webhooks).",
	options,
	create: (chosen: WebhookOptions, context: SinkContext) => new WebhookSink(chosen, context),
});

class WebhookSink implements DeliverySink {
	readonly kind = "delivery";
	readonly needs: DeliveryNeeds;
	readonly #options: WebhookOptions;
	readonly #http: Http;
	readonly #clock: Clock;
	readonly #keys: readonly Uint8Array[];
	readonly #headers: Readonly<Record<string, string>>;

	constructor(chosen: WebhookOptions, context: SinkContext) {
		this.#options = chosen;
		this.#http = context.runtime.http;
		this.#clock = context.runtime.clock;
		this.#keys = signingKeys(context.secrets, `sink ${context.name}`);
		const { authorization } = context.secrets;
		this.#headers = { ...chosen.headers, ...(authorization === undefined ? {} : { authorization }) };
		this.needs = {
			timeoutMs: chosen.timeout,
			batch: { count: chosen.batch.count, bytes: chosen.batch.bytes, everyMs: chosen.batch.every },
		};
	}

	async open(): Promise<undefined> {
		return undefined;
	}

	async write(batch: Batch, signal: AbortSignal): Promise<Delivery> {
		const { url, timeout } = this.#options;
		const body = this.#body(batch);
		const timestamp = Math.floor(this.#clock.now() / 1000);
		try {
			const response = await this.#http.request({
				method: "POST",
				url,
				headers: {
					...this.#headers,
					"content-type": "application/json",
					"user-agent": "wayside",
					"idempotency-key": batch.id,
					...(batch.traceparent !== undefined && { traceparent: batch.traceparent }),
					...webhookHeaders(this.#keys, batch.id, timestamp, body),
				},
				body,
				signal,
				connectTimeoutMs: timeout,
				headersTimeoutMs: timeout,
				bodyTimeoutMs: timeout,
				bodyMaxBytes: ANSWER_MAX_BYTES,
				redirectsMax: 0,
				publicOnly: !this.#options.allowPrivateAddresses,
			});
			return deliveryFromAnswer(response, url, this.#clock.now());
		} catch (thrown) {
			if (signal.aborted) throw thrown;
			return deliveryFromThrown(thrown, url);
		}
	}

	async close(): Promise<void> {}

	/** The timestamp is the newest receipt in the batch, not the present: every retry sends the same bytes. */
	#body(batch: Batch): string {
		let newest = Number.NEGATIVE_INFINITY;
		let records = "";
		for (const record of batch.records) {
			newest = Math.max(newest, record.origin.receivedTime);
			records += `${records === "" ? "" : ",\n"}${deliveryJson(record)}`;
		}
		return (
			`{"type":${JSON.stringify(this.#options.messageType)},"timestamp":${isoText(newest)}` +
			`,"data":{"modelVersion":${MODEL_VERSION},"records":[${records}]}}`
		);
	}
}

import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ReceiverMood } from "../src/testing/channel-contract.js";

export interface ReceivedPost {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

/** What a receiver makes of a post while it is well: a status and what it says. */
export type Judge = (post: ReceivedPost) => readonly [status: number, said: string];

/** A real HTTP server on a free port that takes alerts, keeps what it took, and can be in a bad mood. */
export class AlertReceiver {
	/** Posts that were taken. */
	readonly taken: ReceivedPost[] = [];
	mood: ReceiverMood = "well";
	readonly #server;

	constructor(judge: Judge = () => [200, "ok"]) {
		this.#server = createServer((request, response) => {
			const pieces: Buffer[] = [];
			request.on("data", (piece: Buffer) => pieces.push(piece));
			request.on("end", () => {
				const body = Buffer.concat(pieces).toString("utf8");
				this.#answer(response, { path: request.url ?? "", headers: request.headers, body }, judge);
			});
		});
	}

	#answer(response: ServerResponse, post: ReceivedPost, judge: Judge): void {
		if (this.mood === "silent") return;
		if (this.mood === "busy") {
			response.writeHead(503, { "retry-after": "7" }).end("busy");
			return;
		}
		if (this.mood === "refusing") {
			response.writeHead(403).end("go away");
			return;
		}
		const [status, said] = judge(post);
		if (status < 300) this.taken.push(post);
		response.writeHead(status).end(said);
	}

	async listen(): Promise<this> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
		return this;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}

const KEY = /^[0-9a-f]{32}$/;

/** As PagerDuty's Events API v2 judges an event: required fields, lengths, and the words that it knows. */
export const judgeAsPagerDuty: Judge = ({ path, body }) => {
	const invalid = (why: string): [number, string] => [
		400,
		JSON.stringify({ status: "invalid event", message: "Event object is invalid", errors: [why] }),
	];
	if (path !== "/v2/enqueue") return [404, ""];
	if (body.length > 512 * 1024) return [413, ""];
	const event = JSON.parse(body) as Record<string, unknown>;
	if (!KEY.test(String(event["routing_key"]))) return invalid("'routing_key' is invalid");
	const action = String(event["event_action"]);
	if (!["trigger", "acknowledge", "resolve"].includes(action)) return invalid("'event_action' is invalid");
	const dedupKey = event["dedup_key"];
	if (typeof dedupKey !== "string" || dedupKey.length > 255) return invalid("'dedup_key' is invalid");
	if (action === "trigger") {
		const payload = (event["payload"] ?? {}) as Record<string, unknown>;
		const summary = payload["summary"];
		if (typeof summary !== "string" || summary === "" || summary.length > 1024)
			return invalid("'payload.summary' is invalid");
		if (typeof payload["source"] !== "string" || payload["source"] === "")
			return invalid("'payload.source' is missing");
		if (!["critical", "error", "warning", "info"].includes(String(payload["severity"])))
			return invalid("'payload.severity' is invalid");
		if (Number.isNaN(Date.parse(String(payload["timestamp"]))))
			return invalid("'payload.timestamp' is invalid");
	}
	return [202, JSON.stringify({ status: "success", message: "Event processed", dedup_key: dedupKey })];
};

/** As an incoming webhook of Slack: a text, in which nothing unescaped may call a channel or make a link. */
export const judgeAsSlack: Judge = ({ body }) => {
	const { text } = JSON.parse(body) as { text?: unknown };
	if (typeof text !== "string" || text === "") return [400, "no_text"];
	if (text.length > 40_000) return [400, "msg_too_long"];
	return /<[!@#h]/.test(text) ? [400, "invalid_payload: it calls somebody"] : [200, "ok"];
};

/** As a workflow of Teams: one adaptive card in at most 28 KB. */
export const judgeAsTeams: Judge = ({ body }) => {
	if (Buffer.byteLength(body) > 28 * 1024) return [413, "RequestEntityTooLarge"];
	const { type, attachments } = JSON.parse(body) as { type?: unknown; attachments?: unknown };
	const [card] = Array.isArray(attachments) ? (attachments as Record<string, unknown>[]) : [];
	const content = card?.["content"] as { type?: unknown; version?: unknown; body?: unknown } | undefined;
	const isCard =
		type === "message" &&
		card?.["contentType"] === "application/vnd.microsoft.card.adaptive" &&
		content?.type === "AdaptiveCard" &&
		Array.isArray(content.body) &&
		content.body.every((one: { type?: unknown }) => one.type === "TextBlock" || one.type === "FactSet");
	return isCard ? [202, ""] : [400, "InvalidBotAdaptiveCard"];
};

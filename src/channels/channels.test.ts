import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { Webhook } from "standardwebhooks";
import { afterAll, describe, expect, it } from "vitest";
import {
	AlertReceiver,
	type Judge,
	judgeAsPagerDuty,
	judgeAsSlack,
	judgeAsTeams,
} from "../../test/alert-receivers.js";
import { TestAuthority } from "../../test/certificates.js";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { BUILTINS } from "../config/builtins.js";
import { Failure } from "../model/failure.js";
import { createNodeRuntime } from "../runtime/node-runtime.js";
import {
	alertMessage,
	type ChannelUnderTest,
	describeChannelContract,
	type ReceiverMood,
} from "../testing/channel-contract.js";
import type { Channel } from "./channel.js";

const NEVER = new AbortController().signal;
const SIGNING = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const PAGER_KEY = "0123456789abcdef0123456789abcdef";
const runtime = createNodeRuntime();
const authority = new TestAuthority();
const issued = authority.issue();
afterAll(async () => {
	await runtime.close();
	authority.remove();
});

function create(
	type: string,
	options: object,
	secrets: Record<string, string> = {},
	baseDirectory = "/nowhere",
): Channel {
	const definition = BUILTINS.channels?.find((one) => one.type === type);
	if (definition === undefined) throw new Error(`there is no channel ${type}`);
	const network = { certificateAuthorities: [authority.certificate] };
	return definition.create(definition.options.parse(options), {
		name: "desk",
		runtime,
		network,
		baseDirectory,
		secrets,
	});
}

function overHttp(judge: Judge, make: (url: string) => Channel, secrets: readonly string[]) {
	return async (): Promise<ChannelUnderTest> => {
		const receiver = await new AlertReceiver(judge).listen();
		return {
			channel: make(receiver.url),
			secrets,
			mood: (mood) => {
				receiver.mood = mood;
			},
			received: async () => receiver.taken.map(({ body }) => body),
			dispose: () => receiver.close(),
		};
	};
}

const SHORT = { timeout: "1s", allowPrivateAddresses: true };

describeChannelContract(
	"webhook",
	overHttp(
		() => [200, "ok"],
		(url) => create("webhook", { url: `${url}/hook`, ...SHORT }, { secret: SIGNING }),
		[SIGNING],
	),
);
describeChannelContract(
	"slack",
	overHttp(judgeAsSlack, (url) => create("slack", SHORT, { url: `${url}/services/T0/B0/hidden` }), [
		"hidden",
	]),
);
describeChannelContract(
	"teams",
	overHttp(judgeAsTeams, (url) => create("teams", SHORT, { url: `${url}/workflows/1?sig=hidden` }), [
		"hidden",
	]),
);
describeChannelContract(
	"pagerduty",
	overHttp(
		judgeAsPagerDuty,
		(url) => create("pagerduty", { url: `${url}/v2/enqueue`, ...SHORT }, { key: `${PAGER_KEY}\n` }),
		[PAGER_KEY],
	),
);

/** A mail server on a free port that takes mail after TLS and a login. */
class MailReceiver {
	readonly mails: string[] = [];
	mood: ReceiverMood = "well";
	readonly #server: SMTPServer;

	constructor(options: SMTPServerOptions = {}) {
		this.#server = new SMTPServer({
			key: issued.key,
			cert: issued.certificate,
			disableReverseLookup: true,
			onAuth: ({ username, password }, _session, done) => {
				const isKnown = username === "wayside" && password === "hidden word";
				done(isKnown ? null : new Error("no such user"), { user: username });
			},
			onMailFrom: (_address, _session, done) => {
				if (this.mood === "silent") return;
				done(
					this.mood === "well"
						? null
						: Object.assign(new Error(this.mood), { responseCode: this.mood === "busy" ? 451 : 550 }),
				);
			},
			onData: (stream, _session, done) => {
				const pieces: Buffer[] = [];
				stream.on("data", (piece: Buffer) => pieces.push(piece));
				stream.on("end", () => {
					this.mails.push(Buffer.concat(pieces).toString("utf8"));
					done(null, "queued as 42");
				});
			},
			...options,
		});
		this.#server.on("error", () => undefined);
	}

	async listen(): Promise<this> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
		return this;
	}

	get port(): number {
		return (this.#server.server.address() as AddressInfo).port;
	}

	close(): Promise<void> {
		return new Promise((resolve) => this.#server.close(() => resolve()));
	}
}

const mailOptions = (port: number, more: object = {}) => ({
	host: "127.0.0.1",
	port,
	username: "wayside",
	from: "wayside@agency.example",
	to: ["desk@agency.example", "night@agency.example"],
	...SHORT,
	...more,
});

for (const security of ["starttls", "tls"] as const)
	describeChannelContract(`email over ${security}`, async () => {
		const receiver = await new MailReceiver({ secure: security === "tls" }).listen();
		return {
			channel: create("email", mailOptions(receiver.port, { security }), { password: "hidden word" }),
			secrets: ["hidden word"],
			mood: (mood) => {
				receiver.mood = mood;
			},
			received: async () => receiver.mails,
			dispose: () => receiver.close(),
		};
	});

describeChannelContract("command", async () => {
	const folder = scratchDirectory("wayside-channel-");
	const file = (name: string) => join(folder.path, name);
	const program = file("tell.sh");
	const mood = (wanted: ReceiverMood) => writeFileSync(file("mood"), wanted);
	writeFileSync(
		program,
		`#!/bin/sh
case $(cat mood) in
busy) echo "later" >&2; exit 75 ;;
refusing) echo "not configured" >&2; exit 78 ;;
silent) sleep 60 & wait ;;
esac
test "$WAYSIDE_TOKEN" = "hidden word" || exit 78
cat >> told
echo told
`,
	);
	chmodSync(program, 0o700);
	mood("well");
	return {
		channel: create("command", { path: "./tell.sh", timeout: "1s" }, { token: "hidden word" }, folder.path),
		secrets: ["hidden word"],
		mood,
		received: async () =>
			existsSync(file("told")) ? readFileSync(file("told"), "utf8").split("\n").filter(Boolean) : [],
		dispose: async () => folder.remove(),
	};
});

describe("channels", () => {
	it("webhook: signs as Standard Webhooks asks, under an id that does not change", async () => {
		const receiver = await new AlertReceiver().listen();
		const channel = create(
			"webhook",
			{ url: receiver.url, ...SHORT },
			{ secret: SIGNING, authorization: "Bearer x" },
		);
		await channel.send(alertMessage("raised"), NEVER);
		const [post] = receiver.taken;
		await receiver.close();
		const told = new Webhook(SIGNING).verify(post?.body ?? "", post?.headers as Record<string, string>);
		expect(told).toMatchObject({
			type: "wayside.alert.raised",
			data: { id: "alert-raised-1", severity: "page" },
		});
		expect(post?.headers).toMatchObject({
			"webhook-id": "alert-raised-1",
			"idempotency-key": "alert-raised-1",
			authorization: "Bearer x",
		});
	});

	it("pagerduty: triggers, acknowledges and resolves one incident", async () => {
		const receiver = await new AlertReceiver(judgeAsPagerDuty).listen();
		const channel = create("pagerduty", { url: `${receiver.url}/v2/enqueue`, ...SHORT }, { key: PAGER_KEY });
		for (const kind of ["raised", "reminder", "acknowledged", "resolved"] as const)
			await channel.send(alertMessage(kind), NEVER);
		await receiver.close();
		const events = receiver.taken.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
		expect(events.map((event) => event["event_action"])).toEqual([
			"trigger",
			"trigger",
			"acknowledge",
			"resolve",
		]);
		expect(new Set(events.map((event) => event["dedup_key"]))).toEqual(
			new Set(["wayside/feed-down/feed:avl/1795000000000"]),
		);
		expect(events[0]).toMatchObject({
			payload: { severity: "critical", component: "feed:avl", class: "feed-down" },
			links: [{ href: "https://docs.example/runbooks/feed-down.md" }],
		});
	});

	it("email: is plain text with an id of its own, in one thread, and no reply to a machine", async () => {
		const receiver = await new MailReceiver().listen();
		const channel = create("email", mailOptions(receiver.port), { password: "hidden word" });
		await channel.send(alertMessage("raised"), NEVER);
		await channel.send(alertMessage("raised"), NEVER);
		await channel.send(alertMessage("resolved"), NEVER);
		await receiver.close();
		const header = (name: string) =>
			receiver.mails.map((mail) => new RegExp(`^${name}: (.*)$`, "im").exec(mail)?.[1]?.trim());
		const [id, again, over] = header("Message-ID");
		expect(again).toBe(id);
		expect(over).not.toBe(id);
		expect(new Set(header("References")).size).toBe(1);
		expect(header("Auto-Submitted")[0]).toBe("auto-generated");
		expect(header("Importance")).toEqual(["high", "high", undefined]);
		expect(receiver.mails[0]).toMatch(/^Content-Type: text\/plain/im);
	});

	it("email: is not sent without TLS, with a wrong password, to a server of an unknown authority, or into this network", async () => {
		const plain = await new MailReceiver({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] }).listen();
		const safe = await new MailReceiver().listen();
		const other = new TestAuthority("Another");
		const strange = other.issue();
		const unknown = await new MailReceiver({ key: strange.key, cert: strange.certificate }).listen();
		const codeOf = async (port: number, password: string, more: object = {}) => {
			const sent = create("email", mailOptions(port, more), { password }).send(alertMessage("raised"), NEVER);
			const thrown = await sent.catch((reason: unknown) => reason);
			expect((thrown as Failure).message).not.toContain("hidden word");
			return thrown instanceof Failure ? thrown.code : String(thrown);
		};
		try {
			expect(await codeOf(plain.port, "hidden word")).toBe("net.tls");
			expect(await codeOf(safe.port, "wrong")).toBe("sink.refused");
			expect(await codeOf(unknown.port, "hidden word")).toBe("net.tls");
			expect(await codeOf(safe.port, "hidden word", { allowPrivateAddresses: false })).toBe(
				"net.private_address",
			);
			expect([...plain.mails, ...safe.mails, ...unknown.mails]).toEqual([]);
		} finally {
			await Promise.all([plain.close(), safe.close(), unknown.close()]);
			other.remove();
		}
	});

	it("post nothing into this network unless they are told to", async () => {
		const receiver = await new AlertReceiver().listen();
		const sent = create("slack", {}, { url: receiver.url }).send(alertMessage("raised"), NEVER);
		await expect(sent).rejects.toMatchObject({ code: "net.private_address" });
		await receiver.close();
		expect(receiver.taken).toEqual([]);
	});

	it("waits as long as a receiver asks", async () => {
		const receiver = await new AlertReceiver().listen();
		receiver.mood = "busy";
		const sent = create("slack", SHORT, { url: receiver.url }).send(alertMessage("raised"), NEVER);
		await expect(sent).rejects.toMatchObject({ code: "http.transient", retryAfterMs: 7000 });
		await receiver.close();
	});

	it("command: has no shell, and says of a program that is not there that it is not", async () => {
		const folder = scratchDirectory("wayside-channel-");
		const said = await create(
			"command",
			{ path: process.execPath, arguments: ["-p", "process.argv.slice(1).join('|')", "$(id); rm *", "*"] },
			{},
			folder.path,
		).send(alertMessage("test"), NEVER);
		expect(said).toContain("($(id); rm *|*)");
		const missing = create("command", { path: "no-such-program" }, {}, folder.path);
		await expect(missing.send(alertMessage("test"), NEVER)).rejects.toMatchObject({
			code: "sink.refused",
			message: "no-such-program is not there; check its path and its rights",
		});
		folder.remove();
	});

	it("are refused without the secret that they need", () => {
		for (const type of ["slack", "teams", "pagerduty"])
			expect(() => create(type, {}), type).toThrow(/Channel desk has no (url|key);/);
		expect(() => create("slack", {}, { url: "not a url" })).toThrow(/has a url that is none/);
		expect(() => create("webhook", { url: "http://a.example" }, { secret: "short" })).toThrow(
			/of channel desk is not/,
		);
	});
});

import { beforeAll, describe, expect, it } from "vitest";
import { type OutboundUse, outboundUses } from "./tidy/guarded-calls.js";

/** Plug-ins send when their harness calls them, and only a harness may: that is checked where they are called. */
const PLUGINS = /^src\/(sources|sinks|channels)\//;

/** Calls beside the resilience core, and why they may be. */
const EXCEPTIONS: readonly { readonly path: string; readonly what: string; readonly why: string }[] = [
	{
		path: "src/intake/replay.ts",
		what: "StreamSource.open",
		why: "wayside replay reads the files that its user names; nobody else is asked",
	},
	{
		path: "src/hub/alert-sender.ts",
		what: "Channel.send",
		why: "a page must not be refused by a breaker: one message at a time, then a pause of 5 s growing to 5 min and the next channel of the chain",
	},
	{
		path: "src/intake/clock-skew.ts",
		what: "Http.request",
		why: "it reads the date of each answer on the way from a source, whose calls stand under the core",
	},
	{
		path: "src/intake/upstream-trace.ts",
		what: "Http.request",
		why: "it adds a header on the way from a source, whose calls stand under the core",
	},
	{
		path: "src/hub/heartbeat.ts",
		what: "Http.request",
		why: "a sign of life is given once per beat, never again sooner, and one that is held back by a breaker would be a false alarm",
	},
	{
		path: "src/cli/contract.ts",
		what: "StreamSource.open",
		why: "wayside contract test reads the files that its user names; nobody else is asked",
	},
	{
		path: "src/cli/infer.ts",
		what: "StreamSource.open",
		why: "wayside infer reads the files that its user names; nobody else is asked",
	},
	{
		path: "src/simulation/world/calls-check.ts",
		what: "Http.request",
		why: "it counts what the hub of a world asks, on the way from the hub's core to a network that does not exist",
	},
	{
		path: "src/simulation/world/hub-process.ts",
		what: "Http.request",
		why: "it is the network of a world that does not exist; the hub in that world calls it through its core",
	},
];

const PLANTED: Readonly<Record<string, readonly [what: string, text: string]>> = {
	"src/planted-request.ts": [
		"Http.request",
		`import type { Runtime } from "./runtime/runtime.js";
export const send = ({ http }: Runtime) => http.request({ method: "GET", url: "http://a.test" });`,
	],
	"src/routes/planted-renamed.ts": [
		"Http.request",
		`import type { Http } from "../runtime/http.js";
export function send(net: Http) { const go = net["request"]; return go({ method: "GET", url: "http://a.test" }); }`,
	],
	"src/intake/planted-destructured.ts": [
		"Http.request",
		`import type { Http } from "../runtime/http.js";
export function send({ request }: Http) { return request({ method: "GET", url: "http://a.test" }); }`,
	],
	"src/intake/planted-poll.ts": [
		"PollSource.poll",
		`import type { PollSource } from "../sources/source.js";
export const ask = (one: PollSource, signal: AbortSignal) => one.poll({ cursor: undefined, signal });`,
	],
	"src/intake/planted-stream.ts": [
		"StreamSource.open",
		`import type { Upstream } from "../resilience/upstream.js";
import type { StreamSource } from "../sources/source.js";
export function ask(core: Upstream, source: StreamSource, signal: AbortSignal) {
	const open = async () => source.open({ cursor: undefined, signal });
	void open();
	return core.attempt(open);
}`,
	],
	"src/routes/planted-write.ts": [
		"DeliverySink.write",
		`import type { Batch, DeliverySink } from "../sinks/sink.js";
class Port {
	readonly sink: DeliverySink;
	constructor(sink: DeliverySink) { this.sink = sink; }
	write(batch: Batch) { return this.#attempt((signal) => this.sink.write(batch, signal)); }
	#attempt<T>(call: (signal: AbortSignal) => Promise<T>) { return call(new AbortController().signal); }
}
export const port = Port;`,
	],
	"src/hub/planted-send.ts": [
		"Channel.send",
		`import type { Channel } from "../channels/channel.js";
import type { AlertMessage } from "../model/alert-message.js";
export const tell = (channel: Channel, message: AlertMessage) => channel.send(message, new AbortController().signal);`,
	],
	"src/routes/planted-open.ts": [
		"DeliverySink.open",
		`import type { DeliverySink } from "../sinks/sink.js";
export const open = (sink: DeliverySink) => sink.open(undefined);`,
	],
};

/** Under the core in a shape that the harnesses do not have today. */
const INNOCENT: Readonly<Record<string, string>> = {
	"src/routes/innocent.ts": `import type { Upstream } from "../resilience/upstream.js";
import type { Http } from "../runtime/http.js";
export const send = (core: Upstream, http: Http) =>
	core.execute(({ signal }) => http.request({ method: "GET", url: "http://a.test", signal }));`,
};

let uses: readonly OutboundUse[];
beforeAll(() => {
	const planted = Object.fromEntries(Object.entries(PLANTED).map(([path, [, text]]) => [path, text]));
	uses = outboundUses({ ...planted, ...INNOCENT });
}, 120_000);

const own = () => uses.filter(({ path }) => !(path in PLANTED) && !(path in INNOCENT));
const isExcepted = ({ path, what }: OutboundUse) =>
	EXCEPTIONS.some((exception) => exception.path === path && exception.what === what);
const isFree = (use: OutboundUse) => !use.guarded && !PLUGINS.test(use.path) && !isExcepted(use);

describe("nothing is sent beside the resilience core", () => {
	it("holds for everything in src", () => {
		expect(own().filter(isFree)).toEqual([]);
	});

	it("looks at what there is: both harnesses, both plug-ins that talk HTTP", () => {
		const places = new Set(own().map(({ path, what }) => `${path} ${what}`));
		for (const place of [
			"src/intake/feed.ts PollSource.poll",
			"src/intake/feed.ts StreamSource.open",
			"src/intake/feed.ts LiveSource.connect",
			"src/routes/delivery-port.ts DeliverySink.open",
			"src/routes/delivery-port.ts DeliverySink.write",
			"src/sources/http-poll.ts Http.request",
			"src/sinks/webhook.ts Http.request",
			"src/channels/post-json.ts Http.request",
		])
			expect(places).toContain(place);
		for (const { path, what, why } of EXCEPTIONS) expect(places, why).toContain(`${path} ${what}`);
	});

	it.each(Object.entries(PLANTED).map(([path, [what]]) => [path, what] as const))(
		"catches %s",
		(path, what) => {
			expect(uses.filter((use) => use.path === path)).toMatchObject([{ what, guarded: false }]);
		},
	);

	it("lets a call inside of an upstream pass", () => {
		expect(uses.filter(({ path }) => path in INNOCENT)).toMatchObject([
			{ what: "Http.request", guarded: true },
		]);
	});
});

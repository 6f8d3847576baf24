import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import { createNodeRuntime } from "../../src/runtime/node-runtime.js";
import type { Delivery, DeliverySink } from "../../src/sinks/sink.js";
import { definition } from "../../src/sinks/webhook.js";
import { batchOf, recordsFrom } from "../../src/testing/sink-contract.js";
import { BAD_SERVERS, type BadServer, withBadServer } from "../bad-server.js";
import { expectTreatedAs } from "./harness.js";
import { type Case, describeTable, expectOutcome } from "./table.js";

const runtime = createNodeRuntime();
afterAll(() => runtime.close());

/** What the sink makes of a real receiver. */
async function to(
	listener: RequestListener,
	more: { scheme?: string; options?: object } = {},
): Promise<Delivery> {
	const server = createServer((request, response) => {
		request.resume();
		request.on("end", () => listener(request, response));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	try {
		return await sendTo(`${more.scheme ?? "http"}://127.0.0.1:${port}/hook`, more.options);
	} finally {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
}

function sendTo(url: string, more: object = {}): Promise<Delivery> {
	const options = definition.options.parse({ url, allowPrivateAddresses: true, timeout: "20s", ...more });
	const sink = definition.create(options, { name: "scheduling", runtime, baseDirectory: "/", secrets: {} });
	return (sink as DeliverySink).write(batchOf(recordsFrom(0, 2)), new AbortController().signal);
}

const status = (code: number, body = ""): Case<Delivery> => ({
	name: `${code}${body === "" ? "" : ` ${body.slice(0, 40)}`}`,
	give: () => to((_, response) => response.writeHead(code, { location: "http://127.0.0.1:9/" }).end(body)),
});
/** For who never answers: a busy machine must not make others late. */
const SHORT = { timeout: "300ms" };
const one = (name: string, give: () => Promise<Delivery>): readonly Case<Delivery>[] => [{ name, give }];

describeTable<Delivery>(
	"`webhook`",
	[
		[/\b([2-5]\d\d)\b/, (found) => [status(Number(found), "why it is so")]],
		[/^2xx$/, () => [200, 201, 202, 204, 299].map((code) => status(code))],
		[/5xx/, () => [500, 501, 502, 504, 599].map((code) => status(code))],
		[/3xx/, () => [301, 302, 303, 307, 308].map((code) => status(code))],
		[/other 4xx/, () => [402, 406, 418, 451].map((code) => status(code))],
		[
			/2xx whose JSON.*`error`/,
			() => [status(200, '{"error":"no room"}'), status(202, '{"error":{"code":7}}')],
		],
		[/2xx whose JSON.*`errors`/, () => [status(200, '{"errors":[{"message":"no"}]}')]],
		[
			/2xx whose JSON.*`(success|ok): false`/,
			() => [status(200, '{"success":false}'), status(200, '{"ok":false}')],
		],
		[/2xx with a web page/, () => [status(200, "<!DOCTYPE html><html>Log in</html>")]],
		[/refused, cut or/, () => one("nobody listens", () => sendTo("http://127.0.0.1:1/"))],
		[/cut/, () => one("is cut", () => to((request) => request.socket.destroy()))],
		[
			/cut/,
			() =>
				(Object.keys(BAD_SERVERS) as BadServer[]).map((kind) => ({
					name: `a server that ${kind}`,
					give: () => withBadServer(kind, (port) => sendTo(`http://127.0.0.1:${port}/`, SHORT)),
				})),
		],
		[/time-out/, () => one("says nothing", () => to(() => undefined, { options: SHORT }))],
		[
			/time-out/,
			() =>
				one("hangs after the headers", () =>
					to((_, response) => response.writeHead(200).flushHeaders(), { options: SHORT }),
				),
		],
		[
			/time-out/,
			() =>
				one("hangs in the body", () =>
					to((_, response) => response.writeHead(200).write("x"), { options: SHORT }),
				),
		],
		[/TLS failure/, () => one("speaks no TLS", () => to(() => undefined, { scheme: "https" }))],
		[
			/name does not resolve/,
			() => one("no such name", () => sendTo("http://wayside-does-not-exist.invalid/")),
		],
		[
			/private address/,
			() => one("in this network", () => to(() => undefined, { options: { allowPrivateAddresses: false } })),
		],
		[
			/more than 64 KiB/,
			() => one("200 kB of text", () => to((_, response) => response.end("x".repeat(200_000)))),
		],
	],
	async (outcome, given) => {
		expectOutcome(outcome, given);
		await expectTreatedAs(given);
	},
);

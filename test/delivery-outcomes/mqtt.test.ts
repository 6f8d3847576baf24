import { afterAll } from "vitest";
import { Failure } from "../../src/model/failure.js";
import { deliveryFromThrown } from "../../src/routes/delivery-port.js";
import { createNodeRuntime } from "../../src/runtime/node-runtime.js";
import { definition } from "../../src/sinks/mqtt.js";
import type { Delivery, DeliverySink } from "../../src/sinks/sink.js";
import { batchOf, recordsFrom } from "../../src/testing/sink-contract.js";
import { BAD_SERVERS, type BadServer, withBadServer } from "../bad-server.js";
import { expectTreatedAs } from "./harness.js";
import { type BrokerAnswers, withBroker } from "./scripted-broker.js";
import { type Case, describeTable, expectOutcome, HAS_NAMES } from "./table.js";

const runtime = createNodeRuntime();
afterAll(() => runtime.close());

/** `patienceMs`: short for who never answers, so that a busy machine makes nobody else late. */
async function sendTo(url: string, patienceMs = 20_000): Promise<Delivery> {
	const options = definition.options.parse({ url, timeout: `${patienceMs / 2}ms` });
	const context = { name: "partner", runtime, baseDirectory: "/", secrets: {} };
	const sink = definition.create(options, context) as DeliverySink;
	// As the harness ends a call whose time is over: what comes of it is a transient failure.
	const { signal, cancel } = deadline(patienceMs);
	try {
		return await sink.write(batchOf(recordsFrom(0, 2)), signal);
	} catch (thrown) {
		return deliveryFromThrown(thrown);
	} finally {
		cancel();
		await sink.close();
	}
}

function deadline(ms: number): { readonly signal: AbortSignal; readonly cancel: () => void } {
	const abort = new AbortController();
	const cancel = runtime.clock.after(ms, () =>
		abort.abort(new Failure("net.timeout", "It did not answer in time")),
	);
	return { signal: abort.signal, cancel };
}

const broker = (name: string, answers: BrokerAnswers, patienceMs?: number): Case<Delivery> => ({
	name,
	give: () => withBroker(answers, (port) => sendTo(`mqtt://127.0.0.1:${port}`, patienceMs)),
});
const connack = (reason: number) => broker(`CONNACK ${reason}`, { connack: reason });
const puback = (reason: number) => broker(`PUBACK ${reason}`, { puback: reason });
const disconnect = (reason: number) => broker(`DISCONNECT ${reason}`, { puback: { disconnect: reason } });
const one = (name: string, give: () => Promise<Delivery>): readonly Case<Delivery>[] => [{ name, give }];

describeTable<Delivery>(
	"`mqtt`",
	[
		[/\breason (0)\b/, (found) => [puback(Number(found))]],
		[/\breason 0 or (16)\b/, (found) => [puback(Number(found))]],
		[/(?:PUBACK with| or) (1[2-5]\d)/, (found) => [puback(Number(found))]],
		[/DISCONNECT with (\d+)/, (found) => [disconnect(Number(found))]],
		[/connection refused/, () => one("nobody listens", () => sendTo("mqtt://127.0.0.1:1"))],
		[/cut/, () => [broker("is cut at the first message", { puback: "cut" })]],
		[
			/cut/,
			() =>
				(Object.keys(BAD_SERVERS) as BadServer[]).map((kind) => ({
					name: `a server that ${kind}`,
					give: () => withBadServer(kind, (port) => sendTo(`mqtt://127.0.0.1:${port}`, 1000)),
				})),
		],
		[/time-out/, () => [broker("takes messages and acknowledges none", { puback: "silence" }, 1000)]],
		[/broker busy.*\b(136)\b/, (found) => [connack(Number(found)), disconnect(Number(found))]],
		[/\b(137|139|151)\b/, (found) => [connack(Number(found)), disconnect(Number(found))]],
		[/151 and others/, () => [puback(151), puback(128), puback(131), connack(128), disconnect(142)]],
		[/larger than the broker said/, () => [broker("takes 300 bytes at the most", { packetMaxBytes: 300 })]],
		[/\b(13[23458]|140|15[67])\b(?=.* moved)/, (found) => [connack(Number(found))]],
		[/135 not authorised/, () => [puback(135), disconnect(135)]],
		[
			/TLS failure/,
			() => one("speaks no TLS", () => withBroker({}, (port) => sendTo(`mqtts://127.0.0.1:${port}`))),
		],
		[
			/name does not resolve/,
			() => (HAS_NAMES ? one("no such name", () => sendTo("mqtt://wayside-does-not-exist.invalid")) : []),
		],
	],
	async (outcome, given) => {
		expectOutcome(outcome, given);
		await expectTreatedAs(given);
	},
);

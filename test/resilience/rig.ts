import {
	type Attempt,
	createUpstream,
	type ResilienceEvent,
	type SyncResult,
	type Upstream,
	type UpstreamOptions,
} from "../../src/resilience/index.js";
import {
	createVirtualRuntime,
	type VirtualRuntime,
	type VirtualRuntimeOptions,
} from "../../src/simulation/virtual-runtime.js";

/** One request that the scripted server has received and not answered yet. */
export interface Request {
	readonly attempt: Attempt;
	/** Milliseconds since the rig was made. */
	readonly at: number;
	answer(value: unknown): void;
	fail(thrown?: unknown): void;
}

export interface Rig {
	readonly world: VirtualRuntime;
	readonly upstream: Upstream;
	readonly events: ResilienceEvent[];
	/** Every request in order of arrival. */
	readonly requests: Request[];
	/** The work of a job: sends a request and waits for the script to answer it. */
	readonly send: (attempt: Attempt) => Promise<unknown>;
	/** Milliseconds since the rig was made. */
	elapsed(): number;
	/** Events of one type, in order. */
	of<Type extends ResilienceEvent["type"]>(type: Type): Extract<ResilienceEvent, { type: Type }>[];
	/** Runs a job that fails, and lets it come to rest. */
	failOnce(thrown?: unknown): Promise<SyncResult<unknown>>;
	/** Runs a job that succeeds. */
	succeedOnce(value?: unknown): Promise<SyncResult<unknown>>;
	/** Fails until the breaker is open. */
	trip(): Promise<void>;
}

export function transient(message = "connection reset"): Error {
	return Object.assign(new Error(message), { code: "ECONNRESET" });
}

export function httpError(status: number, headers: Record<string, string> = {}): Error {
	return Object.assign(new Error(`status ${status}`), { status, headers });
}

/** An upstream in virtual time whose every request is answered by the test. */
export function createRig(options: UpstreamOptions = {}, worldOptions: VirtualRuntimeOptions = {}): Rig {
	const world = createVirtualRuntime(worldOptions);
	const events: ResilienceEvent[] = [];
	const requests: Request[] = [];
	const upstream = createUpstream(
		"avl",
		{ onEvent: (event) => events.push(event), ...options },
		world.runtime,
	);
	const start = world.runtime.clock.monotonic();
	const elapsed = () => world.runtime.clock.monotonic() - start;
	const send = (attempt: Attempt) =>
		new Promise<unknown>((answer, fail) => {
			requests.push({ attempt, at: elapsed(), answer, fail: (thrown = transient()) => fail(thrown) });
		});
	const once = async (work: () => unknown) => {
		const result = upstream.syncJob("once", async () => work(), { maxRetries: 0, singleFlight: false });
		await world.settle();
		return result;
	};
	const rig: Rig = {
		world,
		upstream,
		events,
		requests,
		send,
		elapsed,
		of: (type) => events.filter((event) => event.type === type) as never,
		failOnce: (thrown = transient()) =>
			once(() => {
				throw thrown;
			}),
		succeedOnce: (value = "good") => once(() => value),
		async trip() {
			for (let tries = 0; tries < 1_000 && upstream.status().state !== "open"; tries += 1) {
				await rig.failOnce();
			}
		},
	};
	return rig;
}

/** What a promise has come to, without waiting for it. */
export async function stateOf(world: VirtualRuntime, promise: Promise<unknown>): Promise<string> {
	let state = "pending";
	promise.then(
		() => {
			state = "resolved";
		},
		() => {
			state = "rejected";
		},
	);
	await world.settle();
	return state;
}

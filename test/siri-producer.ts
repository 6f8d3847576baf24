import { formatIsoTime } from "../src/formats/iso-time.js";
import { childOf, parseXml, textAt, type XmlElement } from "../src/formats/xml.js";
import type { WireAnswer } from "../src/runtime/node-server.js";
import type { Clock } from "../src/runtime/runtime.js";

interface Standing {
	readonly address: string;
	readonly untilTime: number;
	readonly heartbeatMs: number;
}

export interface SiriProducerOptions {
	readonly clock: Clock;
	/** Posts to a consumer, and answers its status; 0: nobody is there. */
	readonly post: (address: string, body: string) => Promise<number>;
}

const answer = (status: number, inner: string): WireAnswer => ({
	kind: "answer",
	status,
	headers: { "content-type": "application/xml; charset=utf-8" },
	body: siri(inner),
});
const siri = (inner: string) =>
	`<?xml version="1.0" encoding="UTF-8"?><Siri xmlns="http://www.siri.org.uk/siri" version="2.0">${inner}</Siri>`;

/**
 * A SIRI producer as they are: it keeps subscriptions in memory only, lets a new one of the same name take the place of the
 * old one, sends what it knows at once and then what changes, says now and then that it is there, and ends what is over.
 */
export class SiriProducer {
	readonly #options: SiriProducerOptions;
	readonly #standing = new Map<string, Standing>();
	#startedTime: number;
	#said = 0;
	/** Of requests that were well-formed. */
	readonly counts = { subscribed: 0, terminated: 0, unknown: 0 };
	/** What it answers to subscriptions instead of granting them. */
	refuses: { readonly status: number; readonly inner: string } | undefined;
	/** It grants no more than this. */
	lastsMaxMs = Number.POSITIVE_INFINITY;
	/** Vehicles that it knows of when somebody subscribes. */
	vehicles: readonly string[] = [];
	isWell = true;
	/** The statuses with which consumers have answered deliveries. */
	readonly answers: number[] = [];
	lastRequest: XmlElement | undefined;

	constructor(options: SiriProducerOptions) {
		this.#options = options;
		this.#startedTime = options.clock.now();
	}

	get open(): number {
		this.#expire();
		return this.#standing.size;
	}

	handle(body: string): WireAnswer {
		const { root, failure } = parseXml(Buffer.from(body));
		if (failure !== undefined || root?.name !== "Siri") return answer(400, "");
		const subscribe = childOf(root, "SubscriptionRequest");
		if (subscribe !== undefined) return this.#subscribe(subscribe);
		const terminate = childOf(root, "TerminateSubscriptionRequest");
		if (terminate === undefined) return answer(400, "");
		const isKnown = this.#standing.delete(textAt(terminate, "SubscriptionRef") ?? "");
		this.counts[isKnown ? "terminated" : "unknown"]++;
		const status = isKnown
			? "<Status>true</Status>"
			: "<Status>false</Status><ErrorCondition><UnknownSubscriptionError/></ErrorCondition>";
		return answer(
			200,
			`<TerminateSubscriptionResponse><ResponseTimestamp>${this.#now()}</ResponseTimestamp><TerminationResponseStatus>${status}</TerminationResponseStatus></TerminateSubscriptionResponse>`,
		);
	}

	/** Is started again: what was subscribed is forgotten. */
	restart(): void {
		this.#standing.clear();
		this.#startedTime = this.#options.clock.now();
	}

	/** Sends so many vehicles that nobody has heard of. */
	async say(vehicles: number): Promise<void> {
		for (let n = 0; n < vehicles; n++) await this.deliver([`V${this.#said++}`]);
	}

	/** To everybody who has subscribed. */
	async deliver(vehicles: readonly string[], hasMore = false): Promise<void> {
		this.#expire();
		for (const [id, { address }] of this.#standing)
			this.answers.push(await this.#options.post(address, this.#delivery(id, vehicles, hasMore)));
	}

	/** To everybody who was subscribed with it, as some producers do: who has forgotten cannot know whom to tell. */
	async beat(addresses: readonly string[] = [...this.#standing.values()].map(({ address }) => address)) {
		const inner =
			`<HeartbeatNotification><RequestTimestamp>${this.#now()}</RequestTimestamp><ProducerRef>P</ProducerRef>` +
			`<Status>${this.isWell}</Status><ServiceStartedTime>${formatIsoTime(this.#startedTime)}</ServiceStartedTime></HeartbeatNotification>`;
		for (const address of addresses) await this.#options.post(address, siri(inner));
	}

	/** Ends every subscription, and says so. */
	async endAll(): Promise<void> {
		const inner = `<SubscriptionTerminatedNotification><ResponseTimestamp>${this.#now()}</ResponseTimestamp></SubscriptionTerminatedNotification>`;
		const addresses = [...this.#standing.values()].map(({ address }) => address);
		this.#standing.clear();
		for (const address of addresses) await this.#options.post(address, siri(inner));
	}

	#subscribe(request: XmlElement): WireAnswer {
		this.lastRequest = request;
		if (this.refuses !== undefined) return answer(this.refuses.status, this.refuses.inner);
		const wanted = childOf(request, "VehicleMonitoringSubscriptionRequest");
		const id = textAt(wanted, "SubscriptionIdentifier");
		const address = textAt(request, "ConsumerAddress");
		const until = Date.parse(textAt(wanted, "InitialTerminationTime") ?? "");
		if (id === undefined || address === undefined || Number.isNaN(until)) return answer(400, "");
		this.counts.subscribed++;
		const now = this.#options.clock.now();
		const untilTime = Math.min(until, now + this.lastsMaxMs);
		const heartbeat = /^PT(\d+)S$/.exec(textAt(request, "SubscriptionContext", "HeartbeatInterval") ?? "");
		this.#standing.set(id, { address, untilTime, heartbeatMs: Number(heartbeat?.[1] ?? 0) * 1000 });
		// Behind the answer, but nobody can count on that.
		this.#options.clock.after(1, () => void this.#tellAll(id, address), { ref: false });
		return answer(
			200,
			`<SubscriptionResponse><ResponseTimestamp>${this.#now()}</ResponseTimestamp><ResponderRef>P</ResponderRef><ResponseStatus><ResponseTimestamp>${this.#now()}</ResponseTimestamp>` +
				`<SubscriptionRef>${id}</SubscriptionRef><Status>true</Status><ValidUntil>${formatIsoTime(untilTime)}</ValidUntil></ResponseStatus>` +
				`<ServiceStartedTime>${formatIsoTime(this.#startedTime)}</ServiceStartedTime></SubscriptionResponse>`,
		);
	}

	/** All that it knows, in two pieces. */
	async #tellAll(id: string, address: string): Promise<void> {
		const half = Math.ceil(this.vehicles.length / 2);
		for (const [part, hasMore] of [
			[this.vehicles.slice(0, half), true],
			[this.vehicles.slice(half), false],
		] as const)
			if (part.length > 0)
				this.answers.push(await this.#options.post(address, this.#delivery(id, part, hasMore)));
	}

	#delivery(id: string, vehicles: readonly string[], hasMore: boolean): string {
		const now = this.#now();
		const activities = vehicles.map(
			(vehicle) =>
				`<VehicleActivity><RecordedAtTime>${now}</RecordedAtTime><ValidUntilTime>${now}</ValidUntilTime><MonitoredVehicleJourney><LineRef>66</LineRef>` +
				`<VehicleLocation><Longitude>10.75</Longitude><Latitude>59.91</Latitude></VehicleLocation><VehicleRef>${vehicle}</VehicleRef></MonitoredVehicleJourney></VehicleActivity>`,
		);
		return siri(
			`<ServiceDelivery><ResponseTimestamp>${now}</ResponseTimestamp><ProducerRef>P</ProducerRef><MoreData>${hasMore}</MoreData>` +
				`<VehicleMonitoringDelivery version="2.0"><ResponseTimestamp>${now}</ResponseTimestamp><SubscriberRef>wayside</SubscriberRef><SubscriptionRef>${id}</SubscriptionRef>` +
				`<Status>true</Status>${activities.join("")}</VehicleMonitoringDelivery></ServiceDelivery>`,
		);
	}

	#now(): string {
		return formatIsoTime(this.#options.clock.now());
	}

	#expire(): void {
		const now = this.#options.clock.now();
		for (const [id, { untilTime }] of this.#standing) if (untilTime <= now) this.#standing.delete(id);
	}
}

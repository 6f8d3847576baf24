import type { Clock } from "../runtime/runtime.js";
import { type City, createCity } from "./city.js";
import type { ProfileName } from "./city-profile.js";
import type { Service } from "./city-timetable.js";
import { createGateway, type Gateway, type GatewayOptions } from "./gateway.js";

export interface AgencyOptions {
	readonly clock: Clock;
	/** Decides city, service and trouble. Default 7. */
	readonly seed?: number;
	/** Default `flaky`. */
	readonly faults?: GatewayOptions["faults"];
	/** No episode of trouble before so long after the start. Default 0. */
	readonly calmMs?: GatewayOptions["calmMs"];
	/** Default America/Chicago. */
	readonly timezone?: string;
	/** Wanted distance between two vehicles of a line: less means more vehicles. Default 600. */
	readonly headwayS?: number;
	/** Above so many requests in a minute everybody is answered 429. Default 120. */
	readonly requestsPerMinuteMax?: GatewayOptions["requestsPerMinuteMax"];
	/** How many vehicles there are; default: as many as the headway asks for. */
	readonly vehicles?: number;
	/** Default `round-the-clock`. */
	readonly service?: Service;
	/** Default 15: seldom enough for a radio network, often enough to see something move; that of a profile that is named. */
	readonly reportEveryS?: number;
	/** Default `plain`. */
	readonly profile?: ProfileName;
	readonly changes?: GatewayOptions["changes"];
	readonly link?: GatewayOptions["link"];
	readonly speeches?: GatewayOptions["speeches"];
}

/** An agency that does not exist: a city with vehicles, and a CAD/AVL gateway that breaks down. */
export interface Agency {
	readonly city: City;
	readonly gateway: Gateway;
}

export function createAgency(options: AgencyOptions): Agency {
	const seed = options.seed ?? 7;
	const city = createCity({
		seed,
		service: options.service ?? "round-the-clock",
		...reportingOf(options),
		...(options.timezone === undefined ? {} : { timezone: options.timezone }),
		...(options.headwayS === undefined ? {} : { headwayS: options.headwayS }),
		...(options.vehicles === undefined ? {} : sizeOf(options.vehicles)),
	});
	const gateway = createGateway({
		city,
		clock: options.clock,
		seed,
		...(options.changes === undefined ? {} : { changes: options.changes }),
		...(options.link === undefined ? {} : { link: options.link }),
		...(options.speeches === undefined ? {} : { speeches: options.speeches }),
		...(options.faults === undefined ? {} : { faults: options.faults }),
		...(options.calmMs === undefined ? {} : { calmMs: options.calmMs }),
		...(options.requestsPerMinuteMax === undefined
			? {}
			: { requestsPerMinuteMax: options.requestsPerMinuteMax }),
		...(options.timezone === undefined ? {} : { timezone: options.timezone }),
	});
	return { city, gateway };
}

function reportingOf({ reportEveryS, profile }: AgencyOptions) {
	const everyS = reportEveryS ?? (profile === undefined ? 15 : undefined);
	return { ...(profile && { profile }), ...(everyS && { reportEveryS: everyS }) };
}

/** A city with so many vehicles has so many lines. */
function sizeOf(vehicles: number) {
	const tramLines = Math.max(1, Math.min(6, Math.round(vehicles / 40)));
	return { vehicles, tramLines, busLines: Math.max(1, Math.min(40, Math.round(vehicles / 10))) };
}

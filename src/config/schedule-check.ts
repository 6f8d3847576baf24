import type { FeedVisitor } from "../formats/gtfs/feed-visitor.js";
import { formatGtfsFinding } from "../formats/gtfs/findings.js";
import { openGtfs } from "../formats/gtfs/open.js";
import { readGtfs } from "../formats/gtfs/read-feed.js";
import { messageOf } from "../model/failure.js";
import type { Service, ServiceException } from "../model/schedule.js";
import type { Runtime } from "../runtime/runtime.js";
import type { IdKind } from "../schedule/id-rules.js";
import { ServiceCalendar } from "../schedule/service-calendar.js";
import { localDate } from "../schedule/service-day.js";
import type { AgencyConfig, HubConfig } from "./config.js";
import type { DocumentPath, Finding } from "./findings.js";
import type { YamlSource } from "./yaml-source.js";

type Add = (path: DocumentPath, message: string, mend: string) => void;

const FINDINGS_SHOWN = 10;
const EXAMPLES_SHOWN = 3;

/**
 * Reads the schedules that lie on this machine, as far as it takes to say whether they can be used: today's service,
 * and whether crosswalks lead to ids that exist. Everything found is a warning, because a hub starts and keeps the
 * schedule that it has.
 */
export async function checkSchedules(
	config: HubConfig,
	source: YamlSource,
	runtime: Runtime,
): Promise<Finding[]> {
	const findings: Finding[] = [];
	const add: Add = (path, message, mend) =>
		findings.push(source.finding("warning", "environment", path, message, mend));
	for (const agency of config.agencies) {
		const { gtfs, ids, name } = agency;
		if (ids !== undefined && gtfs === undefined && ids.rules.match.length > 0) {
			const mend = "add gtfs: the path or URL of the schedule";
			add(["agencies", name, "ids"], "match looks trips up in a schedule, and the agency has none", mend);
		}
		if (gtfs === undefined || /^https?:/.test(gtfs.location)) continue;
		await checkOne(agency, gtfs.location, runtime, add);
	}
	return findings;
}

class Seen implements FeedVisitor {
	readonly services: Service[] = [];
	readonly exceptions: ServiceException[] = [];
	readonly ids: Readonly<Record<Exclude<IdKind, "vehicle">, Set<string>>> = {
		route: new Set(),
		block: new Set(),
		trip: new Set(),
	};

	agency(): void {}
	stop(): void {}
	shape(): void {}
	frequency(): void {}
	stopTimes(): void {}
	service(service: Service): void {
		this.services.push(service);
	}
	exception(exception: ServiceException): void {
		this.exceptions.push(exception);
	}
	route({ gtfsRouteId }: { readonly gtfsRouteId: string }): void {
		this.ids.route.add(gtfsRouteId);
	}
	trip({ tripId, blockId }: { readonly tripId: string; readonly blockId: string | undefined }): void {
		this.ids.trip.add(tripId);
		if (blockId !== undefined) this.ids.block.add(blockId);
	}
}

async function checkOne(
	agency: AgencyConfig,
	path: string,
	{ files, clock }: Runtime,
	add: Add,
): Promise<void> {
	const at = ["agencies", agency.name, "gtfs"];
	const seen = new Seen();
	let feed: Awaited<ReturnType<typeof readGtfs>>;
	try {
		const archive = await openGtfs(files, path);
		feed = await readGtfs(archive, seen, { tripsOnly: true }).finally(() => archive.close());
	} catch (thrown) {
		add(
			at,
			`the schedule cannot be read: ${messageOf(thrown)}`,
			"until then a hub keeps the schedule that it has",
		);
		return;
	}
	const refused = feed.errors > 0 ? "the schedule would be refused: " : "";
	for (const finding of feed.findings.slice(0, FINDINGS_SHOWN)) {
		add(
			at,
			`${refused}${formatGtfsFinding({ ...finding, mend: "" })
				.replace(/; (?=\(|$)/, " ")
				.trim()}`,
			finding.mend,
		);
	}
	if (feed.errors > 0) return;
	const { timezone = agency.timezone, edition, firstDate = "", lastDate = "" } = feed.summary;
	if (timezone !== agency.timezone) {
		const mend = "correct the one that is wrong; the times of the schedule count by its own";
		add(at, `agency.txt says ${timezone}, and the configuration ${agency.timezone}`, mend);
	}
	const today = localDate(clock.now(), timezone);
	const from = edition?.startDate ?? firstDate;
	const to = edition?.endDate ?? lastDate;
	if (today < from) {
		const mend = "nothing, if the schedule of today was read before; else put that one in place first";
		add(at, `the schedule begins on ${from}, and today is ${today}`, mend);
	} else if (today > to) {
		add(
			at,
			`the schedule ended on ${to}, and today is ${today}: no trip resolves`,
			"put a current schedule in place",
		);
	} else if (new ServiceCalendar(seen.services, seen.exceptions).activeOn(today).size === 0) {
		const mend = "check calendar.txt and calendar_dates.txt, unless nothing runs today";
		add(at, `no service of the schedule runs today (${today})`, mend);
	}
	checkCrosswalks(agency, seen, add);
}

function checkCrosswalks({ name, ids }: AgencyConfig, seen: Seen, add: Add): void {
	for (const kind of ["route", "block", "trip"] as const) {
		const crosswalk = ids?.rules[kind]?.crosswalk;
		if (crosswalk === undefined) continue;
		const unknown = [...crosswalk].filter(([, to]) => !seen.ids[kind].has(to));
		if (unknown.length === 0) continue;
		const shown = unknown.slice(0, EXAMPLES_SHOWN).map(([from, to]) => `"${from}" to "${to}"`);
		const more = unknown.length > EXAMPLES_SHOWN ? ` and ${unknown.length - EXAMPLES_SHOWN} more` : "";
		add(
			["agencies", name, "ids"],
			`the crosswalk of ${kind} leads to ids that the schedule does not have: ${shown.join(", ")}${more}`,
			"correct them; what does not resolve is published without trip",
		);
	}
}

import { describe, expect, it } from "vitest";
import { folder, items, skipped } from "../../test/gtfs-realtime-captures.js";
import type { Observation } from "../model/observation.js";

/**
 * The first, the middle and the last record of every captured file (of a file with fewer, all of them), as protobufjs and
 * JSON.parse show them without this decoder: index, kind, then
 * vehicle: seconds, id, label, trip, route, date, latitude, longitude, bearing, stop;
 * trip: trip, route, date, vehicle, stops, then stop, arrival and departure of the first, stop and arrival of the last;
 * alert: id, start, end, how many are informed, how the header begins.
 * Two things differ on purpose from what the files state: MBTA's trip "0" is no trip, and the bus of Brooklyn, whose times
 * are in milliseconds, stands here in seconds.
 */
const SPOTS = `
bart-2019/alerts.pb
  0 alert|BSA_187874|||1|There is a major delay at Montgomery St.
bart-2019/trip-updates.pb
  0 trip|1011112WKDY||||19|DALY|1565201526|1565201626|FRMT|1565205480
  45 trip|3011101WKDY||||1|MLBR|1565200790|1565200890|MLBR|1565200790
  90 trip|9121022WKDY||||2|CAST|1565200146|1565200156|WDUB|1565200733
ember-uk-2024-01-18/realtime.pb
  0 trip|7mP9HUa||20240118|SG22 LTV|5|640017235|1705593240|1705593240|6400PT2223|1705594320
  29 alert|ec931f33-fd8b-43a3-9607-e45fd4d43262|1705592840|1737128840|1|Pre-booking
  57 alert|d6fdab5e-a905-400d-aead-3ef3115d887d|1705592840|1737128840|1|Pre-booking
mbta/TripUpdates_enhanced.json
  0 trip|CR-Sunday-Fall-17-2010|CR-Middleborough|20171224||1|South Station||1514145060|South Station|
  19 trip|CR-Sunday-Fall-17-2079|CR-Greenbush|20171224||1|South Station||1514144700|South Station|
  37 trip|CR-Sunday-Fall-17-2012|CR-Middleborough|20171224||1|South Station||1514152980|South Station|
mbta/TripUpdates_enhanced_with_tripproperties.json
  0 trip|CR-Sunday-Fall-17-2078|CR-Greenbush|20171224||1|South Station||1514146020|South Station|
  2 trip|CR-Sunday-Fall-17-2807|CR-Providence|20171224||2|South Station||1514138700|Back Bay|
  3 trip|CR-Sunday-Fall-17-2405|CR-Fitchburg|20171224||0|||||
mbta/VehiclePositions_enhanced.json
  0 vehicle|1527605319|0806||36779402|225||42.20201|-70.94669|315|
  275 vehicle|1527605318|1715|||||42.34007|-71.05828|270|
  549 vehicle|1527604610|saucon252|||Shuttle005||42.33856|-71.04417|134|
mbta/alerts.pb
  0 alert|105025|1451727000||4|elevator unavailable
  25 alert|219249|1515231000|1515310200|11|Red Line shuttle
  50 alert|221210|1514032892|1514048418|1|Minor Route 47 delay
mbta/alerts_enhanced.json
  0 alert|116292|1514626200|1514705400|8|Lechmere closed until Sun Jan 21 every S
  3 alert|116374|1514548971||3|Jackson Square Elevator 846 (Orange Line
  5 alert|116376|1514560500|1514576160|4|Framingham/Worcester Line Train 511 (10:
mbta/tripupdates.pb
  0 trip|ADDED-1873|Green-D|20171218|10034|4|70167|1513622831|1513622831|70161|1513623203
  24 trip|ADDED-1865|Green-B|20171218|10184|6|70150|1513622829|1513622829|70200|1513623472
  48 trip|ADDED-1885|Green-B|20171218|10038|14|70134|1513622784|1513622784|70200|1513624170
mbta/tripupdates_with_tripproperties.pb
  0 trip|ADDED-1873|Green-D|20171218|10034|3|70167|1513622831|1513622831|70163|1513623041
  2 trip|34658756|Green-D|20171218|10162|0|||||
  3 trip|34657654|Green-C|20171218|10201|2|70211|1513622872|1513622872|70213|1513622959
mbta/vehiclepositions.pb
  0 vehicle|1513622761|10068|3855-3691|34657674|Green-B|20171218|42.34006|-71.16512|90|70110
  24 vehicle|1513622761|10201|3819-3614|34657654|Green-C|20171218|42.34892|-71.09626|260|70211
  47 vehicle|1513622728|10054|3685-3876|ADDED-1887|Green-C|20171218|42.35301|-71.06454|20|70200
mta-bus-brooklyn-b47-2017/tripUpdate-20170412_7198.pb
  0 trip|MTA NYCT_GA_B7-Weekday-060800_B47_413|MTA NYCT_B47|20170412|MTA NYCT_7198|7|MTA_303152|1492009877|1492009877|MTA_901017|1492010305
nyct-subway-added-trips-2023/gtfs-si-10192023-073001.pb
  0 trip|042000_SI..N|SI|20231019||2|S30N|1697715049|1697715049|S31N|1697716849
  21 vehicle|1697715360|||045600_SI..N|SI|20231019||||S19N
  41 vehicle|1697717280|||048800_SI..S|SI|20231019||||S31S
nyct-subway-added-trips-2023/nyct_subways_gtfs_rt.pb
  0 trip|036050_2..S07R|2|20230509||20|137S|1683629887|1683629887|247S|1683631897
  198 vehicle|1683629920|||037400_5..S04R|5|20230509||||640S
  396 alert|000397|||0|Train delayed
sound-transit-link-2023/trip_update_1683740698.json
  0 trip|LLR_2023-03-18_Weekday_100479_2047|100479|20230510|721.150369|19|990005||1683739335|99913|1683742891
  7 trip|LLR_2023-03-18_Weekday_100479_1047|100479|20230510|720.894096|17|99905|1683740584|1683740675|990006|1683743632
  13 trip|LLR_2023-03-18_Weekday_100479_2062|100479|20230510|716.806304|16|99604|1683740508|1683740563|99913|1683743387
sound-transit-link-2023/trip_update_1683740798.json
  0 trip|LLR_2023-03-18_Weekday_100479_2047|100479|20230510|721.150369|12|501|1683740462|1683740521|99913|1683742836
  7 trip|LLR_2023-03-18_Weekday_100479_1047|100479|20230510|720.894096|17|99905|1683740584|1683740675|990006|1683743642
  13 trip|LLR_2023-03-18_Weekday_100479_2062|100479|20230510|716.806304|16|99604|1683740508|1683740563|99913|1683743335
sound-transit-link-2023/trip_update_1683914528.json
  0 trip|LLR_2023-03-18_Weekday_100479_1047|100479|20230512|893.444115|14|55778|1683914308|1683914436|990006|1683916399
  7 trip|LLR_2023-03-18_Weekday_100479_2050|100479|20230512|895.186767|18|990003|1683914189|1683914234|99913|1683917329
  14 trip|LLR_2023-03-18_Weekday_100479_2060|100479|20230512|896.511317|19|990005||1683912357|99913|1683915712
sound-transit-link-2023/trip_update_1683915543.json
  0 trip|LLR_2023-03-18_Weekday_100479_1047|100479|20230512|893.444115|8|532|1683915312|1683915373|990006|1683916420
  7 trip|LLR_2023-03-18_Weekday_100479_2050|100479|20230512|895.186767|10|99101|1683915359|1683915414|99913|1683917407
  14 trip|LLR_2023-03-18_Weekday_100479_2060|100479|20230512|896.511317|19|990005||1683912357|99913|1683915712
sound-transit-link-2023/trip_update_1683915993.json
  0 trip|LLR_2023-03-18_Weekday_100479_1047|100479|20230512|893.444115|5|99603|1683915691|1683915750|990006|1683916439
  7 trip|LLR_2023-03-18_Weekday_100479_2048|100479|20230512|889.448052|3|99900|1683915985|1683916012|99913|1683916420
  13 trip|LLR_2023-03-18_Weekday_100479_2060|100479|20230512|896.511317|19|990005||1683912357|99913|1683915712
sound-transit-link-2023/vehicle_position_1683740698.json
  0 vehicle|1683740694|721.150369|11 [222-261-297-235]|LLR_2023-03-18_Weekday_100479_2047|100479|20230510|47.59672|-122.32821||
  7 vehicle|1683740695|720.894096|5 [269-288-201-295]|LLR_2023-03-18_Weekday_100479_1047|100479|20230510|47.46335|-122.28617||55578
  13 vehicle|1683740697|716.806304|12 [281-250-225-221]|LLR_2023-03-18_Weekday_100479_2062|100479|20230510|47.62616|-122.31678||99610
sound-transit-link-2023/vehicle_position_1683740798.json
  0 vehicle|1683740745|721.150369|11 [222-261-297-235]|LLR_2023-03-18_Weekday_100479_2047|100479|20230510|47.59292|-122.32727||623
  7 vehicle|1683740792|720.894096|5 [269-288-201-295]|LLR_2023-03-18_Weekday_100479_1047|100479|20230510|47.46662|-122.26899||55578
  13 vehicle|1683740745|716.806304|12 [281-250-225-221]|LLR_2023-03-18_Weekday_100479_2062|100479|20230510|47.61838|-122.32027||99610
sound-transit-link-2023/vehicle_position_1683914528.json
  0 vehicle|1683914522|893.444115|5 [124-162-136-143]|LLR_2023-03-18_Weekday_100479_1047|100479|20230512|47.57422|-122.2968||55860
  7 vehicle|1683914483|895.186767|14 [129-140-139-149]|LLR_2023-03-18_Weekday_100479_2050|100479|20230512|47.64975|-122.30385||99604
  14 vehicle|1683912393|896.511317|10 [302-268-213-294]|LLR_2023-03-18_Weekday_100479_2060|100479|20230512|47.69796|-122.32884||990003
sound-transit-link-2023/vehicle_position_1683915543.json
  0 vehicle|1683915510|893.444115|5 [124-162-136-143]|LLR_2023-03-18_Weekday_100479_1047|100479|20230512|47.61094|-122.33798||1121
  7 vehicle|1683915537|895.186767|14 [139-149]|LLR_2023-03-18_Weekday_100479_2050|100479|20230512|47.58008|-122.32744||99121
  14 vehicle|1683912393|896.511317|10 [302-268-213-294]|LLR_2023-03-18_Weekday_100479_2060|100479|20230512|47.69796|-122.32884||990003
sound-transit-link-2023/vehicle_position_1683915993.json
  0 vehicle|1683915985|893.444115|5 [124-162-136-143]|LLR_2023-03-18_Weekday_100479_1047|100479|20230512|47.65176|-122.30373||990002
  7 vehicle|1683915985|889.448052|12 [248-298-212-215]|LLR_2023-03-18_Weekday_100479_2048|100479|20230512|47.464|-122.28779||99900
  13 vehicle|1683912393|896.511317|10 [302-268-213-294]|LLR_2023-03-18_Weekday_100479_2060|100479|20230512|47.69796|-122.32884||990003
usf-bullrunner-2017/vehicle-positions.pb
  0 vehicle||1536|||F||28.06622|-82.41769|180|
  5 vehicle||1538|||C||28.06934|-82.414|180|
  9 vehicle||9012|||E||28.0573|-82.41371|270|
wmata-bus-late-trip-2023-08-18/2359.json
  0 trip|364060|Z8|20230818|123|1|15613||1692417540|15613|
wmata-bus-late-trip-2023-08-18/2400.json
  0 trip|364060|Z8|20230818|123|1|13004||1692417600|13004|
wmata-bus-late-trip-2023-08-18/2401.json
  0 trip|364060|Z8|20230818|123|1|13006||1692417660|13006|
wmata-bus-late-trip-2023-08-18/2402.json
  0 trip|364060|Z8|20230818|123|1|10662||1692417720|10662|
wmata-bus-late-trip-2023-08-18/2403.json
  0 trip|364060|Z8|20230818|123|1|10650||1692417780|10650|
wmata-bus-late-trip-2023-08-18/2445.json
  0 trip|21489060|Z8|20230819|123|1|19054||1692420300|19054|
nyct-subway-ace-2024-02-08/1707397157.ace.pb
  0 trip|038236_A..N|A|20240208||6|A09N|1707397226|1707397226|A02N|1707397901
  160 trip|042825_E..N|E|20240208||4|F05N|1707397150|1707397150|G05N|1707397515
  319 vehicle|1707400290|||053150_FS..S|FS|20240208||||S01S
nyct-subway-1234567-2023-05-29/nyct_subways_gtfs_rt.2023-05-29T14-03-24-04-00.pb
  0 trip|077450_5..S16R|2|20230529||1|142S|1685383446||142S|1685383446
  139 vehicle|1685383355|||076450_4..S01R|4|20230529||||253S
  278 alert|000279|||3|Train delayed
`;

const LAST_DIGIT = 5;
const decimal = (value: number | undefined) =>
	value === undefined ? undefined : Number(value.toFixed(LAST_DIGIT));
const seconds = (value: number | undefined) => (value === undefined ? undefined : Math.trunc(value / 1000));

function told(item: Observation): string {
	return cells(item)
		.map((cell) => cell ?? "")
		.join("|");
}

function cells(item: Observation): readonly (string | number | undefined)[] {
	if (item.kind === "vehicle_location") {
		const { latitude, longitude, headingDeg } = item;
		return [
			...[
				"vehicle",
				seconds(item.eventTime),
				item.vehicleId,
				item.vehicleLabel,
				item.tripId,
				item.gtfsRouteId,
			],
			...[item.serviceDate, decimal(latitude), decimal(longitude), decimal(headingDeg), item.stopId],
		];
	}
	if (item.kind === "trip_update") {
		const [first, last] = [item.stopTimeUpdates[0], item.stopTimeUpdates.at(-1)];
		return [
			...[
				"trip",
				item.tripId,
				item.gtfsRouteId,
				item.serviceDate,
				item.vehicleId,
				item.stopTimeUpdates.length,
			],
			...[first?.stopId, seconds(first?.arrival?.time), seconds(first?.departure?.time)],
			...[last?.stopId, seconds(last?.arrival?.time)],
		];
	}
	if (item.kind !== "service_alert") throw new Error(`no capture holds ${item.kind}`);
	const { activePeriods, header, informedEntities } = item;
	const [start, end] = [seconds(activePeriods[0]?.start), seconds(activePeriods[0]?.end)];
	return ["alert", item.alertId, start, end, informedEntities.length, header?.[0]?.text.slice(0, 40)];
}

describe.skipIf(!folder)(`three records of every captured file${skipped}`, () => {
	const files = SPOTS.trim().split(/\n(?! )/);

	it.each(files.map((text) => text.split("\n  ")))("%s", (path, ...spots) => {
		const all = items(path ?? "");
		const seen = spots.map((spot) => {
			const index = spot.slice(0, spot.indexOf(" "));
			const item = all[Number(index)];
			return `${index} ${item === undefined ? "nothing" : told(item)}`;
		});
		expect(seen).toEqual(spots);
	});
});

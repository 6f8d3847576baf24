import { crc32, deflateRawSync } from "node:zlib";

/** The tables of a small feed of two routes: weekdays, and nothing on the Monday of 2026-01-19. */
export const SMALL_FEED: Readonly<Record<string, string>> = {
	"agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nM,Metro,http://m.test,America/Chicago\n",
	"feed_info.txt":
		"feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version\nM,http://m.test,en,20260101,20260630,2026-A\n",
	"calendar.txt":
		"service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nWD,1,1,1,1,1,0,0,20260101,20260630\n",
	"calendar_dates.txt": "service_id,date,exception_type\nWD,20260119,2\nSP,20260704,1\n",
	"routes.txt":
		'route_id,agency_id,route_short_name,route_long_name,route_type\n10,M,10,"Main, and back",3\n20,M,20,Loop,3\n',
	"stops.txt":
		"stop_id,stop_name,stop_lat,stop_lon,location_type\nA,First,41.90,-87.60,0\nB,Second,41.91,-87.61,\nC,Third,41.92,-87.62,0\n",
	"shapes.txt":
		"shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled\nS1,41.90,-87.60,1,0\nS1,41.92,-87.62,2,2.5\n",
	"trips.txt":
		"route_id,service_id,trip_id,direction_id,block_id,shape_id\n10,WD,T1,0,B1,S1\n10,WD,T2,1,B1,\n20,WD,N1,0,B2,\n20,SP,X1,0,,\n",
	"stop_times.txt": [
		"trip_id,arrival_time,departure_time,stop_id,stop_sequence",
		"T1,08:00:00,08:00:30,A,1",
		"T1,,,B,2",
		"T1,08:30:00,08:30:00,C,3",
		"T2,8:40:00,8:40:00,C,1",
		"T2,09:10:00,09:10:00,A,2",
		"N1,23:50:00,23:50:00,A,1",
		"N1,25:10:00,25:10:00,B,2",
		"X1,10:00:00,10:00:00,A,1",
		"X1,10:30:00,10:30:00,B,2",
		"",
	].join("\n"),
	"frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nX1,10:00:00,12:00:00,600,1\n",
};

export interface ZipEntry {
	readonly name: string;
	readonly content: string | Uint8Array;
	/** Left as it is instead of deflated. */
	readonly isStored?: boolean;
	/** What the archive claims of its unpacked size and checksum. */
	readonly claims?: { readonly bytes?: number; readonly checksum?: number };
}

/** A zip archive, made by hand so that a test can make broken ones too. */
export function zipOf(entries: readonly ZipEntry[] | Readonly<Record<string, string>>): Uint8Array {
	const list = Array.isArray(entries)
		? (entries as readonly ZipEntry[])
		: Object.entries(entries as Readonly<Record<string, string>>).map(([name, content]) => ({
				name,
				content,
			}));
	const parts: Buffer[] = [];
	const directory: Buffer[] = [];
	let offset = 0;
	for (const { name, content, isStored = false, claims = {} } of list as readonly ZipEntry[]) {
		const raw = Buffer.from(content as Uint8Array);
		const packed = isStored ? raw : deflateRawSync(raw);
		const path = Buffer.from(name);
		const fixed = Buffer.alloc(26);
		fixed.writeUInt16LE(20, 0);
		fixed.writeUInt16LE(0x0800, 2);
		fixed.writeUInt16LE(isStored ? 0 : 8, 4);
		fixed.writeUInt32LE(claims.checksum ?? crc32(raw), 10);
		fixed.writeUInt32LE(packed.length, 14);
		fixed.writeUInt32LE(claims.bytes ?? raw.length, 18);
		fixed.writeUInt16LE(path.length, 22);
		const local = Buffer.concat([Buffer.from("PK\x03\x04"), fixed, path, packed]);
		const tail = Buffer.alloc(14);
		tail.writeUInt32LE(offset, 10);
		directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fixed, tail, path]));
		parts.push(local);
		offset += local.length;
	}
	const central = Buffer.concat(directory);
	const end = Buffer.alloc(22);
	end.write("PK\x05\x06", "latin1");
	end.writeUInt16LE(list.length, 8);
	end.writeUInt16LE(list.length, 10);
	end.writeUInt32LE(central.length, 12);
	end.writeUInt32LE(offset, 16);
	return Buffer.concat([...parts, central, end]);
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Figures, figuresOf, pooled, type Sample } from "./figures.js";

/** Ten traces of single buses of New York; what was recorded twice counts once. */
export function recordedMta(folder: string): Figures {
	const traces = join(folder, "avl-traces");
	const names = ["mta-nyct-b63-2010", "mta-nyct-si-m34-2011"].flatMap((part) =>
		readdirSync(join(traces, part))
			.filter((name) => name.endsWith(".csv") && !name.includes("no-dsc"))
			.map((name) => join(part, name)),
	);
	return pooled(
		["mta-nyct-6603-2014-04-15.csv", ...names.toSorted()].map((name) => {
			const rows = rowsOf(readFileSync(join(traces, name), "utf8"));
			return figuresOf(
				inOrder(
					rows.map((row) =>
						sampleOf(Date.parse(`${row["timestamp"]?.replace(" ", "T")}Z`), row["lat"], row["lon"]),
					),
				),
			);
		}),
	);
}

/** A Sunday of all buses of Austin. */
export function recordedCapMetro(folder: string): Figures {
	const packed = readFileSync(join(folder, "avl-day-logs/capmetro-austin/2015-03-08.csv.gz"));
	const byVehicle = new Map<string, Sample[]>();
	for (const row of rowsOf(gunzipSync(packed).toString())) {
		const { vehicle_id = "", timestamp = "", latitude, longitude } = row;
		const samples = byVehicle.get(vehicle_id) ?? [];
		samples.push(sampleOf(Date.parse(timestamp), latitude, longitude));
		byVehicle.set(vehicle_id, samples);
	}
	return pooled([...byVehicle.values()].map((samples) => figuresOf(inOrder(samples))));
}

function rowsOf(text: string): readonly Readonly<Record<string, string>>[] {
	const [head = "", ...lines] = text.trim().split(/\r?\n/);
	const names = head.split(",");
	return lines.map((line) => {
		const values = line.split(",");
		return Object.fromEntries(names.map((name, at) => [name, values[at] ?? ""]));
	});
}

function sampleOf(time: number, latitude: string | undefined, longitude: string | undefined): Sample {
	return { timeS: time / 1000, latitude: Number(latitude), longitude: Number(longitude) };
}

/** Without those that have no place. */
function inOrder(samples: readonly Sample[]): readonly Sample[] {
	return samples.filter(({ latitude }) => Math.abs(latitude) > 1).toSorted((a, b) => a.timeS - b.timeS);
}

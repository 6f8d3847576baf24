const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TYPES = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"];
const URI = /^[a-z][a-z0-9+.-]*:\S+$/;

type Json = Readonly<Record<string, unknown>>;

/** What OpenLineage 2-0-2 and the facets that are used require, and an event lacks. None: it may be sent. */
export function lineageProblems(event: unknown): string[] {
	const problems: string[] = [];
	const objectAt = (value: unknown, where: string): Json => {
		if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
		problems.push(`${where} is no object`);
		return {};
	};
	const uri = (value: unknown, where: string) => {
		if (typeof value !== "string" || !URI.test(value)) problems.push(`${where} is no URI: ${String(value)}`);
	};
	const text = (value: unknown, where: string) => {
		if (typeof value !== "string" || value === "") problems.push(`${where} is no text: ${String(value)}`);
	};
	const facets = (value: unknown, where: string, required: Readonly<Record<string, readonly string[]>>) => {
		if (value === undefined) return;
		for (const [name, facet] of Object.entries(objectAt(value, where))) {
			const one = objectAt(facet, `${where}.${name}`);
			uri(one["_producer"], `${where}.${name}._producer`);
			uri(one["_schemaURL"], `${where}.${name}._schemaURL`);
			for (const field of required[name] ?? [])
				if (one[field] === undefined) problems.push(`${where}.${name} has no ${field}`);
		}
	};
	const all = objectAt(event, "event");
	if (Number.isNaN(Date.parse(String(all["eventTime"])))) problems.push("eventTime is no time");
	uri(all["producer"], "producer");
	uri(all["schemaURL"], "schemaURL");
	if (!TYPES.includes(String(all["eventType"]))) problems.push(`eventType: ${String(all["eventType"])}`);
	const run = objectAt(all["run"], "run");
	if (!UUID.test(String(run["runId"]))) problems.push(`run.runId is no UUID: ${String(run["runId"])}`);
	facets(run["facets"], "run.facets", { errorMessage: ["message", "programmingLanguage"] });
	const job = objectAt(all["job"], "job");
	for (const name of ["namespace", "name"]) text(job[name], `job.${name}`);
	facets(job["facets"], "job.facets", { jobType: ["processingType", "integration"] });
	for (const side of ["inputs", "outputs"]) {
		if (!Array.isArray(all[side])) problems.push(`${side} is no list`);
		for (const [n, dataset] of ((all[side] ?? []) as unknown[]).entries()) {
			const where = `${side}[${n}]`;
			const one = objectAt(dataset, where);
			for (const name of ["namespace", "name"]) text(one[name], `${where}.${name}`);
			facets(one["facets"], `${where}.facets`, { schema: ["fields"] });
			facets(one["outputFacets"], `${where}.outputFacets`, { outputStatistics: ["rowCount"] });
		}
	}
	return problems;
}

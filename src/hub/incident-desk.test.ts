import { expect, it } from "vitest";
import { HubWorld } from "../../test/hub-world.js";
import { maskedPayload } from "../formats/masking.js";
import { incidentEndpoints } from "../gateway/incident-endpoints.js";
import { incidentFeed } from "../gateway/incident-feed.js";
import type { EndpointRequest } from "../runtime/endpoint.js";

const MINUTE = 60_000;

it("puts an outage together from its alerts, over a restart, and tells its story", async () => {
	const world = new HubWorld();
	let hub = await world.start();
	await world.time.advance(2 * MINUTE);
	expect(hub.incidents.list()).toEqual([]);
	world.outside.dead.add("avl.test");
	await world.time.advance(6 * MINUTE);
	const [open] = hub.incidents.list();
	expect(open).toMatchObject({ state: "open", severity: "page", ackedTime: undefined });
	expect(open?.subjects).toContain("feed:buses");
	await hub.alerts.acknowledge({ alert: "feed-down", by: "mia", note: "vendor is called" });
	expect(hub.status().incidents?.[0]).toMatchObject({ id: open?.id, state: "open" });
	await world.close(hub);

	hub = await world.start();
	await world.time.advance(MINUTE);
	expect(hub.incidents.list().map(({ id, state }) => [id, state])).toEqual([[open?.id, "open"]]);
	const id = open?.id ?? "";
	await hub.incidents.note(id, "mia", "the gateway was being restarted");
	world.outside.dead.clear();
	await world.time.advance(17 * MINUTE);
	const over = hub.incidents.list().find((one) => one.id === id);
	expect(over).toMatchObject({ id, state: "resolved", since: open?.since, title: open?.title });
	expect(over?.ackedTime).toBeLessThan(over?.mitigatedTime ?? 0);
	expect(over?.mitigatedTime).toBeLessThanOrEqual(over?.resolvedTime ?? 0);
	expect(over?.lost.estimated).toBeGreaterThan(0);
	expect(over?.notes).toMatchObject([{ by: "mia", text: "the gateway was being restarted" }]);

	const { timeline } = await hub.incidents.show(id);
	const codes = timeline.map(({ code }) => code);
	for (const code of [
		"breaker.state",
		"alert.raised",
		"alert.acknowledged",
		"hub.stopped",
		"hub.started",
		"feed.gap",
	])
		expect(codes, code).toContain(code);
	expect(codes.indexOf("breaker.state")).toBeLessThan(codes.indexOf("alert.raised"));
	expect(timeline.map(({ time }) => time)).toEqual(timeline.map(({ time }) => time).sort((a, b) => a - b));
	const { records, frames, missing } = await hub.incidents.evidence(id, maskedPayload);
	expect(missing).toEqual([]);
	expect(records.length).toBeGreaterThan(0);
	expect(frames[0]).toMatchObject({ feed: "buses", upstream: 0 });
	expect(frames[0]?.masked).toContain('"vehicle"');
	expect(frames[0]?.masked).not.toMatch(/[1-9]/);
	await world.close(hub);
});

it("answers over HTTP with a review that people only have to finish, and as an Atom feed", async () => {
	const world = new HubWorld();
	const hub = await world.start();
	await world.time.advance(5 * MINUTE);
	world.outside.dead.add("avl.test");
	await world.time.advance(8 * MINUTE);
	const [{ id } = { id: "" }] = hub.incidents.list();
	const endpoints = incidentEndpoints(hub.incidents, world.time.runtime.clock);
	const ask = async (method: string, path: string, params = {}, query = {}) => {
		const found = endpoints.find((one) => one.method === method && one.path === path);
		const { status, body } = (await found?.handle({ params, query } as EndpointRequest)) ?? {};
		return { status, body: JSON.parse(`${body}`) };
	};
	expect((await ask("GET", "/v1/incidents")).body).toMatchObject([{ id }]);
	const shown = await ask("GET", "/v1/incidents/:id", { id });
	for (const part of [
		`# Incident ${id}`,
		"## What it meant",
		"## Times",
		"not yet, after",
		"## To be written by people",
	])
		expect(shown.body.review, part).toContain(part);
	expect(shown.body.evidence).toBeUndefined();
	expect(
		(await ask("GET", "/v1/incidents/:id", { id }, { evidence: "1" })).body.evidence.frames,
	).toBeInstanceOf(Array);
	expect(await ask("GET", "/v1/incidents/:id", { id: "i0" })).toMatchObject({
		status: 404,
		body: { detail: `There is no incident "i0". The last ones: ${id}.` },
	});
	const note = "/v1/incidents/:id/notes";
	expect((await ask("POST", note, { id }, { by: "mia", text: "seen" })).body.notes).toMatchObject([
		{ text: "seen" },
	]);
	for (const query of [
		{},
		{ by: "mia" },
		{ by: "mia", text: "two\nlines" },
		{ by: "mia", text: "x".repeat(1_001) },
	])
		expect((await ask("POST", note, { id }, query)).status, JSON.stringify(query)).toBe(400);

	const atom = incidentFeed(hub.status());
	expect(atom).toContain(`<id>urn:wayside:metro:incident:${id}</id>`);
	expect(atom).toContain("<title>Open, a person is needed: Feed buses gives nothing good.");
	await world.close(hub);
});

it("makes an Atom feed of whatever upstreams have to say", async () => {
	const world = new HubWorld();
	const hub = await world.start();
	const status = hub.status();
	const nasty = {
		id: "x",
		state: "open",
		severity: "warn",
		title: `<b>&"'\u0000\u0007\ud800 ok`,
		subjects: [],
		since: 0,
		detectedTime: 0,
		mitigatedTime: undefined,
	} as const;
	const atom = incidentFeed({ ...status, incidents: [{ ...nasty, resolvedTime: undefined }] });
	expect(atom).toContain("<title>Open: &#60;b&#62;&#38;&#34;&#39; ok</title>");
	await world.close(hub);
});

import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it, vi } from "vitest";
import { HAS_OPENSSL, TestAuthority } from "./certificates.js";
import { hubProcesses, push } from "./hub-process.js";

const { wayside, hub } = hubProcesses();
const POSITIONS = "/gtfs-rt/vehicle-positions.pb";

/** A web server with a certificate of a private authority in front of a hub, as an agency has one; counts what it passes on. */
async function inFront(hubUrl: string, authority: TestAuthority) {
	const passed = { count: 0 };
	const { key, certificate } = authority.issue();
	const server = createServer({ key, cert: certificate }, (request, response) => {
		void fetch(`${hubUrl}${request.url}`).then(
			async (answer) => {
				if (request.url === POSITIONS) passed.count++;
				response.end(Buffer.from(await answer.arrayBuffer()));
			},
			() => response.destroy(),
		);
	});
	await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
	return { passed, server, url: `https://localhost:${(server.address() as AddressInfo).port}` };
}

describe.skipIf(!HAS_OPENSSL)(
	`wayside compare beside a hub that runs${HAS_OPENSSL ? "" : " (skipped: openssl is absent)"}`,
	() => {
		const authority = HAS_OPENSSL ? new TestAuthority() : undefined;
		afterAll(() => authority?.remove());

		it("reads both through the network of the agency, gives its report at Ctrl-C, and goes on after it", async () => {
			const running = await hub("wayside.yaml");
			const front = await inFront(running.url, authority as TestAuthority);
			try {
				await vi.waitFor(
					async () => {
						expect(await push(running.url, 1)).toBe(202);
						const feed = await fetch(`${running.url}/gtfs-rt/vehicle-positions.json`);
						expect(((await feed.json()) as { entity: unknown[] }).entity).toHaveLength(1);
					},
					{ timeout: 30_000, interval: 200 },
				);
				const feeds = [`${running.url}${POSITIONS}`, `${front.url}${POSITIONS}`];
				const words = ["compare", ...feeds, "--for", "14d", "--every", "5s", "--limit", "moments=1"];
				words.push(
					"--trip-updates",
					...[running.url, front.url].map((url) => `${url}/gtfs-rt/trip-updates.pb`),
				);
				words.push("--alerts", ...[running.url, front.url].map((url) => `${url}/gtfs-rt/alerts.pb`));
				words.push("--ca", (authority as TestAuthority).certificatePath, "--state", "compare.json", "--json");
				const measured: number[] = [];
				for (let life = 0; life < 2; life++) {
					const before = front.passed.count;
					const comparing = wayside(...words);
					// The second moment is read, so the first one is measured.
					await vi.waitFor(() => expect(front.passed.count).toBeGreaterThanOrEqual(before + 2), 60_000);
					comparing.child.kill("SIGINT");
					expect(await comparing.ended, comparing.seen.err).toBe(0);
					expect(comparing.seen.err.includes("Goes on with what was measured since")).toBe(life === 1);
					const { verdict, total, beside } = JSON.parse(comparing.seen.out);
					expect([verdict.go, total.vehicles.onlyA, total.vehicles.onlyB, beside.down]).toEqual([
						true,
						0,
						0,
						{ a: 0, b: 0 },
					]);
					measured.push(total.moments);
				}
				expect(measured[1]).toBeGreaterThan(measured[0] ?? 0);

				const stranger = wayside("compare", ...feeds, "--for", "6s", "--every", "5s");
				expect(await stranger.ended).toBe(78);
				expect(stranger.seen.err).toContain("an authority that this machine does not know");
			} finally {
				front.server.closeAllConnections();
				front.server.close();
			}
			running.child.kill("SIGTERM");
			expect(await running.ended).toBe(0);
		});
	},
);

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { hubProcesses, push } from "./hub-process.js";

const { path, wayside, hub, ledger } = hubProcesses();

interface Report {
	readonly ok: boolean;
	readonly findings: readonly {
		readonly check: string;
		readonly verdict: string;
		readonly message: string;
	}[];
	readonly repair: { readonly keptIn: string; readonly lost: Readonly<Record<string, number>> } | null;
}

async function command(...words: string[]) {
	const { ended, seen } = wayside(...words);
	const code = await ended;
	return { code, out: seen.out, err: seen.err };
}

async function doctor(...words: string[]): Promise<Report & { readonly code: number | string }> {
	const { code, out, err } = await command("doctor", "--json", ...words);
	if (!out.startsWith("{")) throw new Error(`${code}: ${err}`);
	return { ...(JSON.parse(out) as Report), code };
}

const of = ({ findings }: Report, check: string) => findings.filter((finding) => finding.check === check);

/** Runs a hub that takes in so many vehicles, each in a report of its own, and has delivered them. */
async function runWith(vehicles: number): Promise<void> {
	const running = await hub("wayside.yaml");
	for (let n = 1; n <= vehicles; n++)
		await vi.waitFor(async () => expect(await push(running.url, n)).toBe(202), {
			timeout: 10_000,
			interval: 50,
		});
	const lines = () =>
		existsSync(path("archive.ndjson"))
			? readFileSync(path("archive.ndjson"), "utf8").trim().split("\n").length
			: 0;
	await vi.waitFor(() => expect(lines()).toBe(vehicles), { timeout: 20_000, interval: 50 });
	running.child.kill("SIGTERM");
	expect(await running.ended).toBe(0);
}

describe("wayside doctor", { timeout: 90_000 }, () => {
	it("finds a hub in order, before its first run, while it runs and after", async () => {
		const before = await doctor();
		expect([before.code, before.ok]).toEqual([0, true]);
		expect(of(before, "store")).toMatchObject([
			{ verdict: "good", message: expect.stringContaining("none yet") },
		]);
		const running = await hub("wayside.yaml");
		expect(of(await doctor(), "store")).toMatchObject([{ verdict: "skipped" }]);
		running.child.kill("SIGTERM");
		expect(await running.ended).toBe(0);
		const after = await doctor();
		expect(after.code).toBe(0);
		expect(of(after, "store")).toMatchObject([{ verdict: "good" }]);
		expect(of(after, "ledger")).toMatchObject([{ verdict: "good" }]);
		const repaired = await command("doctor", "--repair");
		expect([repaired.code, repaired.out]).toEqual([0, expect.stringContaining("nothing to repair")]);
	});

	it("repairs a damaged store, keeps the damaged one, and the hub goes on with a ledger that adds up", async () => {
		await runWith(15);
		const file = path("store/wayside.db");
		const bytes = readFileSync(file);
		// A page in the middle, and the first one, which says where everything is.
		const page = 8192 * Math.floor(bytes.length / 8192 / 2);
		bytes.fill(0, page, page + 8192);
		bytes.fill(0x41, 0, 100);
		writeFileSync(file, bytes);
		const refused = await command("run", "wayside.yaml");
		expect([refused.code, refused.err]).toEqual([
			1,
			expect.stringContaining("wayside doctor CONFIG --repair"),
		]);
		const found = await doctor();
		expect(found.code).toBe(4);
		expect(of(found, "store")).toMatchObject([{ verdict: "bad", mend: expect.stringContaining("--repair") }]);

		const { code, out } = await command("doctor", "--repair");
		expect([code, out]).toEqual([0, expect.stringContaining("Repaired. Rows saved: ")]);
		const kept = readdirSync(path("store")).filter((name) => name.startsWith("damaged-"));
		expect(kept).toHaveLength(1);
		expect(readFileSync(path(`store/${kept[0]}/wayside.db`)).equals(bytes)).toBe(true);
		const audit = await ledger("--audit");
		expect([audit.code, audit.findings]).toEqual([0, []]);
		const events = await command("events", "--json");
		expect(events.out).toContain("store.repaired");

		const again = await hub("wayside.yaml");
		await vi.waitFor(async () => expect(await push(again.url, 99)).toBe(202), {
			timeout: 10_000,
			interval: 50,
		});
		await vi.waitFor(() => expect(readFileSync(path("archive.ndjson"), "utf8")).toContain("bus-99"), {
			timeout: 20_000,
			interval: 50,
		});
		again.child.kill("SIGTERM");
		expect(await again.ended).toBe(0);
		expect((await ledger("--audit")).findings).toEqual([]);
		// Nothing that the archive had came a second time.
		const ids = readFileSync(path("archive.ndjson"), "utf8")
			.trim()
			.split("\n")
			.map((line) => (JSON.parse(line) as { id: string }).id);
		expect(new Set(ids).size).toBe(ids.length);
	});

	it("says what is wrong with the configuration and the rights, with a mend, and keeps its exit codes", async () => {
		const config = readFileSync(path("wayside.yaml"), "utf8");
		writeFileSync(path("broken.yaml"), config.replace("routes:", "rotes:"));
		expect((await command("doctor", "broken.yaml")).code).toBe(78);
		writeFileSync(path("taken"), "a file where a folder is wanted");
		writeFileSync(path("rights.yaml"), config.replace("directory: ./store", "directory: ./taken/store"));
		const { code, findings } = await doctor("rights.yaml");
		expect(code).toBe(4);
		expect(findings).toContainEqual(
			expect.objectContaining({ check: "permissions", verdict: "bad", mend: expect.any(String) as string }),
		);
		expect((await command("doctor", "--help")).out).toContain("wayside doctor wayside.yaml");
	});
});

import { afterEach, describe, expect, it } from "vitest";
/** What every store of schedules promises. */
export function scheduleStoreContract(name, options) {
    describe(`schedule store contract: ${name}`, () => {
        let store;
        afterEach(async () => {
            await store?.close();
            store = undefined;
        });
        const opened = async () => {
            store = await options.open();
            return store;
        };
        const load = async (into, feed = options.feed, readTime = 1000, agency = "metro") => into.load({ agency, path: await options.place(feed), readTime });
        const versionIn = (loaded) => {
            if (loaded.outcome === "refused")
                throw new Error(loaded.refusal.sentence);
            return loaded.version;
        };
        const withTrip = { ...options.feed, "trips.txt": `${options.feed["trips.txt"]}10,WD,T3,0,B1,\n` };
        it("keeps what a feed says, and answers it piece by piece", async () => {
            const into = await opened();
            const progress = [];
            const path = await options.place(options.feed);
            const loaded = await into.load({
                agency: "metro",
                path,
                readTime: 1000,
                onProgress: ({ file, bytes, totalBytes }) => progress.push(`${file} ${bytes === totalBytes}`),
            });
            expect(loaded.outcome).toBe("loaded");
            const version = versionIn(loaded);
            expect(version).toMatchObject({
                agency: "metro",
                validFrom: "20260101",
                validTo: "20260630",
                validity: "feed_info",
                timezone: "America/Chicago",
                readTime: 1000,
                warnings: [],
            });
            expect(version.version).toMatch(/^2026-A@[0-9a-f]{8}$/);
            expect(progress.at(-1)).toBe(" true");
            expect(await into.versions("metro")).toEqual([version]);
            expect(await into.versions("other")).toEqual([]);
            const { services, exceptions } = await into.calendar(version);
            expect(services).toHaveLength(1);
            expect(exceptions.map(({ isAdded }) => isAdded)).toEqual([false, true]);
            expect((await into.routes(version)).map(({ gtfsRouteId }) => gtfsRouteId)).toEqual(["10", "20"]);
            expect(await into.frequencies(version)).toHaveLength(1);
            expect((await into.stopTimes(version, "T1")).map((stop) => [stop.stopId, stop.arrivalS, stop.departureS])).toEqual([
                ["A", 28_800, 28_830],
                ["B", undefined, undefined],
                ["C", 30_600, 30_600],
            ]);
            expect(await into.stopTimes(version, "nobody")).toEqual([]);
            expect((await into.shape(version, "S1")).map(({ distance }) => distance)).toEqual([0, 2.5]);
            expect(await into.shape(version, "nobody")).toEqual([]);
        });
        it("gives all trips once, in pages of any size", async () => {
            const into = await opened();
            const version = versionIn(await load(into));
            for (const limit of [1, 2, 3, 4, 100]) {
                const all = [];
                for (let after = 0; after !== undefined;) {
                    const page = await into.trips(version, after, limit);
                    all.push(...page.trips);
                    after = page.next;
                }
                expect(all.map(({ tripId }) => tripId)).toEqual(["T1", "T2", "N1", "X1"]);
                expect(all[0]).toEqual({
                    tripId: "T1",
                    gtfsRouteId: "10",
                    serviceId: "WD",
                    directionId: 0,
                    blockId: "B1",
                    shapeId: "S1",
                    startS: 28_800,
                    endS: 30_600,
                });
                expect(all[2]).toMatchObject({ tripId: "N1", shapeId: undefined, startS: 85_800, endS: 90_600 });
            }
        });
        it("puts a trip together whose stop times lie scattered in the file", async () => {
            const into = await opened();
            const lines = (options.feed["stop_times.txt"] ?? "").trim().split("\n");
            const scattered = [lines[0], ...lines.slice(1).reverse()].join("\n");
            const mixed = [lines[0], lines[3], lines[5], lines[1], lines[4], lines[2], ...lines.slice(6)].join("\n");
            const whole = versionIn(await load(into));
            for (const text of [scattered, mixed]) {
                const version = versionIn(await load(into, { ...options.feed, "stop_times.txt": `${text}\n` }));
                for (const trip of ["T1", "T2", "N1"])
                    expect(await into.stopTimes(version, trip)).toEqual(await into.stopTimes(whole, trip));
                expect((await into.trips(version, 0, 10)).trips).toEqual((await into.trips(whole, 0, 10)).trips);
            }
        });
        it("knows the same content again, and lets it count as read last", async () => {
            const into = await opened();
            const first = versionIn(await load(into));
            const second = versionIn(await load(into, withTrip, 2000));
            expect((await into.versions("metro")).map(({ version }) => version)).toEqual([
                second.version,
                first.version,
            ]);
            const again = await load(into, options.feed, 3000);
            expect(again.outcome).toBe("known");
            expect((await into.versions("metro")).map(({ version }) => version)).toEqual([
                first.version,
                second.version,
            ]);
            expect((await into.versions("metro"))[0]?.readTime).toBe(3000);
        });
        it("refuses a broken feed with the reason, and keeps the old one", async () => {
            const into = await opened();
            const version = versionIn(await load(into));
            const { "trips.txt": _, ...broken } = options.feed;
            const loaded = await load(into, broken, 2000);
            expect(loaded).toMatchObject({
                outcome: "refused",
                refusal: { time: 2000, sentence: expect.stringContaining("trips.txt: is missing") },
            });
            expect(await into.versions("metro")).toEqual([version]);
            expect(await into.stopTimes(version, "T1")).toHaveLength(3);
            expect((await into.refusal("metro"))?.sentence).toContain("trips.txt: is missing");
            const nowhere = await into.load({
                agency: "metro",
                path: `${await options.place({})}-not-there`,
                readTime: 2500,
            });
            expect(nowhere).toMatchObject({
                outcome: "refused",
                refusal: { sentence: expect.stringContaining("There is no GTFS feed at") },
            });
            await load(into, withTrip, 3000);
            expect(await into.refusal("metro")).toBeUndefined();
        });
        it("keeps agencies apart, and removes one version without touching another", async () => {
            const into = await opened();
            const mine = versionIn(await load(into));
            const other = versionIn(await load(into, options.feed, 1000, "other"));
            await into.remove(mine);
            expect(await into.versions("metro")).toEqual([]);
            expect(await into.stopTimes(other, "T1")).toHaveLength(3);
            await into.remove(mine);
        });
        it("leaves nothing of a load that was stopped", async () => {
            const into = await opened();
            const stop = new AbortController();
            stop.abort();
            const path = await options.place(options.feed);
            const stopped = into.load({ agency: "metro", path, readTime: 1, signal: stop.signal });
            await expect(stopped).rejects.toMatchObject({ code: "closed" });
            expect(await into.versions("metro")).toEqual([]);
            expect(await into.refusal("metro")).toBeUndefined();
        });
        const { reopen } = options;
        it.skipIf(reopen === undefined)("finds everything again after it was closed (skipped: nothing outlives it)", async () => {
            const first = await options.open();
            const version = versionIn(await load(first));
            await load(first, options.feed, 4000);
            await load(first, { "agency.txt": "" }, 5000);
            await first.close();
            store = await reopen?.();
            expect(await store?.versions("metro")).toEqual([{ ...version, readTime: 4000 }]);
            expect(await store?.stopTimes(version, "N1")).toHaveLength(2);
            expect((await store?.refusal("metro"))?.time).toBe(5000);
        });
    });
}

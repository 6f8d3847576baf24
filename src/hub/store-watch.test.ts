import { expect, it, vi } from "vitest";
import { DeliveryWorld } from "../../test/delivery-world.js";
import type { HubConfig } from "../config/config.js";
import { Failure } from "../model/failure.js";
import { StoreWatch } from "./store-watch.js";

it("measures the disk when it becomes full and when there is room again, so that the two agree", async () => {
	const { log, time } = new DeliveryWorld();
	let freeBytes = 500;
	const space = async () => ({ freeBytes, totalBytes: 1000 });
	const events: string[] = [];
	const watch = new StoreWatch({
		config: () => ({ store: { directory: "/store" }, sinks: [] }) as unknown as HubConfig,
		log,
		runtime: { ...time.runtime, files: { ...time.runtime.files, space } },
		delivering: () => [],
		onEvent: (_subject, level, code) => events.push(`${level} ${code}`),
	});
	freeBytes = 20;
	watch.trouble(new Failure("store.full", "The disk has 20 B free"));
	await vi.waitFor(() => expect(watch.status()).toMatchObject({ state: "full", freeBytes: 20 }));
	freeBytes = 600;
	watch.trouble(undefined);
	await vi.waitFor(() => expect(watch.status()).toMatchObject({ state: "ok", freeBytes: 600 }));
	expect(events).toEqual(["error store.trouble", "info store.recovered"]);
});

import { describe, expect, it } from "vitest";
import { LiveFrames } from "./live-frames.js";
import type { StreamItem } from "./source.js";

const item = (text: string): StreamItem => ({
	bytes: new TextEncoder().encode(text),
	receivedTime: 0,
	connection: "test",
});
const textOf = ({ bytes }: StreamItem) => new TextDecoder().decode(bytes);

describe("LiveFrames", () => {
	it("gives what was pushed before and while it is pulled, in order, and then the reason of its end", async () => {
		let ended = 0;
		const frames = new LiveFrames({ signal: new AbortController().signal, onEnd: () => ended++ });
		frames.push(item("a"));
		const seen: string[] = [];
		const reading = (async () => {
			for await (const one of frames) seen.push(textOf(one));
		})();
		await Promise.resolve();
		frames.push(item("b"));
		frames.push(item("c"));
		frames.fail(new Error("broken"));
		frames.fail(new Error("broken twice"));
		await expect(reading).rejects.toThrow("broken");
		expect([seen, ended]).toEqual([["a", "b", "c"], 1]);
	});

	it("says when it is full, and when there is room again", async () => {
		const told: string[] = [];
		const frames = new LiveFrames({
			signal: new AbortController().signal,
			bytesMax: 4,
			onRoom: () => told.push("room"),
			onEnd: () => told.push("end"),
		});
		expect([frames.push(item("ab")), frames.push(item("cd")), frames.push(item("ef"))]).toEqual([
			true,
			false,
			false,
		]);
		for await (const one of frames) {
			told.push(textOf(one));
			if (told.includes("ef")) break;
		}
		expect(told).toEqual(["ab", "cd", "room", "ef", "end"]);
	});

	it("ends with the reason of its signal, also while nothing comes and when frames wait", async () => {
		for (const waiting of [[], ["x", "y"]]) {
			const stop = new AbortController();
			const frames = new LiveFrames({ signal: stop.signal, onEnd: () => undefined });
			for (const text of waiting) frames.push(item(text));
			const reason = { why: "closing" };
			const reading = (async () => {
				for await (const _ of frames) stop.abort(reason);
			})();
			await Promise.resolve();
			stop.abort(reason);
			expect(await reading.catch((thrown: unknown) => thrown)).toBe(reason);
		}
	});
});

import { describe, expect, it } from "vitest";
import type { FeedCondition } from "../intake/feed-status.js";
import { ConditionNews } from "./condition-news.js";

/** What is told of a story of conditions, each with the second at which it is judged. */
function told(story: readonly (readonly [number, FeedCondition])[]): string[] {
	const news = new ConditionNews();
	return story
		.filter(([second, condition]) => news.isNews(condition, second * 1000))
		.map(([second, condition]) => `${second} ${condition}`);
}

describe("what is told of the condition of a feed", () => {
	it("is each change, once", () => {
		expect(
			told([
				[0, "waiting"],
				[1, "running"],
				[2, "running"],
				[100, "failing"],
				[101, "failing"],
				[103, "running"],
			]),
		).toEqual(["1 running", "100 failing", "103 running"]);
	});

	it("is the first faltering of a minute, and a longer one when the minute is over", () => {
		expect(
			told([
				[0, "failing"],
				[5, "running"],
				[10, "failing"],
				[15, "running"],
				[50, "failing"],
				[59, "failing"],
				[60, "failing"],
				[70, "running"],
			]),
		).toEqual(["0 failing", "5 running", "60 failing", "70 running"]);
	});

	it("is that it is down at any time, and then only that it is well again", () => {
		expect(
			told([
				[0, "failing"],
				[5, "down"],
				[200, "failing"],
				[201, "down"],
				[300, "failing"],
				[301, "running"],
				[310, "failing"],
				[312, "running"],
				[320, "down"],
			]),
		).toEqual(["0 failing", "5 down", "301 running", "320 down"]);
	});
});

import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, openGateway } from "../src/gateway/gateway.js";
import type { HubView } from "../src/gateway/hub-view.js";
import type { HubStatus, OpenAlert } from "../src/operations/status.js";
import { BAR_MS, BARS } from "../src/operations/status-history.js";
import { nodeClock } from "../src/runtime/node-clock.js";
import { STATUS } from "./hub-status.js";

const CHROMIUM = "/usr/bin/chromium";
const isThere = existsSync(CHROMIUM);
if (!isThere) console.warn("skipped: tests of the status page in a browser need Debian's package chromium");

const ALERT: OpenAlert = {
	alert: "feed-down",
	severity: "page",
	subject: "feed:metro-avl",
	since: STATUS.time - 600_000,
	toldTime: STATUS.time - 300_000,
	what: "Feed metro-avl gives nothing good.",
	affected: "42 vehicles on 7 routes.",
	riders: "Positions that grow old.",
	evidence: "The last attempts failed.",
	done: "It is asked again with growing pauses.",
	todo: "Look whether the gateway answers.",
	runbook: "docs/runbooks/feed-down.md",
};

const HISTORY = [
	{
		subject: "feed:metro-avl",
		fromTime: Math.floor(STATUS.time / BAR_MS) * BAR_MS - (BARS - 1) * BAR_MS,
		states: `${".".repeat(8)}${"w".repeat(70)}${"t".repeat(6)}${"d".repeat(12)}`,
		counts: Array.from({ length: BARS }, (_, at) => (at < 8 || at > 83 ? 0 : 900 + 40 * (at % 11))),
	},
];

const FULL: HubStatus = {
	...STATUS,
	alerts: [ALERT],
	history: HISTORY,
	store: {
		...STATUS.store,
		deadLetters: [
			{
				id: "0a1b2c3d4e",
				subject: "feed:metro-avl",
				code: "decode.invalid",
				open: 1_204,
				firstTime: STATUS.time - 7_200_000,
				lastTime: STATUS.time - 60_000,
			},
		],
	},
};

/** Colours as the browser computed them, and how far apart text and background are (WCAG 2.2, 1.4.3). Runs in the page. */
const CONTRAST = `(() => {
	const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
	const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
	const dark = matchMedia("(prefers-color-scheme: dark)").matches;
	const groundOf = (node) => {
		for (let at = node; at; at = at.parentElement) {
			const colour = parse(getComputedStyle(at).backgroundColor);
			if (colour.length === 3 || colour[3] > 0) return colour;
		}
		return dark ? [18, 18, 18] : [255, 255, 255];
	};
	const poor = [];
	for (const node of document.querySelectorAll("body *")) {
		const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== "");
		if (!own || node.closest("svg")) continue;
		const [a, b] = [light(parse(getComputedStyle(node).color)), light(groundOf(node))];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) poor.push(node.tagName + "." + node.className + " " + ratio.toFixed(2));
	}
	return poor;
})()`;

describe.skipIf(!isThere)("the status page in a browser (needs Debian's package chromium)", () => {
	let browser: Browser;
	let gateway: Gateway | undefined;
	let page: Page | undefined;

	beforeAll(async () => {
		browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
	});
	afterEach(async () => {
		await page?.context().close();
		await gateway?.close();
	});
	afterAll(() => browser.close());

	/** Everything that the page asked for, and what its console had to say. */
	async function visit(
		status: HubStatus,
		look: { readonly width: number; readonly scheme: "light" | "dark" },
	): Promise<{ readonly page: Page; readonly asked: string[]; readonly said: string[] }> {
		const hub: HubView = {
			endpoints: [],
			status: () => status,
			tap: () => () => undefined,
			upstreams: () => new Map(),
		};
		const listen = { host: "127.0.0.1", port: 0, tls: undefined };
		const http = {
			public: listen,
			admin: { ...listen, token: undefined, tokenSource: undefined },
			publicUrl: undefined,
			basePath: "",
			trustProxy: [],
		};
		gateway = await openGateway({ hub, http, clock: nodeClock });
		const context = await browser.newContext({
			viewport: { width: look.width, height: 800 },
			colorScheme: look.scheme,
		});
		page = await context.newPage();
		const [asked, said]: [string[], string[]] = [[], []];
		page.on("request", (request) => asked.push(new URL(request.url()).pathname));
		page.on("console", (message) => said.push(message.text()));
		page.on("pageerror", (error) => said.push(error.message));
		await page.goto(`${gateway.publicUrl}/status`);
		return { page, asked, said };
	}

	it.each([
		[1280, "light"],
		[1280, "dark"],
		[360, "light"],
		[360, "dark"],
	] as const)(
		"is readable at a width of %i, %s: nothing sticks out, and text stands out from its ground",
		async (width, scheme) => {
			const { page: seen, asked, said } = await visit(FULL, { width, scheme });
			expect(await seen.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
			expect(await seen.evaluate(CONTRAST)).toEqual([]);
			// No script, no font, no picture from elsewhere; browsers look for an icon by themselves.
			expect(asked.filter((path) => path !== "/favicon.ico")).toEqual(["/status"]);
			expect(said.filter((line) => !line.includes("favicon"))).toEqual([]);
		},
	);

	it.each([800, 1000, 1100, 1220, 1366])("scrolls no table sideways at a width of %i", async (width) => {
		const { page: seen } = await visit(FULL, { width, scheme: "light" });
		const beyond = await seen.$$eval(".wide", (all) =>
			all.map((each) => [each.getAttribute("aria-labelledby"), each.scrollWidth - each.clientWidth]),
		);
		expect(beyond.length).toBeGreaterThan(1);
		expect(beyond.filter(([, pixels]) => pixels !== 0)).toEqual([]);
	});

	it("says to a screen reader what it shows: headings, tables with their heads, and the picture in words", async () => {
		const { page: seen } = await visit(FULL, { width: 1280, scheme: "light" });
		expect(await seen.getByRole("heading", { level: 1 }).allTextContents()).toEqual(["Wayside"]);
		for (const name of ["Open alerts", "Feeds", "Sinks", "Quotas of upstreams", "Dead letters by cause"])
			expect(await seen.getByRole("heading", { level: 2, name, exact: true }).count(), name).toBe(1);
		const feeds = seen.getByRole("region", { name: "Feeds" });
		expect(await feeds.getByRole("columnheader", { name: "Purge headroom" }).count()).toBe(1);
		expect(await feeds.getByRole("rowheader", { name: /metro-avl/ }).count()).toBe(1);
		const past = feeds.getByRole("img", { name: /^Last 24 hours: [\d,]+ records.*down in 12 quarters/ });
		expect(await past.count()).toBe(1);
		const box = await past.boundingBox();
		expect(box?.height).toBeGreaterThan(20);
		const causes = seen.getByRole("region", { name: "Dead letters by cause" });
		expect(await causes.getByRole("row", { name: /decode\.invalid.*1,204/ }).count()).toBe(1);
		expect(await seen.getByRole("link", { name: "Runbook" }).getAttribute("href")).toBe(
			"runbooks/feed-down.md",
		);
		expect(await seen.title()).toBe("Wayside status");
		expect(await seen.locator("html").getAttribute("lang")).toBe("en");
	});

	it("can be read with the keyboard alone: what scrolls and what leads somewhere takes the focus, visibly", async () => {
		const { page: seen } = await visit(FULL, { width: 1280, scheme: "light" });
		const stops: string[] = [];
		for (let at = 0; at < 30; at++) {
			await seen.keyboard.press("Tab");
			const stop = await seen.evaluate<string>(`(() => {
				const at = document.activeElement;
				const style = getComputedStyle(at);
				const name = at.getAttribute("aria-labelledby") ?? at.getAttribute("href") ?? at.tagName;
				return at === document.body ? "" : name + (style.outlineStyle === "none" ? " without an outline" : "");
			})()`);
			if (stop === "" || stops.includes(stop)) break;
			stops.push(stop);
		}
		expect(stops).toEqual(
			expect.arrayContaining(["runbooks/feed-down.md", "feeds", "sinks", "dead-letters", "status.json"]),
		);
		expect(stops.filter((stop) => stop.includes("without"))).toEqual([]);
	});

	it("names each value on a phone, where there is no room for columns", async () => {
		const { page: seen } = await visit(FULL, { width: 360, scheme: "light" });
		const shown = await seen.evaluate<string>(
			`getComputedStyle(document.querySelector('td[data-head="Purge headroom"]'), "::before").content`,
		);
		expect(shown).toBe('"Purge headroom"');
		expect(await seen.getByText("11 min 40 s").first().isVisible()).toBe(true);
	});
});

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { BUILTINS } from "../../src/config/builtins.js";
import { tableOf } from "./table.js";

const PAGE = readFileSync(new URL("../../docs/delivery.md", import.meta.url), "utf8");
const HEADINGS = [...PAGE.matchAll(/^### (`.+)$/gm)].map(([, heading]) => heading as string);
const [, EXACTLY_ONCE = ""] = /^## Exactly once in effect\n([\s\S]*?)^## /m.exec(PAGE) ?? [];

it.each(BUILTINS.sinks.map(({ type }) => type))(
	"says of %s which outcome follows from what, and how it takes effect once",
	(type) => {
		const headings = HEADINGS.filter((heading) => heading.includes(`\`${type}\``));
		expect(headings).toHaveLength(1);
		expect(tableOf(headings[0] as string).length).toBeGreaterThan(3);
		expect(EXACTLY_ONCE).toContain(`\`${type}\``);
	},
);

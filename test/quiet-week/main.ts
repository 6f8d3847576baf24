/**
 * A week in which as much goes wrong as in any week, with nights, a weekend, a holiday and a
 * deprecation that is planned: nobody must be told anything. `npm run simulate:week`; 1 when somebody was.
 */
import { HOUR_MS } from "../../src/model/units.js";
import { live } from "./world.js";

const started = performance.now();
const { alerts, messages, records, starts } = await live({ fromMs: 0, lastsMs: 7 * 24 * HOUR_MS });
for (const { atMs, event } of alerts)
	console.error(
		`${(atMs / HOUR_MS).toFixed(2)} h: ${event.level} ${event.code} ${event.subject}: ${event.message}`,
	);
const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
console.log(
	JSON.stringify({ days: 7, records, starts, alerts: alerts.length, messages: messages.length, seconds }),
);
process.exit(alerts.length + messages.length === 0 ? 0 : 1);

import type { Counter, Gauge } from "prom-client";
import type { HubStatus } from "../operations/status.js";

export function traceMetrics(
	gauge: (name: string, help: string) => Gauge,
	counter: (name: string, help: string, labelNames: string[]) => Counter,
): (status: HubStatus) => void {
	const waiting = gauge("trace_spans_waiting", "Spans that wait to be sent to the collector.");
	const exported = counter("trace_spans_exported", "Spans that the collector has taken.", []);
	const dropped = counter(
		"trace_spans_dropped",
		"Spans that the collector did not take in time, or that were too many to wait.",
		[],
	);
	const lineage = {
		waiting: gauge("openlineage_events_waiting", "Events of OpenLineage that wait to be sent."),
		exported: counter("openlineage_events_sent", "Events of OpenLineage that their receiver has taken.", []),
		dropped: counter(
			"openlineage_events_dropped",
			"Events of OpenLineage that their receiver has refused, or that were too many to wait.",
			[],
		),
	};
	return ({ traces, openLineage }) => {
		for (const metric of [waiting, exported, dropped, ...Object.values(lineage)]) metric.reset();
		if (traces !== undefined) {
			waiting.set(traces.waiting);
			exported.inc(traces.exported);
			dropped.inc(traces.dropped);
		}
		if (openLineage !== undefined) {
			lineage.waiting.set(openLineage.waiting);
			lineage.exported.inc(openLineage.exported);
			lineage.dropped.inc(openLineage.dropped);
		}
	};
}

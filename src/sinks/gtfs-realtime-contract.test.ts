import { describeServingSinkContract } from "../testing/serving-sink-contract.js";
import { definition } from "./gtfs-realtime.js";
import type { ServingSink } from "./sink.js";

describeServingSinkContract("gtfs-realtime", (runtime) => {
	const options = definition.options.parse({});
	const context = { name: "rider-feed", runtime, baseDirectory: "/", secrets: {} };
	return definition.create(options, context) as ServingSink;
});

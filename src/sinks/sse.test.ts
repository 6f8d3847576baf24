import type { Runtime } from "../runtime/runtime.js";
import { describeServingSinkContract } from "../testing/serving-sink-contract.js";
import type { ServingSink, SinkDefinition } from "./sink.js";
import { definition as sse } from "./sse.js";

function created<Options>(definition: SinkDefinition<Options>) {
	return (runtime: Runtime) =>
		definition.create(definition.options.parse({}), {
			name: "live",
			runtime,
			baseDirectory: "/",
			secrets: {},
		}) as ServingSink;
}

describeServingSinkContract("sse", created(sse));

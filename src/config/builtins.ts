import type { DecoderDefinition } from "../decoders/decoder.js";
import { definition as ndjsonFile } from "../sinks/ndjson-file.js";
import type { SinkDefinition } from "../sinks/sink.js";
import type { SourceDefinition } from "../sources/source.js";
import type { PluginSet } from "./resolve.js";

/** The one list of plug-ins: nothing else in the hub names one. */
export const BUILTINS: PluginSet = Object.freeze({
	sources: [] as readonly SourceDefinition[],
	decoders: [] as readonly DecoderDefinition[],
	sinks: [ndjsonFile] as readonly SinkDefinition[],
});

import type { DecoderDefinition } from "../decoders/decoder.js";
import { definition as gtfsRealtime } from "../decoders/gtfs-realtime.js";
import { definition as hfp } from "../decoders/hfp.js";
import { definition as nmea } from "../decoders/nmea.js";
import { definition as siriVm } from "../decoders/siri-vm.js";
import { definition as taip } from "../decoders/taip.js";
import type { SinkDefinition } from "../sinks/sink.js";
import { definition as fileReplay } from "../sources/file-replay.js";
import { definition as httpPoll } from "../sources/http-poll.js";
import { definition as httpPush } from "../sources/http-push.js";
import type { SourceDefinition } from "../sources/source.js";
import type { PluginSet } from "./resolve.js";

const sources: readonly SourceDefinition[] = [httpPoll, httpPush, fileReplay];
const decoders: readonly DecoderDefinition[] = [gtfsRealtime, siriVm, hfp, taip, nmea];
const sinks: readonly SinkDefinition[] = [];

/** The one list of plug-ins: nothing else in the hub names one. */
export const BUILTINS: PluginSet = Object.freeze({ sources, decoders, sinks });

import { definition as commandChannel } from "../channels/command.js";
import { definition as emailChannel } from "../channels/email.js";
import { definition as pagerdutyChannel } from "../channels/pagerduty.js";
import { definition as slackChannel } from "../channels/slack.js";
import { definition as teamsChannel } from "../channels/teams.js";
import { definition as webhookChannel } from "../channels/webhook.js";
import { definition as bustime } from "../decoders/bustime.js";
import { definition as gtfsRealtime } from "../decoders/gtfs-realtime.js";
import { definition as hfp } from "../decoders/hfp.js";
import { definition as kv6 } from "../decoders/kv6.js";
import { definition as mapping } from "../decoders/mapping.js";
import { definition as nextbus } from "../decoders/nextbus.js";
import { definition as nmea } from "../decoders/nmea.js";
import { definition as siriVm } from "../decoders/siri-vm.js";
import { definition as swiftly } from "../decoders/swiftly.js";
import { definition as taip } from "../decoders/taip.js";
import { definition as tcip } from "../decoders/tcip.js";
import { definition as transitmaster } from "../decoders/transitmaster.js";
import { definition as dailyCsv } from "../sinks/daily-csv.js";
import { definition as gtfsRealtimeFeed } from "../sinks/gtfs-realtime.js";
import { definition as mqttOut } from "../sinks/mqtt.js";
import { definition as ndjsonFile } from "../sinks/ndjson-file.js";
import { definition as postgres } from "../sinks/postgres.js";
import { definition as siriVmOut } from "../sinks/siri-vm.js";
import { definition as sse } from "../sinks/sse.js";
import { definition as tidesCsv } from "../sinks/tides-csv.js";
import { definition as webhook } from "../sinks/webhook.js";
import { definition as websocketOut } from "../sinks/websocket.js";
import { definition as fileReplay } from "../sources/file-replay.js";
import { definition as httpPoll } from "../sources/http-poll.js";
import { definition as httpPush } from "../sources/http-push.js";
import { definition as mqttIn } from "../sources/mqtt.js";
import { definition as siriSubscribe } from "../sources/siri-subscribe.js";
import { definition as tcpLines } from "../sources/tcp-lines.js";
import { definition as udp } from "../sources/udp.js";
import { definition as websocketIn } from "../sources/websocket.js";
const sources = [
    httpPoll,
    httpPush,
    fileReplay,
    mqttIn,
    websocketIn,
    siriSubscribe,
    tcpLines,
    udp,
];
const decoders = [
    gtfsRealtime,
    siriVm,
    bustime,
    nextbus,
    hfp,
    swiftly,
    transitmaster,
    tcip,
    kv6,
    taip,
    nmea,
    mapping,
];
const sinks = [
    gtfsRealtimeFeed,
    ndjsonFile,
    webhook,
    postgres,
    mqttOut,
    tidesCsv,
    dailyCsv,
    sse,
    websocketOut,
    siriVmOut,
];
const channels = [
    emailChannel,
    slackChannel,
    teamsChannel,
    pagerdutyChannel,
    webhookChannel,
    commandChannel,
];
/** The one list of plug-ins: nothing else in the hub names one. */
export const BUILTINS = Object.freeze({ sources, decoders, sinks, channels });

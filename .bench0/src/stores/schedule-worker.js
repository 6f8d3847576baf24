import { parentPort, workerData } from "node:worker_threads";
import { Failure, messageOf } from "../model/failure.js";
import { createNodeFiles } from "../runtime/node-files.js";
import { ScheduleLibrary } from "./schedule-library.js";
import { answer } from "./schedule-requests.js";
import { loadDriver } from "./sqlite-driver.js";
import { failureToWire } from "./store-host.js";
/** The thread of the schedules: it reads feeds and owns their files, so that neither delays a commit of the log. */
async function main(port) {
    const { directory } = workerData;
    const library = new ScheduleLibrary(await loadDriver(), createNodeFiles(), directory, { readOnly: false });
    const stops = new Map();
    const reply = (message) => port.postMessage(message);
    port.on("message", (message) => {
        if (message.method === "stop") {
            stops.get(message.target)?.abort();
            return;
        }
        const { id } = message;
        const stop = new AbortController();
        stops.set(id, stop);
        answer(library, message, (progress) => reply({ id, progress }), stop.signal).then((result) => {
            stops.delete(id);
            reply({ id, result });
        }, (thrown) => {
            stops.delete(id);
            const failure = thrown instanceof Failure ? thrown : new Failure("bug", messageOf(thrown));
            reply({ id, failure: failureToWire(failure) });
        });
    });
    reply({ id: 0, result: undefined });
}
if (parentPort) {
    const port = parentPort;
    main(port).catch((thrown) => {
        const failure = thrown instanceof Failure ? thrown : new Failure("bug", messageOf(thrown));
        port.postMessage({ id: 0, failure: failureToWire(failure) });
        port.close();
    });
}

import { adminAddress, adminJson } from "./admin-client.js";
import { EXIT } from "./exit-codes.js";
import { readHubConfig } from "./hub-config.js";
import { sinceTime } from "./since-time.js";
import { columns } from "./terminal.js";
import { UsageError } from "./usage-error.js";
/** Starts a job over dead letters on the running hub, or says what it would come by. */
export async function startJob(kind, file, options, context) {
    const { issue, feed, sink, key, name, rate, reason, since, until } = options;
    const query = new URLSearchParams({ kind });
    for (const [word, value] of Object.entries({ issue, feed, sink, key, name, rate, reason })) {
        if (value !== undefined)
            query.set(word, value);
    }
    if (rate !== undefined && !/^\d{1,5}$/.test(rate))
        throw new UsageError(`--rate is "${rate}"; it is a whole number`);
    const now = context.runtime.clock.now();
    if (since !== undefined)
        query.set("from", String(sinceTime(since, now)));
    if (until !== undefined)
        query.set("to", String(sinceTime(until, now)));
    if (options.all)
        query.set("all", "1");
    if (options.preview)
        query.set("preview", "1");
    const answer = await ask("POST", `/v1/replays/start?${query}`, file, options, context);
    if (!answer)
        return EXIT.config;
    const { terminal } = context;
    if (options.json)
        terminal.out(JSON.stringify(answer));
    else if (options.preview)
        terminal.out(answer.sentence);
    else {
        const job = answer;
        terminal.out(`${job.name} has begun: ${job.total} dead letters. wayside dlq jobs shows how far it is.`);
    }
    return EXIT.ok;
}
/** Decodes the frames of a feed again on the running hub, or says what that would give. */
export async function startRedecode(file, options, context) {
    const { feed = "", since = "", until, name, rate, reason } = options;
    const now = context.runtime.clock.now();
    const query = new URLSearchParams({ feed, from: String(sinceTime(since, now)) });
    if (until !== undefined)
        query.set("to", String(sinceTime(until, now)));
    if (rate !== undefined && !/^\d{1,5}$/.test(rate))
        throw new UsageError(`--rate is "${rate}"; it is a whole number`);
    for (const [word, value] of Object.entries({ name, rate, reason }))
        if (value !== undefined)
            query.set(word, value);
    if (options.preview)
        query.set("preview", "1");
    const answer = await ask("POST", `/v1/redecode?${query}`, file, options, context);
    if (!answer)
        return EXIT.config;
    const { terminal } = context;
    if (options.json)
        terminal.out(JSON.stringify(answer));
    else if (options.preview)
        terminal.out(answer.sentence);
    else {
        const job = answer;
        terminal.out(`${job.name} has begun: ${job.total} frames. wayside dlq jobs shows how far it is.`);
    }
    return EXIT.ok;
}
/** Pauses, resumes or cancels a job of the running hub. */
export async function setJob(verb, name, file, options, context) {
    const query = new URLSearchParams({ name });
    const job = (await ask("POST", `/v1/replays/${verb}?${query}`, file, options, context));
    if (!job)
        return EXIT.config;
    context.terminal.out(options.json ? JSON.stringify(job) : `${job.name}: ${job.sentence}`);
    return EXIT.ok;
}
export async function listJobs(file, options, context) {
    const jobs = (await ask("GET", "/v1/replays", file, options, context));
    if (!jobs)
        return EXIT.config;
    const { terminal } = context;
    if (options.json)
        terminal.out(JSON.stringify(jobs));
    else if (jobs.length === 0)
        terminal.out("There are no jobs.");
    else
        for (const line of columns(jobs.map((job) => [job.name, job.sentence, job.reason])))
            terminal.out(line);
    return EXIT.ok;
}
/** Jobs are the running hub's. Undefined after the errors of the configuration were printed. */
async function ask(method, path, file, { url }, context) {
    const { terminal } = context;
    const config = await readHubConfig(file, context);
    if (!config)
        return undefined;
    const known = adminAddress(config.http);
    const token = terminal.environment["WAYSIDE_ADMIN_TOKEN"] ?? known.token;
    const stop = new AbortController();
    const forget = terminal.onStop(() => stop.abort());
    try {
        return await adminJson({ ...known, url: url ?? known.url, token }, method, path, stop.signal);
    }
    finally {
        forget();
    }
}

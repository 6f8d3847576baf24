import { alertText, testText } from "../channels/alert-text.js";
import { isQuiet } from "../channels/quiet-hours.js";
import { OUTAGE_AFTER_MS } from "../model/alert-policy.js";
import { messageOf } from "../model/failure.js";
import { MINUTE_MS, SECOND_MS } from "../model/units.js";
import { AlertDesk } from "../operations/alert-desk.js";
import { rulesUnder } from "../operations/alert-rule.js";
import { ALERT_RULES } from "../operations/alert-rules.js";
import { Alerts } from "../operations/alerts.js";
import { within } from "../routes/slots.js";
import { AlertSender } from "./alert-sender.js";
import { Heartbeat } from "./heartbeat.js";
import { reaching } from "./stages.js";
/** What is open; and who was told, who takes care, what waits to be told. Written in one commit. */
const STATE = "alerts";
const DESK_STATE = "alert-desk";
const SAYS = { raised: "", escalated: "Now a page. ", resolved: "Over: " };
/** A store that hangs must not keep people from being told. */
const SAVE_MAX_MS = 2 * SECOND_MS;
const CLOSE_MS = SECOND_MS;
/** Without a word of the configuration nobody is told; acknowledgements are kept and outages drafted all the same. */
const POLICY_DEFAULT = {
    owner: undefined,
    runbooksUrl: undefined,
    rules: {},
    routes: [],
    quiet: undefined,
    groupMs: 30 * SECOND_MS,
    failoverMs: 2 * MINUTE_MS,
    outage: {
        steps: {
            owner: { afterMs: OUTAGE_AFTER_MS.owner, to: [] },
            upstream: { afterMs: OUTAGE_AFTER_MS.upstream, to: [] },
            management: { afterMs: OUTAGE_AFTER_MS.management, to: [] },
        },
        feeds: {},
    },
};
/**
 * Raises alerts, tells them as events and over channels, and keeps what is open and what waits to be told in the store, so that
 * a restart neither loses nor repeats a word.
 */
export class AlertWatch {
    #log;
    #runtime;
    #tell;
    #policy;
    #types;
    #text;
    #alerts;
    #desk;
    #sender;
    #heartbeat;
    /** The desk counts by a clock that nobody sets: the wall clock of the start, and what has passed since. */
    #offsetMs;
    #saved = "";
    #saving;
    #isStoreWell = true;
    constructor(config, log, runtime, tell) {
        const { clock, chance } = runtime;
        const { alerts, agencies, http, baseDirectory } = config;
        this.#log = log;
        this.#runtime = runtime;
        this.#tell = tell;
        // Every hub serves the runbooks of its version, so a link leads somewhere even where nobody has put them up.
        const served = http.publicUrl === undefined ? undefined : `${http.publicUrl}/runbooks/`;
        const policy = alerts ?? POLICY_DEFAULT;
        this.#policy = { ...policy, runbooksUrl: policy.runbooksUrl ?? served };
        this.#offsetMs = clock.now() - clock.monotonic();
        const names = agencies.map(({ name }) => name).join(", ");
        this.#text = {
            source: http.publicUrl === undefined ? `Wayside of ${names}` : `Wayside at ${http.publicUrl}`,
            statusUrl: http.publicUrl === undefined ? undefined : `${http.publicUrl}/status`,
            runbooksUrl: this.#policy.runbooksUrl,
            timezone: agencies[0]?.timezone ?? "UTC",
        };
        this.#alerts = new Alerts(rulesUnder(ALERT_RULES, this.#policy.rules));
        const channels = new Map((alerts?.channels ?? []).map(({ name, definition, options, secrets, network }) => {
            const world = reaching(runtime, network);
            const context = { name, runtime: world, network, baseDirectory, secrets };
            return [name, { type: definition.type, channel: definition.create(options, context) }];
        }));
        this.#types = new Map([...channels].map(([name, { type }]) => [name, type]));
        this.#desk = new AlertDesk(this.#policy, [...channels.keys()], (letter) => alertText({ ...letter, alerts: letter.alerts.map((alert) => this.#dressed(alert)) }, this.#text), () => Buffer.from(chance.bytes(5)).toString("hex"));
        this.#sender = new AlertSender({
            queue: this.#desk.queue,
            channels,
            runtime,
            now: () => this.#now(),
            onSettled: () => void this.#save(),
            onFailed: (channel, message) => tell(`channel:${channel}`, "warn", "alert.unsent", `Channel ${channel} cannot be reached: ${message}`),
        });
        this.#heartbeat = alerts?.heartbeat && new Heartbeat(alerts.heartbeat, runtime);
    }
    /** With what is known of who cares. */
    get open() {
        return this.#alerts.open.map((alert) => ({ ...this.#dressed(alert), ...this.#desk.careOf(alert) }));
    }
    status() {
        return {
            channels: [...this.#desk.queue.tallies.keys()].map((name) => this.#channelStatus(name)),
            isQuiet: isQuiet(this.#policy.quiet, this.#runtime.clock.now()),
            silences: this.#desk.silences,
            heartbeat: this.#heartbeat?.status(),
        };
    }
    async restore() {
        const stored = await this.#log.state(STATE);
        const desk = await this.#log.state(DESK_STATE);
        const open = stored && openIn(new TextDecoder().decode(stored));
        if (open)
            this.#alerts.restore(open);
        const isRead = desk === undefined || this.#restoreDesk(new TextDecoder().decode(desk));
        if ((stored === undefined || open !== undefined) && isRead)
            return;
        this.#tell("hub", "warn", "alert.unreadable", "What is stored of alerts cannot be read; those that hold are raised anew");
    }
    async look(status, monotonic) {
        for (const one of this.#alerts.judge(status, monotonic))
            this.#announce(one);
        const quiet = isQuiet(this.#policy.quiet, status.time);
        for (const { subject, level, code, message } of this.#desk.advance(this.#alerts.open, this.#now(), quiet))
            this.#tell(subject, level, code, message);
        this.#isStoreWell = status.store.state === "ok";
        // First written, then told: a hub that dies in between tells it when it is back.
        await this.#saveSoon();
        this.#sender.pump();
        this.#heartbeat?.beat(status, this.status());
    }
    list() {
        return { alerts: this.open, alerting: this.status() };
    }
    async acknowledge(order) {
        const { alert, subject, by, note } = order;
        const care = { by, note, time: this.#runtime.clock.now() };
        const found = this.#desk.acknowledge(alert, subject, care, this.#now());
        for (const one of found)
            this.#tell(one.subject, "info", "alert.acknowledged", `${alert} is taken care of by ${by}. ${note}`.trim(), {
                alert,
                by,
            });
        await this.#saveSoon();
        this.#sender.pump();
        return found.map((one) => ({ ...this.#dressed(one), ...this.#desk.careOf(one) }));
    }
    async silence(order) {
        const { forMs, ...rest } = order;
        this.#desk.silence({ ...rest, untilTime: this.#now() + forMs });
        const what = `${order.alert ?? "every alert"} of ${order.subject ?? "whatever it is about"}`;
        const message = `Nothing is told of ${what} for a while, by ${order.by}: ${order.reason}`;
        this.#tell("hub", "info", "alert.silenced", message, { by: order.by, forMs });
        await this.#saveSoon();
    }
    async endSilences() {
        const count = this.#desk.endSilences();
        if (count > 0)
            this.#tell("hub", "info", "alert.silenced", "What was silenced is told again");
        await this.#saveSoon();
        return count;
    }
    test(channel) {
        const names = channel === undefined ? [...this.#types.keys()] : [channel];
        const now = this.#runtime.clock.now();
        return Promise.all(names.map((name) => this.#sender.test(name, { id: `test-${name}-${now}`, ...testText(name, now, this.#text) })));
    }
    /** What is under way is finished where that takes a moment; the rest is told by the next hub. */
    async close() {
        this.#heartbeat?.close();
        await this.#sender.close(CLOSE_MS);
        await within(this.#runtime.clock, this.#save(), CLOSE_MS);
    }
    #now() {
        return this.#offsetMs + this.#runtime.clock.monotonic();
    }
    #dressed(alert) {
        const { owner, runbooksUrl, rules } = this.#policy;
        const whose = rules[alert.alert]?.owner ?? owner;
        return {
            ...alert,
            ...(whose !== undefined && { owner: whose }),
            ...(runbooksUrl !== undefined && { runbook: `${runbooksUrl}${alert.alert}.md` }),
        };
    }
    #channelStatus(name) {
        const { queue } = this.#desk;
        const tally = queue.tallies.get(name);
        const queued = queue.waiting.filter(({ channel }) => channel === name).length;
        const state = tally?.failingSince !== undefined ? "failing" : tally?.lastSuccess === undefined ? "unused" : "ok";
        const sentences = {
            failing: `It cannot be reached: ${tally?.lastFailure?.message}.`,
            unused: "Nothing was told over it since the start; wayside alert test tries it.",
            ok: `The last message was taken: ${tally?.lastSuccess?.said}.`,
        };
        return {
            name,
            type: this.#types.get(name) ?? "",
            state,
            sentence: sentences[state],
            queued,
            sent: tally?.sent ?? 0,
            failed: tally?.failed ?? 0,
            lastSuccessTime: tally?.lastSuccess?.time,
            ...(tally?.failingSince !== undefined && { failingSince: tally.failingSince }),
        };
    }
    #saveSoon() {
        return within(this.#runtime.clock, this.#save(), SAVE_MAX_MS);
    }
    /** One write at a time; what changes meanwhile is written by the next one. */
    async #save() {
        if (this.#saving !== undefined)
            await this.#saving;
        const desk = JSON.stringify(this.#desk.json());
        const open = JSON.stringify(this.#alerts.snapshot());
        if (`${open}${desk}` === this.#saved || !this.#isStoreWell)
            return;
        if (this.#saved === "" && open === "[]" && this.#desk.isNew)
            return;
        this.#saving ??= this.#write(open, desk).finally(() => {
            this.#saving = undefined;
        });
        await this.#saving;
    }
    async #write(open, desk) {
        try {
            const state = [
                { name: STATE, bytes: open },
                { name: DESK_STATE, bytes: desk },
            ];
            await this.#log.commit({ state });
            this.#saved = `${open}${desk}`;
        }
        catch (thrown) {
            this.#tell("store", "warn", "alert.unsaved", `Open alerts could not be stored: ${messageOf(thrown)}`);
        }
    }
    #restoreDesk(text) {
        try {
            this.#desk.restore(JSON.parse(text));
            return true;
        }
        catch {
            // The caller tells that it cannot be read; the desk is as new.
            return false;
        }
    }
    #announce({ kind, alert: bare }) {
        const alert = this.#dressed(bare);
        const level = kind === "resolved" ? "info" : alert.severity === "page" ? "error" : "warn";
        const { what, affected, riders, evidence, done, todo, runbook } = alert;
        const code = kind === "resolved" ? "alert.resolved" : "alert.raised";
        const text = kind === "resolved"
            ? what
            : `${what} Affected: ${affected} Riders see: ${riders} To do: ${todo} (${runbook})`;
        const { severity, since, alert: name } = alert;
        this.#tell(alert.subject, level, code, `${SAYS[kind]}${text}`, {
            alert: name,
            severity,
            since,
            ...(kind !== "resolved" && { what, affected, riders, evidence, done, todo, runbook }),
        });
    }
}
/** Undefined: it is no list of alerts. */
function openIn(text) {
    try {
        const value = JSON.parse(text);
        const isOne = (one) => typeof one === "object" &&
            one !== null &&
            ["alert", "severity", "subject", "what"].every((name) => typeof one[name] === "string");
        return Array.isArray(value) && value.every(isOne) ? value : undefined;
    }
    catch {
        // The caller tells that it cannot be read.
        return undefined;
    }
}

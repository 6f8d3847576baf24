import { Failure } from "../model/failure.js";
import { problem } from "../runtime/endpoint.js";
import { failureFromAnswer } from "./http-answer.js";
import { LiveFrames } from "./live-frames.js";
import { LiveLosses } from "./live-losses.js";
import { grantedIn, noticeIn, subscriptionRequest, terminationRequest, } from "./siri-subscribe-messages.js";
/** So long a producer waits for its answer: then it has to send the delivery again. */
const SETTLE_MS = 20_000;
const TERMINATE_MS = 5_000;
const RENEW_MIN_MS = 30_000;
const ANSWER_MAX_BYTES = 1024 * 1024;
const RETRY_AFTER_S = "5";
/**
 * One life of a subscription: asked for, renewed, watched, ended. It breaks, so that the harness subscribes anew, when the
 * producer is silent for too long, was started again (it forgets subscriptions then), ends it, or does not renew it.
 */
export class Subscription {
    #wish;
    #context;
    #signal;
    #host;
    #frames;
    #losses;
    /** Deliveries whose sender waits for its answer. */
    #waiting = new Set();
    #cancelWatch = () => { };
    #cancelRenewal = () => { };
    #heardAt;
    #startedTime;
    /** The producer may know of it. */
    #mayStand = false;
    #ended;
    constructor(wish, context, signal) {
        this.#wish = wish;
        this.#context = context;
        this.#signal = signal;
        this.#host = new URL(wish.url).host;
        this.#heardAt = context.runtime.clock.monotonic();
        this.#losses = new LiveLosses(context);
        this.#frames = new LiveFrames({ signal, onEnd: () => this.#end() });
    }
    /** Subscribes; what is posted meanwhile is taken already, since producers send what they have at once. */
    async open() {
        try {
            this.#keep(await this.#subscribe());
        }
        catch (thrown) {
            this.#mayStand &&= this.#signal.aborted;
            this.#end();
            await this.#ended;
            throw this.#signal.aborted ? this.#signal.reason : thrown;
        }
        this.#signal.addEventListener("abort", () => this.#end(), { once: true });
        if (this.#signal.aborted)
            this.#end();
        this.#watch();
        return this.#pulled();
    }
    /** Takes a message of the producer. A delivery is answered when it is on disk. */
    async take(request) {
        if (this.#ended !== undefined)
            return later("Not subscribed", "The subscription has ended; it is made anew.");
        const { clock } = this.#context.runtime;
        const contentType = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
        const notice = noticeIn(request.body, contentType, clock.now());
        if (notice.kind === "heartbeat") {
            if (notice.isWell)
                this.#heardAt = clock.monotonic();
            this.#compareStart(notice.startedTime);
            return { status: 200 };
        }
        if (notice.kind === "terminated") {
            this.#mayStand = false;
            this.#frames.fail(new Failure("net.reset", `${this.#host} has ended the subscription`));
            return { status: 200 };
        }
        if (notice.kind === "ready")
            return problem(400, "Not fetched", "Deliveries are taken here directly, as the subscription asks for.");
        const { subscription } = notice;
        if (subscription !== undefined && subscription !== this.#wish.id) {
            this.#losses.refused("deliveries of a subscription that is not ours");
            return problem(404, "Unknown subscription", "Nobody here has subscribed to that; terminate it.");
        }
        this.#heardAt = clock.monotonic();
        return this.#store(request, contentType);
    }
    #store({ body, remoteAddress }, contentType) {
        const { clock } = this.#context.runtime;
        if (!this.#frames.hasRoom)
            return Promise.resolve(later("Cannot be stored now", "More is waiting to be read than may wait."));
        return new Promise((resolve) => {
            const answer = (response) => {
                cancel();
                this.#waiting.delete(answer);
                resolve(response);
            };
            const late = () => answer(later("Cannot be stored now", "It could not be stored in time."));
            const cancel = clock.after(SETTLE_MS, late, { ref: false });
            this.#waiting.add(answer);
            this.#frames.push({
                bytes: body,
                receivedTime: clock.now(),
                connection: `siri ${this.#host} from ${remoteAddress}`,
                ...(contentType !== undefined && contentType !== "" && { contentType }),
                settled: () => answer({ status: 200 }),
            });
        });
    }
    async #subscribe() {
        const now = this.#context.runtime.clock.now();
        const request = subscriptionRequest(this.#wish, now, now + this.#wish.lasts);
        this.#mayStand = true;
        const response = await this.#post(request, this.#signal);
        const then = this.#context.runtime.clock.now();
        if (response.status < 200 || response.status > 203)
            throw failureFromAnswer(response, this.#host, then, (text) => this.#scrub(text));
        return grantedIn(response.body, response.headers["content-type"], this.#host, then);
    }
    /** Renews it in time: the same subscription, asked for again, takes the place of the one that stands. */
    #keep({ untilTime, startedTime }) {
        const { clock } = this.#context.runtime;
        this.#heardAt = clock.monotonic();
        this.#startedTime = startedTime ?? this.#startedTime;
        const leftMs = (untilTime ?? Number.POSITIVE_INFINITY) - clock.now();
        const lastsMs = Math.min(leftMs > 0 ? leftMs : this.#wish.lasts, this.#wish.lasts);
        this.#cancelRenewal();
        this.#cancelRenewal = clock.after(Math.max(RENEW_MIN_MS, 0.75 * lastsMs), () => {
            this.#subscribe().then((granted) => {
                if (this.#ended === undefined)
                    this.#keep(granted);
            }, (thrown) => this.#frames.fail(thrown));
        });
    }
    #watch() {
        const { clock } = this.#context.runtime;
        const { heartbeat, missed } = this.#wish;
        if (heartbeat === 0 || this.#ended !== undefined)
            return;
        this.#cancelWatch = clock.after(heartbeat, () => {
            const silentMs = clock.monotonic() - this.#heardAt;
            // While we do not read, its silence is ours.
            if (silentMs <= heartbeat * missed || !this.#frames.hasRoom)
                return this.#watch();
            const silentS = Math.round(silentMs / 1000);
            const said = `${this.#host} has said nothing for ${silentS} s, not even that it is there`;
            this.#frames.fail(new Failure("net.timeout", said));
        });
    }
    #compareStart(startedTime) {
        if (startedTime === undefined)
            return;
        this.#startedTime ??= startedTime;
        if (startedTime === this.#startedTime)
            return;
        const said = `${this.#host} was started again, and has forgotten its subscriptions`;
        this.#frames.fail(new Failure("net.reset", said));
    }
    async *#pulled() {
        try {
            return yield* this.#frames;
        }
        finally {
            await this.#ended;
        }
    }
    /** Tells the producer, so that it does not go on sending to nobody; not for long, and whatever it answers. */
    #end() {
        if (this.#ended !== undefined)
            return;
        this.#cancelWatch();
        this.#cancelRenewal();
        this.#frames.drop();
        this.#losses.flush();
        const goodbye = later("Not subscribed", "The subscription has ended; it is made anew.");
        for (const answer of this.#waiting)
            answer(goodbye);
        this.#ended = this.#mayStand ? this.#terminate() : Promise.resolve();
    }
    async #terminate() {
        const { clock } = this.#context.runtime;
        const stop = new AbortController();
        const cancel = clock.after(TERMINATE_MS, () => stop.abort(new Failure("net.timeout", "no answer in time")));
        try {
            await this.#post(terminationRequest(this.#wish, clock.now()), stop.signal);
        }
        catch (thrown) {
            const why = thrown instanceof Failure ? thrown.message : "it cannot be reached";
            const said = `${this.#host} could not be told that the subscription ends (${this.#scrub(why)}); it ends by itself`;
            this.#context.onEvent?.("info", "source.not_terminated", said);
        }
        finally {
            cancel();
        }
    }
    #post(body, signal) {
        const { url, headers, timeout } = this.#wish;
        return this.#context.runtime.http.request({
            method: "POST",
            url,
            headers: { "content-type": "application/xml; charset=utf-8", ...headers },
            body,
            signal,
            connectTimeoutMs: timeout,
            headersTimeoutMs: timeout,
            bodyTimeoutMs: timeout,
            bodyMaxBytes: ANSWER_MAX_BYTES,
        });
    }
    #scrub(text) {
        const secrets = Object.values(this.#context.secrets).filter((value) => value.length > 3);
        return secrets.reduce((result, value) => result.replaceAll(value, "***"), text);
    }
}
function later(title, detail) {
    return problem(503, title, detail, { headers: { "retry-after": RETRY_AFTER_S } });
}

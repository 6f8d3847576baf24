import { afterEach, describe, expect, it } from "vitest";
import { ALERT_MESSAGE_KINDS } from "../model/alert-message.js";
import { Failure } from "../model/failure.js";
import { nodeClock } from "../runtime/node-clock.js";
const NEVER = new AbortController().signal;
export function alertMessage(kind, over = {}) {
    return {
        id: `alert-${kind}-1`,
        kind,
        severity: "page",
        time: 1_795_000_000_000,
        source: "Wayside at http://hub.example",
        title: `PAGE: Feed avl gives nothing good <!channel> [x](http://evil.example)`,
        stories: [
            {
                key: "wayside/feed-down/feed:avl/1795000000000",
                alert: "feed-down",
                severity: "page",
                subject: "feed:avl",
                since: 1_795_000_000_000,
                title: "Feed avl gives nothing good.",
                facts: [
                    { name: "What", text: "Feed avl gives nothing good. Häßlich — 車 <b>&amp;" },
                    { name: "To do", text: "Call upstream's contact." },
                ],
                runbook: "https://docs.example/runbooks/feed-down.md",
            },
        ],
        statusUrl: "http://hub.example/status",
        ...over,
    };
}
/** What every channel promises to the harness (`src/channels/channel.ts`). */
export function describeChannelContract(name, open) {
    describe(`${name}: the contract of a channel`, () => {
        let subject;
        const given = async () => {
            subject = await open();
            return subject;
        };
        afterEach(async () => {
            await subject?.dispose();
            subject = undefined;
        });
        const failureOf = async ({ channel, secrets }) => {
            const thrown = await channel.send(alertMessage("raised"), NEVER).then((said) => expect.fail(`it was told, and answered ${said}`), (reason) => reason);
            expect(thrown).toBeInstanceOf(Failure);
            const { message } = thrown;
            for (const secret of secrets)
                expect(message).not.toContain(secret);
            return thrown;
        };
        it("tells each kind of message once, and says what was answered", async () => {
            const { channel, received, secrets } = await given();
            for (const kind of ALERT_MESSAGE_KINDS) {
                const said = await channel.send(alertMessage(kind), NEVER);
                expect(said).toMatch(/\S/);
                expect(said.length).toBeLessThan(600);
                for (const secret of secrets)
                    expect(said).not.toContain(secret);
            }
            expect(await received()).toHaveLength(ALERT_MESSAGE_KINDS.length);
        });
        it("tells a burst, and what is long, as something that the receiver takes", async () => {
            const { channel, received } = await given();
            const [story] = alertMessage("raised").stories;
            if (story === undefined)
                throw new Error("the sample has no story");
            const stories = Array.from({ length: 30 }, (_, at) => ({
                ...story,
                key: `${story.key}/${at}${"k".repeat(300)}`,
                facts: [{ name: "What", text: "x".repeat(5000) }],
            }));
            await channel.send(alertMessage("raised", { stories }), NEVER);
            expect((await received()).length).toBeGreaterThan(0);
        });
        it("says of a receiver that is busy that it is worth another try, and of one that refuses that it is not", async () => {
            const one = await given();
            one.mood("busy");
            expect((await failureOf(one)).kind).toBe("transient");
            one.mood("refusing");
            expect((await failureOf(one)).kind).not.toBe("transient");
            one.mood("well");
            expect(await one.channel.send(alertMessage("raised"), NEVER)).toMatch(/\S/);
        });
        it("ends an attempt when it is told to, and one that takes too long", async () => {
            const one = await given();
            one.mood("silent");
            const stop = new AbortController();
            const sent = one.channel.send(alertMessage("raised"), stop.signal);
            nodeClock.after(100, () => stop.abort(new Error("enough")));
            await expect(sent).rejects.toThrow("enough");
            expect((await failureOf(one)).kind).toBe("transient");
        });
    });
}

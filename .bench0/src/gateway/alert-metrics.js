import { skewOf } from "../operations/alert-words.js";
/** What is open, and whether people can be reached. */
export function alertMetrics(gauge, counter) {
    const open = gauge("alert_open", "1 for each alert that is open.", ["alert", "subject", "severity"]);
    const acked = gauge("alert_acknowledged", "1 for each open alert that somebody takes care of.", [
        "alert",
        "subject",
    ]);
    const failing = gauge("alert_channel_failing", "1 while the last attempt did not reach the channel.", [
        "channel",
    ]);
    const since = gauge("alert_channel_failing_seconds", "How long no attempt has reached the channel.", [
        "channel",
    ]);
    const queued = gauge("alert_messages_queued", "Messages that wait to be told.", ["channel"]);
    const sent = counter("alert_messages", "Attempts to tell people since the hub started.", [
        "channel",
        "outcome",
    ]);
    const heartbeat = gauge("heartbeat_ok", "1 while signs of life arrive, where one is configured.");
    const fleet = gauge("fleet_vehicles", "Vehicles that are heard of at work.", ["agency"]);
    const expected = gauge("fleet_expected_vehicles", "Vehicles that should be at work, at the least.", [
        "agency",
    ]);
    const skew = gauge("feed_clock_skew_seconds", "How far the clock of upstream is ahead of ours.", ["feed"]);
    const silent = gauge("feed_silent", "1 while no vehicle of a feed is heard of, although many should be.", [
        "feed",
        "agency",
    ]);
    const filled = gauge("dead_letters_filled_ratio", "Share of the room or age that open dead letters may have.");
    return ({ alerts = [], alerting, time, fleets = [], feeds, store }) => {
        for (const metric of [fleet, expected, skew, silent])
            metric.reset();
        for (const { agency, vehicles, expected: least } of fleets) {
            fleet.set({ agency }, vehicles);
            if (least !== undefined)
                expected.set({ agency }, least);
        }
        for (const feed of feeds) {
            skew.set({ feed: feed.name }, skewOf(feed).skewMs / 1000);
            silent.set({ feed: feed.name, agency: feed.agency }, feed.fleet?.silentSince === undefined ? 0 : 1);
        }
        filled.set(store.deadLettersFilled ?? 0);
        for (const metric of [open, acked, failing, since, queued, sent, heartbeat])
            metric.reset();
        for (const { alert, subject, severity, acked: care } of alerts) {
            open.set({ alert, subject, severity }, 1);
            if (care !== undefined)
                acked.set({ alert, subject }, 1);
        }
        for (const channel of alerting?.channels ?? []) {
            const at = { channel: channel.name };
            failing.set(at, channel.state === "failing" ? 1 : 0);
            const { failingSince } = channel;
            since.set(at, failingSince === undefined ? 0 : Math.max(0, time - failingSince) / 1000);
            queued.set(at, channel.queued);
            sent.inc({ ...at, outcome: "taken" }, channel.sent);
            sent.inc({ ...at, outcome: "failed" }, channel.failed);
        }
        if (alerting?.heartbeat !== undefined)
            heartbeat.set(alerting.heartbeat.state === "ok" ? 1 : 0);
    };
}

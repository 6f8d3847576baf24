import { judgeFeed } from "../intake/feed-status.js";
/** Puts each feed into its condition as of now, and tells what is news of it: headroom that shrinks, another state. */
export function judgeFeeds(feeds, clock, onEvent) {
    const now = clock.now();
    for (const state of feeds) {
        const subject = `feed:${state.feed.name}`;
        const news = state.headroom.judge(state.feed.purgeHeadroom(now));
        if (news)
            onEvent(subject, news.level, "feed.headroom", news.message, news.details);
        const { state: condition, sentence } = judgeFeed(state.feed, now);
        if (condition !== state.condition) {
            state.condition = condition;
            state.since = now;
        }
        if (!state.news.isNews(condition, clock.monotonic()))
            continue;
        const level = condition === "down" ? "error" : condition === "failing" ? "warn" : "info";
        onEvent(subject, level, "feed.state", `${condition}: ${sentence}`, { state: condition });
    }
}

/** A log with somebody at its door, who sees all that takes effect, and may keep a commit from it. */
export function watchedLog(log, watch) {
    let tail = Promise.resolve();
    const commit = async (commit) => {
        await watch.before(commit);
        const positions = await log.commit(commit);
        watch.committed(commit, positions);
        await watch.after();
        return positions;
    };
    const watched = {
        commit: (one) => {
            const settled = tail.then(() => commit(one));
            // The next commit waits for this one whatever becomes of it; the caller gets the failure.
            tail = settled.then(() => undefined, () => undefined);
            return settled;
        },
        retain: async (policy, now) => {
            const look = await watch.retaining(log, policy);
            const gone = await log.retain(policy, now);
            if (gone.entries > 0)
                await look();
            return gone;
        },
        foldLedger: (aging, now) => log.foldLedger(watch.aging(aging), now),
    };
    // Methods are bound once: a hub asks its log thousands of times an hour.
    const methods = new Map(Object.entries(watched));
    return new Proxy(log, {
        get: (target, name) => {
            const known = methods.get(name);
            if (known !== undefined)
                return known;
            const value = Reflect.get(target, name, target);
            if (typeof value !== "function")
                return value;
            const method = value.bind(target);
            methods.set(name, method);
            return method;
        },
    });
}

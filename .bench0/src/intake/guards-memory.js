/**
 * What guards know of each upstream, and the shape of its payloads, to ride in the commit of the frames that taught it:
 * guards once a minute, a shape when it has changed, the hours of earlier days when one has ended, a candidate once a minute and when it turns.
 */
export function sealGuards(readers, now) {
    const state = [];
    for (const [feed, upstreams] of readers) {
        for (const [index, { guards, shape, drift, candidate }] of upstreams.entries()) {
            const shaped = shape?.seal();
            if (shaped !== undefined)
                state.push({ name: nameOf("shape", feed, index), bytes: shaped });
            const drifted = drift?.seal();
            if (drifted !== undefined)
                state.push({ name: nameOf("drift", feed, index), bytes: drifted });
            const bytes = guards?.seal(now);
            if (bytes !== undefined)
                state.push({ name: nameOf("guards", feed, index), bytes });
            const tried = candidate?.seal(now);
            if (tried !== undefined)
                state.push({ name: nameOf("candidate", feed, index), bytes: tried });
        }
    }
    return state;
}
export async function restoreGuards(log, readers) {
    for (const [feed, upstreams] of readers) {
        for (const [index, { guards, shape, drift, candidate }] of upstreams.entries()) {
            const known = guards && (await log.state(nameOf("guards", feed, index)));
            if (known !== undefined)
                guards?.restore(new TextDecoder().decode(known));
            const shaped = shape && (await log.state(nameOf("shape", feed, index)));
            if (shaped !== undefined)
                shape?.restore(new TextDecoder().decode(shaped));
            const drifted = drift && (await log.state(nameOf("drift", feed, index)));
            if (drifted !== undefined)
                drift?.restore(new TextDecoder().decode(drifted));
            const tried = candidate && (await log.state(nameOf("candidate", feed, index)));
            if (tried !== undefined)
                candidate?.restore(new TextDecoder().decode(tried));
        }
    }
}
function nameOf(what, feed, upstream) {
    return `${what}/${feed}/${upstream}`;
}

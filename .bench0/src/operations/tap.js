export function passes(filter, record) {
    return ((filter.feed === undefined || record.origin.feed === filter.feed) &&
        (filter.kind === undefined || record.body.kind === filter.kind) &&
        (filter.key === undefined || record.key.includes(filter.key)));
}

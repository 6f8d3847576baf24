/** The version of the record's shape. Readers accept every earlier one. */
export const MODEL_VERSION = 1;
/**
 * `kind/key/eventTime`: derived, never random, so that replays and second upstreams find the same id. A removal has
 * `/removed` behind it, because a report of the same instant is something else.
 */
export function recordId(record) {
    const id = `${record.body.kind}/${record.key}/${record.eventTime}`;
    return record.body.removed === true ? `${id}/removed` : id;
}

export function noneWithheld() {
    return {
        kind: 0,
        upstream: 0,
        guard: 0,
        future: 0,
        time: 0,
        position: 0,
        unassigned: 0,
        empty: 0,
        unresolved: 0,
        identity: 0,
        limit: 0,
    };
}
/** Why riders are not told of a record, for people: what was decided, and what would have to change. */
const WITHHELD = {
    kind: "riders are not told of records of this kind",
    upstream: "upstream says that it is not for the public",
    guard: "a guard found it implausible: the flags of the record name the guard, docs/guards.md says what it looks at",
    future: "its time lies in the future by more than futureSkew: look at the vehicle's clock and at the feed's time zone",
    time: "nobody stated when it happened, and withoutTime is withhold",
    position: "it has no position that can be shown, and no trip either",
    unassigned: "it is on no trip, route or block, and unassigned is withhold",
    empty: "it says nothing that riders could be told",
    unresolved: "its trip is none of the schedule on that service date: see the match rate on the status page",
    identity: "another vehicle, of another agency, is published under this id",
    limit: "there are more subjects than the options of the sink allow",
};
export function withheldShowing(reason) {
    return { isShown: false, reason, sentence: `Withheld: ${WITHHELD[reason]}.` };
}

/** A call that waits. */
export class Alarm {
    #run;
    dueMs = 0;
    heapIndex = -1;
    lane = null;
    previous = null;
    next = null;
    constructor(run) {
        this.#run = run;
    }
    onDue(now) {
        this.#run(now);
    }
}
/** What waits equally long is due in the order in which it came: a list is enough. */
export class Lane {
    lengthMs;
    head = null;
    tail = null;
    constructor(lengthMs) {
        this.lengthMs = lengthMs;
    }
    append(node) {
        node.lane = this;
        node.previous = this.tail;
        if (this.tail === null)
            this.head = node;
        else
            this.tail.next = node;
        this.tail = node;
    }
    remove(node) {
        if (node.previous === null)
            this.head = node.next;
        else
            node.previous.next = node.next;
        if (node.next === null)
            this.tail = node.previous;
        else
            node.next.previous = node.previous;
        node.lane = null;
        node.previous = null;
        node.next = null;
    }
}
/** More different lengths than this go through the heap. */
const LANES_MAX = 8;
/** What is due at one time runs in pieces, so that a burst does not hold the event loop. */
const BATCH_MAX = 500;
/** How long the timer may outlive its last entry: taking it down for every call would cost more than the call. */
const LINGER_MS = 1;
/**
 * Everything of one upstream that waits, behind a single timer (rule 29): attempts in lanes by the length of their
 * time-out, the rest in a heap. The timer keeps the process alive as long as something waits (rule 28).
 */
export class Timetable {
    #clock;
    #lanes = [];
    #heap = [];
    #inLanes = 0;
    #armedFor = Number.POSITIVE_INFINITY;
    #cancel = null;
    #cancelLinger = null;
    #closed = false;
    constructor(clock) {
        this.#clock = clock;
    }
    /** Due `lengthMs` from now; cheapest when few different lengths are used. */
    addAfter(node, lengthMs, now) {
        const lane = this.#laneOf(lengthMs);
        if (lane === undefined) {
            this.addAt(node, now + lengthMs);
            return;
        }
        node.dueMs = now + lengthMs;
        lane.append(node);
        this.#inLanes += 1;
        if (node.dueMs < this.#armedFor)
            this.#arm(node.dueMs, now);
    }
    /** Due at a time of its own. */
    addAt(node, dueMs) {
        node.dueMs = dueMs;
        this.#heap.push(node);
        this.#rise(node, this.#heap.length - 1);
        if (dueMs < this.#armedFor)
            this.#arm(dueMs, this.#clock.monotonic());
    }
    /** Forgets it; does nothing when it does not wait. */
    remove(node) {
        if (node.lane !== null) {
            node.lane.remove(node);
            this.#inLanes -= 1;
        }
        else if (node.heapIndex >= 0)
            this.#removeFromHeap(node);
        else
            return;
        if (this.#isEmpty)
            this.#linger();
    }
    /** Forgets everything and lets the process go. */
    close() {
        this.#closed = true;
        this.#disarm();
        this.#cancelLinger?.();
        this.#cancelLinger = null;
    }
    get #isEmpty() {
        return this.#inLanes === 0 && this.#heap.length === 0;
    }
    #laneOf(lengthMs) {
        for (const lane of this.#lanes) {
            if (lane.lengthMs === lengthMs)
                return lane;
        }
        if (this.#lanes.length >= LANES_MAX)
            return undefined;
        const lane = new Lane(lengthMs);
        this.#lanes.push(lane);
        return lane;
    }
    #arm(dueMs, now) {
        if (this.#closed)
            return;
        this.#cancel?.();
        this.#armedFor = dueMs;
        this.#cancel = this.#clock.after(Math.max(0, dueMs - now), () => this.#fire());
    }
    #disarm() {
        this.#cancel?.();
        this.#cancel = null;
        this.#armedFor = Number.POSITIVE_INFINITY;
    }
    /** Takes the timer down soon, unless something comes to wait in the meantime. */
    #linger() {
        if (this.#cancelLinger !== null || this.#cancel === null)
            return;
        this.#cancelLinger = this.#clock.after(LINGER_MS, () => {
            this.#cancelLinger = null;
            if (this.#isEmpty)
                this.#disarm();
        }, { ref: false });
    }
    #fire() {
        this.#cancel = null;
        this.#armedFor = Number.POSITIVE_INFINITY;
        const now = this.#clock.monotonic();
        let left = BATCH_MAX;
        for (const lane of this.#lanes) {
            for (let node = lane.head; node !== null && node.dueMs <= now && left > 0; node = lane.head) {
                lane.remove(node);
                this.#inLanes -= 1;
                left -= 1;
                node.onDue(now);
            }
        }
        for (let node = this.#heap[0]; node !== undefined && node.dueMs <= now && left > 0; node = this.#heap[0]) {
            this.#removeFromHeap(node);
            left -= 1;
            node.onDue(now);
        }
        const next = this.#nextDue();
        if (next < this.#armedFor)
            this.#arm(next, this.#clock.monotonic());
    }
    #nextDue() {
        let next = this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY;
        for (const lane of this.#lanes) {
            if (lane.head !== null && lane.head.dueMs < next)
                next = lane.head.dueMs;
        }
        return next;
    }
    #removeFromHeap(node) {
        const heap = this.#heap;
        const at = node.heapIndex;
        node.heapIndex = -1;
        const last = heap.pop();
        if (last === undefined || last === node)
            return;
        this.#sink(last, at);
        if (last.heapIndex === at)
            this.#rise(last, at);
    }
    #rise(node, from) {
        const heap = this.#heap;
        let at = from;
        while (at > 0) {
            const parent = (at - 1) >> 1;
            const above = heap[parent];
            if (above.dueMs <= node.dueMs)
                break;
            heap[at] = above;
            above.heapIndex = at;
            at = parent;
        }
        heap[at] = node;
        node.heapIndex = at;
    }
    #sink(node, from) {
        const heap = this.#heap;
        let at = from;
        for (;;) {
            let child = 2 * at + 1;
            if (child >= heap.length)
                break;
            const right = heap[child + 1];
            if (right !== undefined && right.dueMs < heap[child].dueMs)
                child += 1;
            const below = heap[child];
            if (below.dueMs >= node.dueMs)
                break;
            heap[at] = below;
            below.heapIndex = at;
            at = child;
        }
        heap[at] = node;
        node.heapIndex = at;
    }
}

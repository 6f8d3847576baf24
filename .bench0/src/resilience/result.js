/**
 * What `execute` throws when nothing was sent. It is an `Error` for `instanceof`, made without a stack trace (rule 29):
 * it says what the core decided, not where.
 */
export class Refusal {
    name = "Refusal";
    message;
    code;
    upstream;
    nextAttemptAt;
    constructor(upstream, code, nextAttemptAt) {
        this.message = `${upstream} was not asked: ${code}`;
        this.code = code;
        this.upstream = upstream;
        this.nextAttemptAt = nextAttemptAt;
    }
    /** What loggers print: there are no frames. */
    get stack() {
        return `${this.name}: ${this.message}`;
    }
}
Object.setPrototypeOf(Refusal.prototype, Error.prototype);

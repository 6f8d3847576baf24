/** Longer texts are not looked at: nothing that a field of telemetry holds is as long. */
export const PATTERN_TEXT_MAX = 4096;
const SOURCE_MAX = 500;
const PROGRAM_MAX = 1000;
const REPEAT_MAX = 500;
const NESTING_MAX = 40;
/** A pattern, or in words why it is none. */
export function linearPattern(source) {
    if (source.length > SOURCE_MAX)
        return `a pattern has at most ${SOURCE_MAX} characters`;
    try {
        const tree = new PatternParser(source).parse();
        const program = new Program();
        program.add(tree);
        program.finish();
        return { source, test: (text) => program.runs(text) };
    }
    catch (thrown) {
        if (thrown instanceof PatternFault)
            return thrown.message;
        throw thrown;
    }
}
/** Thrown and caught in this file only: why a text is no pattern. */
class PatternFault extends Error {
}
class PatternParser {
    #letters;
    #at = 0;
    #depth = 0;
    constructor(source) {
        this.#letters = Array.from(source);
    }
    parse() {
        const tree = this.#alternatives();
        if (this.#at < this.#letters.length)
            throw new PatternFault(`")" at ${this.#at + 1} closes nothing`);
        return tree;
    }
    #alternatives() {
        if (++this.#depth > NESTING_MAX)
            throw new PatternFault(`groups are nested deeper than ${NESTING_MAX}`);
        const parts = [this.#sequence()];
        while (this.#take("|"))
            parts.push(this.#sequence());
        this.#depth--;
        return parts.length === 1 ? parts[0] : { kind: "any", parts };
    }
    #sequence() {
        const parts = [];
        for (;;) {
            const letter = this.#letters[this.#at];
            if (letter === undefined || letter === "|" || letter === ")")
                return { kind: "all", parts };
            parts.push(this.#repeated(this.#atom()));
        }
    }
    #repeated(of) {
        const letter = this.#letters[this.#at];
        let [min, max] = [1, 1];
        if (letter === "*")
            [min, max] = [0, Number.POSITIVE_INFINITY];
        else if (letter === "+")
            max = Number.POSITIVE_INFINITY;
        else if (letter === "?")
            min = 0;
        else if (letter !== "{")
            return of;
        this.#at++;
        if (letter === "{")
            [min, max] = this.#bounds();
        if (of.kind === "start" || of.kind === "end")
            throw new PatternFault(`"${letter}" repeats an anchor`);
        // Whether as few or as many as possible are taken decides what a group holds, and not whether there is a match.
        this.#take("?");
        const next = this.#letters[this.#at];
        if (next === "*" || next === "+" || next === "{")
            throw new PatternFault(`"${next}" repeats a repetition`);
        return { kind: "repeat", of, min, max };
    }
    #bounds() {
        const text = this.#letters.slice(this.#at, this.#at + 16).join("");
        const match = /^(\d{1,5})(,(\d{1,5})?)?\}/.exec(text);
        if (match === null)
            throw new PatternFault('"{" begins no repetition such as {2,5}; write \\{ for the brace');
        this.#at += match[0].length;
        const min = Number(match[1]);
        const max = match[2] === undefined ? min : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
        if (min > max)
            throw new PatternFault(`{${min},${max}} repeats at least more often than at most`);
        if (min > REPEAT_MAX || (Number.isFinite(max) && max > REPEAT_MAX))
            throw new PatternFault(`a repetition counts to at most ${REPEAT_MAX}`);
        return [min, max];
    }
    #atom() {
        const letter = this.#letters[this.#at++];
        if (letter === "^")
            return { kind: "start" };
        if (letter === "$")
            return { kind: "end" };
        if (letter === ".")
            return one((code) => code !== 10 && code !== 13 && code !== 0x2028 && code !== 0x2029);
        if (letter === "(")
            return this.#group();
        if (letter === "[")
            return one(this.#characters());
        if (letter === "\\")
            return one(this.#escape(false));
        if (letter === "*" || letter === "+" || letter === "?" || letter === "{")
            throw new PatternFault(`"${letter}" at ${this.#at} repeats nothing`);
        if (letter === "]" || letter === "}")
            throw new PatternFault(`"${letter}" at ${this.#at} closes nothing; write \\${letter} for the character`);
        return one(same(letter));
    }
    #group() {
        if (this.#take("?")) {
            const name = /^<([A-Za-z_]\w{0,40})>/.exec(this.#letters.slice(this.#at, this.#at + 45).join(""));
            if (name !== null)
                this.#at += name[0].length;
            else if (!this.#take(":"))
                throw new PatternFault("looking ahead or behind (?=, ?!, ?<) has no bound on its cost");
        }
        const tree = this.#alternatives();
        if (!this.#take(")"))
            throw new PatternFault('"(" is not closed');
        return tree;
    }
    #characters() {
        const isNegated = this.#take("^");
        const tests = [];
        for (;;) {
            const letter = this.#letters[this.#at++];
            if (letter === undefined)
                throw new PatternFault('"[" is not closed');
            if (letter === "]")
                break;
            const from = letter === "\\" ? this.#escape(true) : same(letter);
            const isRange = this.#letters[this.#at] === "-" && this.#letters[this.#at + 1] !== "]";
            if (!isRange || this.#letters[this.#at + 1] === undefined) {
                tests.push(from);
                continue;
            }
            this.#at++;
            const last = this.#letters[this.#at++];
            const to = last === "\\" ? this.#escape(true) : same(last);
            const [low, high] = [codeOf.get(from), codeOf.get(to)];
            if (low === undefined || high === undefined || low > high)
                throw new PatternFault("a range in brackets goes from one character to a later one, as in a-z");
            tests.push((code) => code >= low && code <= high);
        }
        return (code) => tests.some((test) => test(code)) !== isNegated;
    }
    #escape(isInBrackets) {
        const letter = this.#letters[this.#at++];
        if (letter === undefined)
            throw new PatternFault('"\\" stands at the end');
        const known = CLASSES[letter];
        if (known !== undefined)
            return known;
        if (letter === "p" || letter === "P")
            return this.#property(letter);
        const control = CONTROLS[letter];
        if (control !== undefined)
            return same(control);
        if (letter === "x" || letter === "u")
            return same(this.#coded(letter));
        if (letter === "0")
            return same("\0");
        if (/[1-9k]/.test(letter))
            throw new PatternFault("a back reference has no bound on its cost");
        if (letter === "b" || letter === "B")
            throw new PatternFault(`\\${letter} is not supported; say what stands before and behind instead`);
        if (/[\^$\\.*+?()[\]{}|/]/.test(letter) || (isInBrackets && letter === "-"))
            return same(letter);
        throw new PatternFault(`\\${letter} stands for nothing`);
    }
    #coded(letter) {
        const rest = this.#letters.slice(this.#at, this.#at + 10).join("");
        const match = (letter === "x" ? /^([\da-f]{2})/i : /^(?:([\da-f]{4})|\{([\da-f]{1,6})\})/i).exec(rest);
        const code = Number.parseInt(match?.[1] ?? match?.[2] ?? "", 16);
        if (match === null || code > 0x10ffff)
            throw new PatternFault(`\\${letter} is not followed by a code`);
        this.#at += match[0].length;
        return String.fromCodePoint(code);
    }
    #property(letter) {
        const match = /^\{[\w=]{1,40}\}/.exec(this.#letters.slice(this.#at, this.#at + 42).join(""));
        try {
            if (match === null)
                throw new SyntaxError();
            this.#at += match[0].length;
            // Of one character: there is nothing to try twice.
            const test = new RegExp(`^\\${letter}${match[0]}$`, "u");
            return (code) => test.test(String.fromCodePoint(code));
        }
        catch {
            throw new PatternFault(`\\${letter} is not followed by a property of characters, such as {L}`);
        }
    }
    #take(letter) {
        if (this.#letters[this.#at] !== letter)
            return false;
        this.#at++;
        return true;
    }
}
/** The character that a test is for, where it is for one: the ends of ranges. */
const codeOf = new WeakMap();
function same(letter) {
    const expected = letter.codePointAt(0);
    const test = (code) => code === expected;
    codeOf.set(test, expected);
    return test;
}
function one(test) {
    return { kind: "one", test };
}
const isDigit = (code) => code >= 48 && code <= 57;
const isWord = (code) => isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace = (code) => /^\s$/.test(String.fromCodePoint(code));
const not = (test) => (code) => !test(code);
const CLASSES = {
    d: isDigit,
    D: not(isDigit),
    w: isWord,
    W: not(isWord),
    s: isSpace,
    S: not(isSpace),
};
const CONTROLS = { t: "\t", n: "\n", r: "\r", f: "\f", v: "\v" };
/** Marks are 32 bits wide; a text has fewer turns than lie between this and their end. */
const TURNS_MAX = 2_000_000_000;
const ONE = 0;
const SPLIT = 1;
const START = 2;
const END = 3;
const MATCH = 4;
/** Steps; `SPLIT` goes on at both of its places, all others at the next step. */
class Program {
    #ops = [];
    #tests = [];
    #first = [];
    #second = [];
    #marks = new Int32Array(0);
    #now = new Int32Array(0);
    #next = new Int32Array(0);
    #stack = [];
    #turn = 0;
    add(tree) {
        if (tree.kind === "one")
            this.#step(ONE, tree.test);
        else if (tree.kind === "start")
            this.#step(START);
        else if (tree.kind === "end")
            this.#step(END);
        else if (tree.kind === "all")
            for (const part of tree.parts)
                this.add(part);
        else if (tree.kind === "any")
            this.#any(tree.parts);
        else
            this.#repeat(tree.of, tree.min, tree.max);
    }
    finish() {
        this.#step(MATCH);
        this.#marks = new Int32Array(this.#ops.length);
        this.#now = new Int32Array(this.#ops.length);
        this.#next = new Int32Array(this.#ops.length);
    }
    runs(text) {
        if (text.length > PATTERN_TEXT_MAX)
            return false;
        if (this.#turn > TURNS_MAX) {
            this.#marks.fill(0);
            this.#turn = 0;
        }
        let count = 0;
        for (let at = 0;;) {
            // Began before, or begins here: a place that was reached already is not entered again.
            if (count === 0)
                this.#turn++;
            const isEnd = at >= text.length;
            count = this.#enter(0, count, at === 0, isEnd);
            if (count < 0)
                return true;
            if (isEnd)
                return false;
            const code = text.codePointAt(at);
            at += code > 0xffff ? 2 : 1;
            [this.#now, this.#next] = [this.#next, this.#now];
            this.#turn++;
            let reached = 0;
            for (let place = 0; place < count; place++) {
                const step = this.#now[place];
                if (!this.#tests[step](code))
                    continue;
                reached = this.#enter(step + 1, reached, false, at >= text.length);
                if (reached < 0)
                    return true;
            }
            count = reached;
        }
    }
    /** Puts every step that is reached without a letter into the list; -1: the end is reached. */
    #enter(from, count, isStart, isEnd) {
        const stack = this.#stack;
        stack.length = 0;
        stack.push(from);
        let listed = count;
        for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
            if (this.#marks[step] === this.#turn)
                continue;
            this.#marks[step] = this.#turn;
            const op = this.#ops[step];
            if (op === MATCH)
                return -1;
            if (op === ONE)
                this.#next[listed++] = step;
            else if (op === SPLIT)
                stack.push(this.#second[step], this.#first[step]);
            else if (op === START ? isStart : isEnd)
                stack.push(step + 1);
        }
        return listed;
    }
    #any(parts) {
        const ends = [];
        parts.forEach((part, index) => {
            const isLast = index === parts.length - 1;
            const split = isLast ? -1 : this.#step(SPLIT);
            if (!isLast)
                this.#first[split] = this.#ops.length;
            this.add(part);
            if (isLast)
                return;
            ends.push(this.#step(SPLIT));
            this.#second[split] = this.#ops.length;
        });
        for (const end of ends)
            this.#go(end, this.#ops.length);
    }
    #repeat(of, min, max) {
        for (let count = 0; count < min; count++)
            this.add(of);
        if (max === Number.POSITIVE_INFINITY) {
            const split = this.#step(SPLIT);
            this.#first[split] = this.#ops.length;
            this.add(of);
            this.#go(this.#step(SPLIT), split);
            this.#second[split] = this.#ops.length;
            return;
        }
        const splits = [];
        for (let count = min; count < max; count++) {
            const split = this.#step(SPLIT);
            this.#first[split] = this.#ops.length;
            splits.push(split);
            this.add(of);
        }
        for (const split of splits)
            this.#second[split] = this.#ops.length;
    }
    #go(step, to) {
        this.#first[step] = to;
        this.#second[step] = to;
    }
    #step(op, test) {
        if (this.#ops.length >= PROGRAM_MAX)
            throw new PatternFault(`written out, its repetitions have more than ${PROGRAM_MAX} steps`);
        this.#ops.push(op);
        this.#tests.push(test);
        this.#first.push(0);
        this.#second.push(0);
        return this.#ops.length - 1;
    }
}

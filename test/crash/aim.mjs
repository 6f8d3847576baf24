// Preloaded into each thread of a hub under test with `node --import`. It lets the process that kills the hub choose a
// place within a transaction of the store, where a kill from outside seldom falls: transactions take less than a
// millisecond. A line `held N` on file descriptor 3 stops the hub (SIGSTOP) at the Nth posting to the ledger from then on,
// and `passing N` lets the thread of the store run on until the signal has come to it, mostly into the write or the sync
// of its log. The hub only stops itself: who asked for it looks at it, and kills it.
import { readSync } from "node:fs";
import { pathToFileURL } from "node:url";
import {
	getEnvironmentData,
	isMainThread,
	setEnvironmentData,
	Worker,
	workerData,
} from "node:worker_threads";

const NAME = "crash-aim";
const ORDERS_FROM = 3;
/** What the threads share: postings to go (0: no order), and whether the thread is held there. */
const [LEFT, IS_HELD] = [0, 1];
const HELD_MS = 10_000;

if (isMainThread) {
	const order = new Int32Array(new SharedArrayBuffer(8));
	setEnvironmentData(NAME, order);
	new Worker(new URL(import.meta.url), { workerData: { [NAME]: order }, execArgv: [] }).unref();
} else if (workerData?.[NAME]) takeOrders(workerData[NAME]);
else if (/sqlite-worker\.js$/.test(process.argv[1])) await watchStore(getEnvironmentData(NAME));

function takeOrders(order) {
	const buffer = Buffer.alloc(64);
	for (;;) {
		const count = readSync(ORDERS_FROM, buffer);
		if (count === 0) return;
		const [word, postings] = buffer.toString("latin1", 0, count).trim().split(" ");
		Atomics.store(order, IS_HELD, word === "held" ? 1 : 0);
		Atomics.store(order, LEFT, Number(postings));
	}
}

/** Every posting is written within a transaction of the thread of the store. */
async function watchStore(order) {
	const { SqliteLedger } = await import(new URL("./sqlite-ledger.js", pathToFileURL(process.argv[1])).href);
	const { post } = SqliteLedger.prototype;
	SqliteLedger.prototype.post = function postWatched(posting) {
		post.call(this, posting);
		if (Atomics.load(order, LEFT) === 0 || Atomics.sub(order, LEFT, 1) > 1) return;
		process.kill(process.pid, "SIGSTOP");
		if (Atomics.load(order, IS_HELD) === 1)
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_MS);
	};
}

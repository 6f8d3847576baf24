import { type AuditAccount, AuditBook, accountName } from "./audit-book.js";
import { INTERPRET } from "./ledger.js";
import type { Log, Step, Topic } from "./log.js";

export interface LedgerBalance {
	readonly balanced: boolean;
	/** For people: all is accounted for, or how many accounts are not and which one is the worst. */
	readonly sentence: string;
	/** The accounts that do not add up. */
	readonly accounts: readonly AuditAccount[];
}

/**
 * The cheap check, for running hubs: `in` = outcomes + pending in every account, with the postings as they stand and
 * pending counted from the store. It reads no record; `auditLedger` does.
 */
export async function balanceLedger(
	log: Log,
	options: { readonly fromMinute?: number } = {},
): Promise<LedgerBalance> {
	const fromMinute = options.fromMinute ?? 0;
	const steps = await readersOf(log, fromMinute);
	const places = steps.flatMap((step) => {
		const topic: Topic = step === INTERPRET ? "frames" : "records";
		return Array.from({ length: log.partitions(topic) }, (_, partition) => ({ step, topic, partition }));
	});
	// Asked in one turn, so that all answers see one state of the log.
	const [rows, ...unread] = await Promise.all([
		log.ledger({ fromMinute }),
		...places.map(({ step, topic, partition }) => log.pending({ topic, partition, subscription: step })),
	]);
	const book = new AuditBook(rows, fromMinute);
	places.forEach(({ step, partition }, at) => {
		for (const { feed, minute, count } of unread[at] ?? []) {
			// Records of a feed that was not routed to the sink wait for nobody.
			if (minute >= fromMinute && book.has(step, feed, partition, minute)) {
				book.account(step, feed, partition, minute).pending += count;
			}
		}
	});
	const accounts = [...book.accounts.values()].filter((account) => surplus(account) !== 0);
	return { balanced: accounts.length === 0, sentence: sentenceOf(accounts, book.accounts.size), accounts };
}

async function readersOf(log: Log, fromMinute: number): Promise<readonly Step[]> {
	const steps = new Set((await log.ledger({ fromMinute })).map(({ step }) => step));
	return [...steps].filter((step) => step !== "receive" && step !== "admit");
}

/** How many came in beyond outcomes and pending. */
function surplus({ posted, pending }: AuditAccount): number {
	let open = -pending;
	for (const [outcome, count] of Object.entries(posted)) open += outcome === "in" ? count : -count;
	return open;
}

function sentenceOf(accounts: readonly AuditAccount[], total: number): string {
	const worst = accounts.reduce<AuditAccount | undefined>(
		(most, account) => (most && Math.abs(surplus(most)) >= Math.abs(surplus(account)) ? most : account),
		undefined,
	);
	if (!worst) return `All ${total} accounts of the ledger add up.`;
	const count = surplus(worst);
	const what = count > 0 ? `${count} came in without an outcome` : `${-count} outcomes have no arrival`;
	return (
		`${accounts.length} of ${total} accounts of the ledger do not add up. Worst: ${accountName(worst)}: ${what}. ` +
		"Run `wayside ledger --audit` to see which items."
	);
}

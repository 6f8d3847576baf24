import { describeLogContract, type OpenedLog } from "../../test/contract/log-contract.js";
import { scratchDirectory } from "../../test/scratch-directory.js";
import { seededChance } from "../../test/seeded-chance.js";
import { openSqliteLog, type SqliteLogOptions } from "./sqlite-store.js";

const chance = seededChance(1);

async function openIn(
	directory: ReturnType<typeof scratchDirectory>,
	options: Partial<SqliteLogOptions>,
): Promise<OpenedLog> {
	const log = await openSqliteLog({ directory: directory.path, chance, reserveBytes: 0, ...options });
	return {
		log,
		reopen: async () => {
			await log.close();
			return openIn(directory, options);
		},
		dispose: async () => {
			await log.close();
			directory.remove();
		},
	};
}

describeLogContract(
	"SQLite in this thread",
	({ partitions }) =>
		openIn(scratchDirectory(), { partitions, host: "in-thread", durability: "os", encryptFrames: false }),
	{ runs: 25 },
);

describeLogContract(
	"SQLite in a worker",
	({ partitions }) => openIn(scratchDirectory(), { partitions, host: "worker" }),
	{ runs: 8 },
);

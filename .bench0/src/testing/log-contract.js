import { afterEach, describe, it } from "vitest";
import { runLedgerAgainstModel } from "./ledger-model.js";
import { describeCommits, describeReads } from "./log-contract-commits.js";
import { describeLetters, runLettersAgainstModel } from "./log-contract-letters.js";
import { describeCursorsAndState, describeLedger, describeRetention } from "./log-contract-state.js";
import { runAgainstModel } from "./log-model.js";
/**
 * What every implementation of `Log` promises, with 1, 3 and 8 partitions. Each case opens a log of its own; its commits
 * and reads, its state and retention, and the model are in the files beside this one.
 */
export function describeLogContract(name, open, options = {}) {
    for (const partitions of [1, 3, 8]) {
        describe(`${name} with ${partitions} partition(s)`, () => {
            let opened;
            const start = async () => {
                opened = await open({ partitions });
                return opened.log;
            };
            const restart = async () => {
                opened = await opened.reopen();
                return opened.log;
            };
            afterEach(async () => {
                await opened?.dispose();
                opened = undefined;
            });
            describeCommits(start, partitions);
            describeReads(start, partitions);
            describeCursorsAndState(start, restart, partitions);
            describeLedger(start, partitions);
            describeRetention(start, restart, partitions);
            describeLetters(start, restart, partitions);
            it("agrees with a model of dead letters over random changes, retention and restarts", async () => {
                await runLettersAgainstModel(open, partitions, options.runs ?? 30);
            });
            it("agrees with a model over random commits, reads, retention and restarts", async () => {
                await runAgainstModel(open, partitions, options.runs ?? 30);
            });
            it("agrees with a model of the ledger over random postings, folds, filters and restarts", async () => {
                await runLedgerAgainstModel(open, partitions, options.runs ?? 30);
            });
        });
    }
}

import type { DurationMs } from "../model/units.js";
import type { AlertingStatus, OpenAlert } from "./status.js";

/** What people do about alerts, from the command line or over HTTP. */
export interface AlertControl {
	list(): { readonly alerts: readonly OpenAlert[]; readonly alerting: AlertingStatus };
	/** Somebody takes care of it. Answers with what was open and fits, which may be nothing. */
	acknowledge(order: {
		readonly alert: string;
		readonly subject?: string | undefined;
		readonly by: string;
		readonly note: string;
	}): Promise<readonly OpenAlert[]>;
	/** Nothing is told of what fits for so long. */
	silence(order: {
		readonly alert: string | undefined;
		readonly subject: string | undefined;
		readonly forMs: DurationMs;
		readonly by: string;
		readonly reason: string;
	}): Promise<void>;
	/** Ends every silence; answers how many there were. */
	endSilences(): Promise<number>;
	/** Tells a clearly marked test over one channel, or each of them, and says what came of it. */
	test(channel?: string): Promise<readonly ChannelTest[]>;
}

export interface ChannelTest {
	readonly channel: string;
	readonly type: string;
	readonly ok: boolean;
	/** What was answered, or why it failed. */
	readonly said: string;
	readonly tookMs: number;
}

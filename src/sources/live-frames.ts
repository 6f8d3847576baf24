import type { StreamItem } from "./source.js";

export interface LiveFramesOptions {
	readonly signal: AbortSignal;
	/** Of frames that wait to be taken. Default 4 MiB. */
	readonly bytesMax?: number;
	/** The same as a number of frames, for small ones. Default 16,384. */
	readonly framesMax?: number;
	/** There is room again after `push` said that there is none. */
	readonly onRoom?: () => void;
	/** Called once, when nobody will take frames any more, however that came about. */
	readonly onEnd: () => void;
}

const BYTES_MAX = 4 * 1024 * 1024;
const FRAMES_MAX = 16_384;

/**
 * The frames of a connection that speaks when it likes, for whoever pulls them: a bounded queue between the two. Ends with the
 * reason of `fail`, after the frames that came before it, or at once with that of the signal.
 */
export class LiveFrames implements AsyncIterable<StreamItem> {
	readonly #options: LiveFramesOptions;
	readonly #bytesMax: number;
	readonly #framesMax: number;
	#items: StreamItem[] = [];
	/** Those that are being handed over, and how many of them have been. */
	#leaving: readonly StreamItem[] = [];
	#left = 0;
	#bytes = 0;
	#waiting = 0;
	#wake: (() => void) | undefined;
	#failure: { readonly reason: unknown } | undefined;
	#isFull = false;

	constructor(options: LiveFramesOptions) {
		this.#options = options;
		this.#bytesMax = options.bytesMax ?? BYTES_MAX;
		this.#framesMax = options.framesMax ?? FRAMES_MAX;
	}

	/** Leaves out what nobody will take any more, and says how many frames it was: of those that are `lost` by it. */
	drop(lost: (item: StreamItem) => boolean = () => true): number {
		const dropped = [...this.#leaving.slice(this.#left), ...this.#items].filter(lost).length;
		this.#items = [];
		this.#leaving = [];
		this.#bytes = 0;
		this.#waiting = 0;
		return dropped;
	}

	/** What `push` said last, or would say by now. */
	get hasRoom(): boolean {
		return !this.#isFull;
	}

	/** False: it was taken, but there is no room for another; stop reading until `onRoom`. */
	push(item: StreamItem): boolean {
		this.#items.push(item);
		this.#bytes += item.bytes.byteLength;
		this.#waiting++;
		this.#wake?.();
		this.#isFull ||= this.#bytes >= this.#bytesMax || this.#waiting >= this.#framesMax;
		return !this.#isFull;
	}

	/** The connection broke, with this reason. Only the first counts. */
	fail(reason: unknown): void {
		this.#failure ??= { reason };
		this.#wake?.();
	}

	async *[Symbol.asyncIterator](): AsyncGenerator<StreamItem, never, undefined> {
		const { signal, onEnd } = this.#options;
		const onAbort = () => this.#wake?.();
		signal.addEventListener("abort", onAbort);
		try {
			for (;;) {
				if (signal.aborted) throw signal.reason;
				const items = this.#items;
				this.#items = [];
				this.#leaving = items;
				this.#left = 0;
				for (const item of items) {
					if (signal.aborted) throw signal.reason;
					this.#waiting--;
					this.#left++;
					yield item;
					this.#taken(item);
				}
				if (items.length > 0) continue;
				if (this.#failure !== undefined) throw this.#failure.reason;
				await new Promise<void>((resolve) => {
					this.#wake = resolve;
				});
				this.#wake = undefined;
			}
		} finally {
			signal.removeEventListener("abort", onAbort);
			onEnd();
		}
	}

	#taken(item: StreamItem): void {
		this.#bytes -= item.bytes.byteLength;
		if (!this.#isFull || this.#bytes > this.#bytesMax / 2 || this.#waiting > this.#framesMax / 2) return;
		this.#isFull = false;
		this.#options.onRoom?.();
	}
}

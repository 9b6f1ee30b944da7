import { createHash } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A deterministic random number generator. Not for secrets. */
export class Random {
	#state: Uint32Array;

	constructor(seed: string) {
		const digest = createHash('sha256').update(seed).digest();
		this.#state = Uint32Array.from([0, 4, 8, 12], (offset) => digest.readUInt32LE(offset));
	}

	/** Returns a number from 0 up to but excluding 1 (sfc32). */
	next(): number {
		const [a = 0, b = 0, c = 0, count = 0] = this.#state;
		const result = (a + b + count) >>> 0;
		this.#state.set([
			(b ^ (b >>> 9)) >>> 0,
			(c + (c << 3)) >>> 0,
			(((c << 21) | (c >>> 11)) + result) >>> 0,
			(count + 1) >>> 0,
		]);
		return result / 2 ** 32;
	}

	chance(probability: number): boolean {
		return this.next() < probability;
	}

	/** Returns an integer, both ends included. */
	int(from: number, to: number): number {
		return from + Math.floor(this.next() * (to - from + 1));
	}

	pick<T>(list: readonly T[]): T {
		const chosen = list[Math.floor(this.next() * list.length)];
		if (chosen === undefined) throw new Error('the list is empty');
		return chosen;
	}

	/** Returns one of the values, with a probability proportional to its weight. */
	pickWeighted<T>(choices: readonly (readonly [T, number])[]): T {
		let remaining = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
		for (const [value, weight] of choices) {
			remaining -= weight;
			if (remaining < 0) return value;
		}
		return this.pick(choices)[0];
	}

	/** Returns a log-normally distributed duration: half below the median, few far above it. */
	around(median: number, spread = 0.5): number {
		const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
		return median * Math.exp(spread * normal);
	}

	text(length: number): string {
		return Array.from({ length }, () => LETTERS[this.int(0, LETTERS.length - 1)]).join('');
	}

	hex(length: number): string {
		return Array.from({ length }, () => this.int(0, 15).toString(16)).join('');
	}

	uuid(): string {
		return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${this.pick(['8', '9', 'a', 'b'])}${this.hex(3)}-${this.hex(12)}`;
	}
}

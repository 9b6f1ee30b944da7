import type { TurnLimitReason } from '#lib/contract/turn.ts';

/** One finished call of the AI. */
export interface CallSample {
	/** When the call began, in ms of a monotonic clock. */
	started_ms: number;
	/** Time until the AI began to answer; until the end of an answer that isn't streamed. */
	answer_ms: number;
	has_failed: boolean;
	/** How many calls ran when it began, itself included. */
	running: number;
}

export const START_LIMIT = 16;
const MIN_LIMIT = 4;
/** Calls per round: about as many as run at a time. */
const MIN_ROUND = 8;
const MAX_ROUND = 50;
/** The share of failed calls in a round that lowers the limit. */
const FAILURE_SHARE = 0.1;
/** Answers that take this many times as long as usual count as slower. */
const TOLERANCE = 1.5;
/** Answers at a lowered limit must be at least this much faster. Otherwise, the load wasn't what made the AI slow. */
const HELPED = 0.9;
/** How far one round of faster answers moves what counts as usual. */
const SMOOTHING = 0.3;

/**
 * How many calls of one AI may run at a time: the congestion control of TCP (RFC 5681), with the response time as a signal
 * beside failures, as in TCP Vegas and the gradient limiter of Netflix's concurrency-limits. It is judged in rounds of
 * calls that began under the present limit. See docs/decisions/0021-a-limit-that-adapts.md.
 */
export class AdaptiveLimit {
	#limit = START_LIMIT;
	/** The limit doubles until it has turned out to be too high once, and then grows by its square root ("slow start"). */
	#isDoubling = true;
	#usualMs: number | undefined;
	#round: CallSample[] = [];
	/** Calls that began before say nothing about the present limit. */
	#since = -Infinity;
	/** The limit, the calls that ran and their response time before slower answers lowered the limit. */
	#lowered: { limit: number; running: number; answer_ms: number } | undefined;
	#reason: TurnLimitReason = { type: 'start' };
	#changedAt: Date | undefined;

	/** Returns the limit, at most `max`. */
	within(max: number): number {
		return Math.min(this.#limit, max);
	}

	/** Why the limit is what it is, and since when. */
	get state(): { reason: TurnLimitReason; changed_at: Date | undefined } {
		return { reason: this.#reason, changed_at: this.#changedAt };
	}

	/** Takes a finished call into account. The limit never grows above `max`. Returns whether it has changed. */
	record(sample: CallSample, max: number, clock: { now_ms: number; date: Date }): boolean {
		if (sample.started_ms <= this.#since) return false;
		this.#round.push(sample);
		const needed = Math.min(Math.max(this.within(max), MIN_ROUND), MAX_ROUND);
		if (this.#round.length < needed) return false;
		const round = this.#round;
		this.#round = [];
		const before = this.#limit;
		const reason = this.#judge(round, max);
		if (this.#limit === before) return false;
		this.#since = clock.now_ms;
		this.#reason = reason;
		this.#changedAt = clock.date;
		return true;
	}

	/** Sets the limit after a round and returns the reason. */
	#judge(round: CallSample[], max: number): TurnLimitReason {
		const answered = round.filter(({ has_failed }) => !has_failed).map((call) => call.answer_ms);
		const failed = round.length - answered.length;
		const running = median(round.map((call) => call.running));
		if (failed > FAILURE_SHARE * round.length) {
			this.#lowered = undefined;
			this.#lowerTo(Math.min(this.within(max), running) / 2);
			return { type: 'failures', failed, calls: round.length };
		}
		const answer_ms = median(answered);
		const usual_ms = (this.#usualMs ??= answer_ms);
		const figures = { answer_ms: Math.round(answer_ms), usual_ms: Math.round(usual_ms) };
		const lowered = this.#lowered;
		// Fewer calls run only once those that began before have ended.
		if (lowered && running > HELPED * lowered.running) return this.#reason;
		this.#lowered = undefined;
		if (lowered && answer_ms > HELPED * lowered.answer_ms) {
			this.#usualMs = answer_ms;
			this.#limit = lowered.limit;
			this.#isDoubling = true;
			return { type: 'not_the_load', ...figures };
		}
		if (answer_ms > TOLERANCE * usual_ms) {
			this.#lowerForSlowness({ running, answer_ms, usual_ms }, max);
			return { type: 'slower', ...figures };
		}
		if (answer_ms < usual_ms) this.#usualMs = usual_ms + SMOOTHING * (answer_ms - usual_ms);
		if (round.some((call) => call.running >= this.within(max))) this.#grow(max);
		return { type: 'grown', ...figures };
	}

	/** Lowers the limit by the gradient, the tolerated response time over the present one, but enough to see whether it helps. */
	#lowerForSlowness(
		{ running, answer_ms, usual_ms }: { running: number; answer_ms: number; usual_ms: number },
		max: number,
	): void {
		const limit = this.within(max);
		if (Math.min(limit, running) <= MIN_LIMIT) {
			// So few calls aren't what makes the AI slow.
			this.#usualMs = answer_ms;
			return;
		}
		const gradient = (TOLERANCE * usual_ms) / answer_ms;
		this.#lowerTo(Math.min(limit, running) * Math.min(Math.max(gradient, 0.5), 0.75));
		this.#lowered = { limit, running, answer_ms };
	}

	#lowerTo(limit: number): void {
		this.#limit = Math.min(this.#limit, Math.max(MIN_LIMIT, Math.floor(limit)));
		this.#isDoubling = false;
	}

	#grow(max: number): void {
		const limit = this.within(max);
		const step = this.#isDoubling ? limit : Math.ceil(Math.sqrt(limit));
		this.#limit = Math.max(this.#limit, Math.min(limit + step, max));
	}
}

function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

import type { TurnLimitReason } from '#lib/contract/turn.ts';

/** One finished call to the AI. */
interface CallSample {
	/** When the call started, in ms of a monotonic clock. */
	started_ms: number;
	/** How long the AI took to start answering, or to answer completely if it doesn't stream. */
	answer_ms: number;
	has_failed: boolean;
	/** The number of calls in flight when it started, including itself. */
	running: number;
}

const START_LIMIT = 16;
const MIN_LIMIT = 4;
/** A round has as many calls as the limit, within these bounds. */
const MIN_ROUND_CALLS = 8;
const MAX_ROUND_CALLS = 50;
/** The share of failed calls in a round that lowers the limit. */
const FAILURE_SHARE = 0.1;
/** The factor by which the response time must exceed the usual one to count as slower. */
const TOLERANCE_FACTOR = 1.5;
/** A lower limit must reduce the response time to this share of the earlier one. Otherwise, load wasn't the cause. */
const IMPROVEMENT_FACTOR = 0.9;
/** The weight of a faster round's response time in the usual one. */
const SMOOTHING = 0.3;

/**
 * Limits the concurrent calls to one AI with the congestion control of TCP (RFC 5681). Besides failures, the response time
 * is a signal, as in TCP Vegas and the gradient limiter of Netflix's concurrency-limits. The limit is adjusted after each
 * round of calls that started under the current limit. See docs/decisions/0021-a-limit-that-adapts.md.
 */
export class AdaptiveLimit {
	#limit = START_LIMIT;
	/** Whether the limit still doubles ("slow start"). After it has been lowered, it grows by its square root instead. */
	#isDoubling = true;
	#usualMs: number | undefined;
	#round: CallSample[] = [];
	/** Calls that started at or before this time ran under an earlier limit and are ignored. */
	#roundStartMs = -Infinity;
	/** The limit, calls in flight and response time from before slower answers lowered the limit. */
	#beforeLowering: { limit: number; running: number; answer_ms: number } | undefined;
	#reason: TurnLimitReason = { type: 'start' };
	#changedAt: Date | undefined;

	/** Returns the limit, at most `max`. */
	within(max: number): number {
		return Math.min(this.#limit, max);
	}

	/** The reason for the current limit, and when it last changed. */
	get state(): { reason: TurnLimitReason; changed_at: Date | undefined } {
		return { reason: this.#reason, changed_at: this.#changedAt };
	}

	/** Records a finished call. The limit never grows above `max`. Returns whether it has changed. */
	record(sample: CallSample, max: number, clock: { now_ms: number; date: Date }): boolean {
		if (sample.started_ms <= this.#roundStartMs) return false;
		this.#round.push(sample);
		const roundSize = Math.min(Math.max(this.within(max), MIN_ROUND_CALLS), MAX_ROUND_CALLS);
		if (this.#round.length < roundSize) return false;
		const round = this.#round;
		this.#round = [];
		const before = this.#limit;
		const reason = this.#adjust(round, max);
		if (this.#limit === before) return false;
		this.#roundStartMs = clock.now_ms;
		this.#reason = reason;
		this.#changedAt = clock.date;
		return true;
	}

	/** Adjusts the limit after a round and returns the reason. */
	#adjust(round: CallSample[], max: number): TurnLimitReason {
		const answerTimes = round.filter(({ has_failed }) => !has_failed).map((call) => call.answer_ms);
		const failed = round.length - answerTimes.length;
		const running = median(round.map((call) => call.running));
		if (failed > FAILURE_SHARE * round.length) {
			this.#beforeLowering = undefined;
			this.#lowerTo(Math.min(this.within(max), running) / 2);
			return { type: 'failures', failed, calls: round.length };
		}
		const answer_ms = median(answerTimes);
		const usual_ms = (this.#usualMs ??= answer_ms);
		const figures = { answer_ms: Math.round(answer_ms), usual_ms: Math.round(usual_ms) };
		const beforeLowering = this.#beforeLowering;
		// The lower limit takes effect only once calls that started before it have ended.
		if (beforeLowering && running > IMPROVEMENT_FACTOR * beforeLowering.running)
			return this.#reason;
		this.#beforeLowering = undefined;
		if (beforeLowering && answer_ms > IMPROVEMENT_FACTOR * beforeLowering.answer_ms) {
			this.#usualMs = answer_ms;
			this.#limit = beforeLowering.limit;
			this.#isDoubling = true;
			return { type: 'not_the_load', ...figures };
		}
		if (answer_ms > TOLERANCE_FACTOR * usual_ms) {
			this.#lowerForSlowness({ running, answer_ms, usual_ms }, max);
			return { type: 'slower', ...figures };
		}
		if (answer_ms < usual_ms) this.#usualMs = usual_ms + SMOOTHING * (answer_ms - usual_ms);
		if (round.some((call) => call.running >= this.within(max))) this.#grow(max);
		return { type: 'grown', ...figures };
	}

	/** Lowers the limit by the gradient (tolerated over current response time), bounded so that the effect can be measured. */
	#lowerForSlowness(
		{ running, answer_ms, usual_ms }: { running: number; answer_ms: number; usual_ms: number },
		max: number,
	): void {
		const limit = this.within(max);
		if (Math.min(limit, running) <= MIN_LIMIT) {
			// With so few calls, load isn't the cause.
			this.#usualMs = answer_ms;
			return;
		}
		const gradient = (TOLERANCE_FACTOR * usual_ms) / answer_ms;
		this.#lowerTo(Math.min(limit, running) * Math.min(Math.max(gradient, 0.5), 0.75));
		this.#beforeLowering = { limit, running, answer_ms };
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

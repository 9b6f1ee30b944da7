import { describe, expect, it } from 'vitest';
import { AdaptiveLimit } from './adaptive-limit.ts';

interface Ai {
	/** Returns the duration in ms of a call that starts as the `running`th concurrent one. */
	getDuration(running: number): number;
	hasFailed?(call: number): boolean;
}

/**
 * Simulates visitors who send a message as soon as they get an answer, on a simulated clock. Returns the limit after each
 * answer.
 */
function simulate(limit: AdaptiveLimit, ai: Ai, { visitors = 50, max = 100, calls = 1_000 } = {}) {
	let now = clock;
	let started = 0;
	const running: { started_ms: number; ends: number; has_failed: boolean; running: number }[] = [];
	const limits: number[] = [];
	while (limits.length < calls) {
		const room = Math.min(limit.within(max), visitors);
		while (running.length < room) {
			const ends = now + ai.getDuration(running.length + 1);
			const has_failed = ai.hasFailed?.(started++) ?? false;
			running.push({ started_ms: now, ends, has_failed, running: running.length + 1 });
		}
		running.sort((a, b) => a.ends - b.ends);
		const next = running.shift();
		if (!next) throw new Error('no call is running');
		now = next.ends;
		const sample = { ...next, answer_ms: now - next.started_ms };
		limit.record(sample, max, { now_ms: now, date: new Date(now) });
		limits.push(limit.within(max));
	}
	clock = now;
	return limits;
}
let clock = 0;

const healthy: Ai = { getDuration: () => 200 };
/** Creates an AI that completes at most this many calls per second, like a single n8n process. */
const createBoundedAi = (callsPerSecond: number): Ai => ({
	getDuration: (running) => Math.max(200, (running * 1_000) / callsPerSecond),
});
const getReasonType = (limit: AdaptiveLimit) => limit.state.reason.type;

describe('the limit of an AI', () => {
	it('starts at 16 and grows to the number of visitors while response times stay the same', () => {
		const limit = new AdaptiveLimit();
		expect(limit.within(100)).toBe(16);
		const limits = simulate(limit, healthy, { calls: 200 });
		expect(limits.at(-1)).toBeGreaterThanOrEqual(50);
		expect(limits.findIndex((value) => value >= 50)).toBeLessThan(100);
		expect(getReasonType(limit)).toBe('grown');
	});

	it('never exceeds the site’s setting', () => {
		const limits = simulate(new AdaptiveLimit(), healthy, { max: 20 });
		expect(Math.max(...limits)).toBe(20);
		expect(simulate(new AdaptiveLimit(), healthy, { max: 3 })).toEqual(
			Array.from({ length: 1_000 }, () => 3),
		);
	});

	it('does not grow while it isn’t reached', () => {
		const limits = simulate(new AdaptiveLimit(), healthy, { visitors: 5 });
		expect(new Set(limits)).toEqual(new Set([16]));
	});

	it('keeps the queue of an n8n that handles 20 calls per second short, whatever the setting', () => {
		const limit = new AdaptiveLimit();
		simulate(limit, createBoundedAi(20), { visitors: 3, calls: 50 });
		const limits = simulate(limit, createBoundedAi(20), {
			visitors: 200,
			max: 1_000,
			calls: 2_000,
		});
		// Four calls keep it busy. The limit also tolerates answers 1.5 times slower than usual, and grows beyond that to probe.
		expect(Math.max(...limits.slice(200))).toBeLessThanOrEqual(10);
		expect(Math.max(...limits)).toBe(16);
	});

	it('keeps it short even if the n8n was overloaded from the start', () => {
		const limits = simulate(new AdaptiveLimit(), createBoundedAi(20), {
			visitors: 200,
			max: 1_000,
		});
		expect(Math.max(...limits)).toBeLessThanOrEqual(32);
		expect(limits.at(-1)).toBeLessThanOrEqual(30);
	});

	it('shrinks to no less than 4 while calls fail, and grows again after they recover', () => {
		const limit = new AdaptiveLimit();
		simulate(limit, healthy);
		expect(limit.within(100)).toBeGreaterThanOrEqual(50);
		const failing = simulate(limit, { ...healthy, hasFailed: () => true }, { calls: 500 });
		expect(failing.at(-1)).toBe(4);
		expect(limit.state.reason).toEqual({ type: 'failures', failed: 8, calls: 8 });
		const recovered = simulate(limit, healthy);
		expect(recovered.at(-1)).toBeGreaterThanOrEqual(50);
		// It grows in steps, so that an AI that has just recovered isn't flooded.
		for (const [index, value] of recovered.entries()) {
			const before = recovered[index - 1] ?? 4;
			expect(value - before).toBeLessThanOrEqual(Math.ceil(Math.sqrt(before)));
		}
	});

	it('does not shrink when one call in twenty fails', () => {
		const limit = new AdaptiveLimit();
		const limits = simulate(limit, { ...healthy, hasFailed: (call) => call % 20 === 0 });
		expect(Math.min(...limits)).toBe(16);
		expect(limits.at(-1)).toBeGreaterThanOrEqual(50);
	});

	it('returns to its value when the AI is slower for reasons other than load', () => {
		const limit = new AdaptiveLimit();
		simulate(limit, healthy);
		const before = limit.within(100);
		const limits = simulate(limit, { getDuration: () => 900 });
		expect(Math.min(...limits)).toBeLessThan(before);
		expect(limits.at(-1)).toBeGreaterThanOrEqual(before);
		expect(limit.within(100)).toBeGreaterThanOrEqual(50);
	});

	it('shrinks when the AI loses capacity, and grows again once it is back', () => {
		const limit = new AdaptiveLimit();
		simulate(limit, createBoundedAi(1_000));
		const slow = simulate(limit, createBoundedAi(40), { calls: 2_000 });
		expect(slow.at(-1)).toBeLessThanOrEqual(20);
		expect(['slower', 'grown']).toContain(getReasonType(limit));
		const recovered = simulate(limit, createBoundedAi(1_000), { calls: 2_000 });
		expect(recovered.at(-1)).toBeGreaterThanOrEqual(50);
	});
});

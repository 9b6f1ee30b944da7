import { describe, expect, it } from 'vitest';
import { AdaptiveLimit } from './adaptive-limit.ts';

interface Ai {
	/** How long a call takes while this many run, in ms. */
	takes(running: number): number;
	fails?(call: number): boolean;
}

/**
 * Simulates visitors who always wait for an answer, on a clock of its own: each has a call running, or waits for the limit.
 * Returns the limit after each answer.
 */
function simulate(limit: AdaptiveLimit, ai: Ai, { visitors = 50, max = 100, calls = 1_000 } = {}) {
	let now = clock;
	let begun = 0;
	const running: { started_ms: number; ends: number; has_failed: boolean; running: number }[] = [];
	const limits: number[] = [];
	while (limits.length < calls) {
		const room = Math.min(limit.within(max), visitors);
		while (running.length < room) {
			const ends = now + ai.takes(running.length + 1);
			const has_failed = ai.fails?.(begun++) ?? false;
			running.push({ started_ms: now, ends, has_failed, running: running.length + 1 });
		}
		running.sort((a, b) => a.ends - b.ends);
		const next = running.shift();
		if (!next) throw new Error('nothing runs');
		now = next.ends;
		const sample = { ...next, answer_ms: now - next.started_ms };
		limit.record(sample, max, { now_ms: now, date: new Date(now) });
		limits.push(limit.within(max));
	}
	clock = now;
	return limits;
}
let clock = 0;

const healthy: Ai = { takes: () => 200 };
/** Runs this many calls a second however many wait, as a single n8n process does. */
const bounded = (perSecond: number, base = 200): Ai => ({
	takes: (running) => Math.max(base, (running * 1_000) / perSecond),
});
const getReasonType = (limit: AdaptiveLimit) => limit.state.reason.type;

describe('the limit of an AI', () => {
	it('starts at 16 and grows while answers stay as fast, as far as visitors need', () => {
		const limit = new AdaptiveLimit();
		expect(limit.within(100)).toBe(16);
		const limits = simulate(limit, healthy, { calls: 200 });
		expect(limits.at(-1)).toBeGreaterThanOrEqual(50);
		expect(limits.findIndex((one) => one >= 50)).toBeLessThan(100);
		expect(getReasonType(limit)).toBe('grown');
	});

	it('never exceeds the setting of the site', () => {
		const limits = simulate(new AdaptiveLimit(), healthy, { max: 20 });
		expect(Math.max(...limits)).toBe(20);
		expect(simulate(new AdaptiveLimit(), healthy, { max: 3 })).toEqual(
			Array.from({ length: 1_000 }, () => 3),
		);
	});

	it('does not grow while visitors leave it room', () => {
		const limits = simulate(new AdaptiveLimit(), healthy, { visitors: 5 });
		expect(new Set(limits)).toEqual(new Set([16]));
	});

	it('keeps an n8n of 20 calls a second from a long queue, whatever the setting', () => {
		const limit = new AdaptiveLimit();
		simulate(limit, bounded(20), { visitors: 3, calls: 50 });
		const limits = simulate(limit, bounded(20), { visitors: 200, max: 1_000, calls: 2_000 });
		// 4 calls keep it busy. Half as long again as usual is tolerated, and probing needs a little more.
		expect(Math.max(...limits.slice(200))).toBeLessThanOrEqual(10);
		expect(Math.max(...limits)).toBe(16);
	});

	it('does the same for an n8n that was never seen idle', () => {
		const limits = simulate(new AdaptiveLimit(), bounded(20), { visitors: 200, max: 1_000 });
		expect(Math.max(...limits)).toBeLessThanOrEqual(32);
		expect(limits.at(-1)).toBeLessThanOrEqual(30);
	});

	it('shrinks while calls fail, to 4 at least, and grows again after they recover', () => {
		const limit = new AdaptiveLimit();
		simulate(limit, healthy);
		expect(limit.within(100)).toBeGreaterThanOrEqual(50);
		const failing = simulate(limit, { ...healthy, fails: () => true }, { calls: 500 });
		expect(failing.at(-1)).toBe(4);
		expect(limit.state.reason).toEqual({ type: 'failures', failed: 8, calls: 8 });
		const recovered = simulate(limit, healthy);
		expect(recovered.at(-1)).toBeGreaterThanOrEqual(50);
		// Step by step: the AI that has just recovered isn't flooded.
		for (const [index, one] of recovered.entries()) {
			const before = recovered[index - 1] ?? 4;
			expect(one - before).toBeLessThanOrEqual(Math.ceil(Math.sqrt(before)));
		}
	});

	it('keeps its value when a call in twenty fails', () => {
		const limit = new AdaptiveLimit();
		const limits = simulate(limit, { ...healthy, fails: (call) => call % 20 === 0 });
		expect(Math.min(...limits)).toBe(16);
		expect(limits.at(-1)).toBeGreaterThanOrEqual(50);
	});

	it('stays when the AI becomes slower by itself: fewer calls make it no faster', () => {
		const limit = new AdaptiveLimit();
		simulate(limit, healthy);
		const before = limit.within(100);
		const limits = simulate(limit, { takes: () => 900 });
		expect(Math.min(...limits)).toBeLessThan(before);
		expect(limits.at(-1)).toBeGreaterThanOrEqual(before);
		expect(limit.within(100)).toBeGreaterThanOrEqual(50);
	});

	it('shrinks when the AI loses capacity, and grows again once it is back', () => {
		const limit = new AdaptiveLimit();
		simulate(limit, bounded(1_000));
		const slow = simulate(limit, bounded(40), { calls: 2_000 });
		expect(slow.at(-1)).toBeLessThanOrEqual(20);
		expect(['slower', 'grown']).toContain(getReasonType(limit));
		const back = simulate(limit, bounded(1_000), { calls: 2_000 });
		expect(back.at(-1)).toBeGreaterThanOrEqual(50);
	});
});

import { describe, expect, it } from 'vitest';
import type { ArmCounts } from '#lib/server/statistics/unchecked.ts';
import { compareArms } from './trial.ts';

const arm = (given: Partial<ArmCounts>): ArmCounts => ({
	opened: 400,
	completed: 0,
	won: 0,
	passed: 0,
	reviewed: 0,
	turns: 0,
	failed_turns: 0,
	...given,
});
const compare = (champion: Partial<ArmCounts>, challenger: Partial<ArmCounts>) =>
	compareArms({ champion: arm(champion), challenger: arm(challenger) });

describe('the verdict of a trial', () => {
	it('is the AI with more completed leads per opened chat, once the interval excludes 0', () => {
		expect(compare({ completed: 80 }, { completed: 120 })).toMatchObject({
			verdict: 'challenger',
			leads: {
				champion: { count: 80, of: 400, rate: 0.2 },
				difference: { value: expect.closeTo(0.1) as number },
			},
		});
		expect(compare({ completed: 120 }, { completed: 80 }).verdict).toBe('champion');
		expect(compare({ completed: 80 }, { completed: 90 }).verdict).toBe('too_early');
	});

	it('waits for enough chats in both arms', () => {
		const few = { opened: 40, completed: 30 };
		expect(compare({ completed: 80 }, few)).toMatchObject({
			verdict: 'too_early',
			leads: { difference: { low: expect.any(Number) as number } },
		});
		expect(compare({}, { opened: 0 }).leads).toMatchObject({
			difference: null,
			challenger: { rate: null, low: 0, high: 1 },
		});
	});

	it('follows won leads once they allow a verdict', () => {
		const champion = { completed: 120, won: 10 };
		expect(compare(champion, { completed: 80, won: 12 }).verdict).toBe('champion');
		expect(compare(champion, { completed: 80, won: 60 })).toMatchObject({
			verdict: 'challenger',
			leads: { verdict: 'champion' },
		});
	});

	it('prefers fewer failures', () => {
		const { failures } = compare({ turns: 500, failed_turns: 5 }, { turns: 500, failed_turns: 60 });
		expect(failures.verdict).toBe('champion');
	});
});

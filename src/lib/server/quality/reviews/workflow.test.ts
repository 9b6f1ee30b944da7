import { describe, expect, it } from 'vitest';
import { qaStatus } from '#lib/contract/common.ts';
import { checkTransition } from './submit.ts';

const states = qaStatus.options;
const MOVES = states.flatMap((from) => states.map((to) => [from, to] as const));

/** The moves that agents can make, and those only admins can, independent of the code. */
const AGENT_MOVES = [
	'unchecked passed',
	'unchecked issue',
	'passed issue',
	'issue fixed',
	'fixed passed',
	'fixed issue',
];
const ADMIN_MOVES = ['passed unchecked', 'issue unchecked', 'fixed unchecked'];

describe('the review workflow', () => {
	it.each(MOVES)('from %s to %s', (from, to) => {
		const move = `${from} ${to}`;
		const forAgent = AGENT_MOVES.includes(move)
			? 'allowed'
			: ADMIN_MOVES.includes(move)
				? 'admins_only'
				: 'impossible';
		expect(checkTransition(from, to, false).type).toBe(forAgent);
		expect(checkTransition(from, to, true).type).toBe(
			forAgent === 'impossible' ? 'impossible' : 'allowed',
		);
	});

	it('names the possible moves in the reason', () => {
		expect(checkTransition('issue', 'passed', false)).toEqual({
			type: 'impossible',
			reason: 'a review cannot go from issue to passed; from issue it can go to fixed',
		});
		expect(checkTransition('issue', 'passed', true)).toMatchObject({
			reason: expect.stringContaining('fixed or unchecked') as string,
		});
	});
});

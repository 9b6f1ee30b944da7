import { describe, expect, test } from 'vitest';
import { qaStatus } from '#lib/contract/common.ts';
import { judgeMove } from './workflow.ts';

const states = qaStatus.options;
const everyMove = states.flatMap((from) => states.map((to) => [from, to] as const));

/** The workflow of the product, written out again: what agents may do, and what admins may do beside it. */
const AGENTS = [
	'unchecked passed',
	'unchecked issue',
	'passed issue',
	'issue fixed',
	'fixed passed',
	'fixed issue',
];
const ADMINS = ['passed unchecked', 'issue unchecked', 'fixed unchecked'];

describe('the review workflow', () => {
	test.each(everyMove)('from %s to %s', (from, to) => {
		const move = `${from} ${to}`;
		const forAgent = AGENTS.includes(move)
			? 'allowed'
			: ADMINS.includes(move)
				? 'for_admins'
				: 'impossible';
		expect(judgeMove(from, to, false).is).toBe(forAgent);
		expect(judgeMove(from, to, true).is).toBe(forAgent === 'impossible' ? 'impossible' : 'allowed');
	});

	test('a refusal says which moves there are', () => {
		expect(judgeMove('issue', 'passed', false)).toEqual({
			is: 'impossible',
			why: 'a review cannot go from issue to passed; from issue it can go to fixed',
		});
		expect(judgeMove('issue', 'passed', true)).toMatchObject({
			why: expect.stringContaining('fixed or unchecked') as string,
		});
	});
});

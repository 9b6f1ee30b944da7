import { expect, test } from 'vitest';
import { aLead } from '../../../../tests/support/contract-samples.ts';
import { scoreLead } from '#lib/server/leads/score.ts';
import { scoreRules } from './lead-score.ts';

const questions = [
	{ key: 'email', is_required: true },
	{ key: 'project', is_required: true },
	{ key: 'budget', is_required: true },
	{ key: 'start', is_required: false },
];

test.each([
	[{ email: 'maya@example.com' }, {}],
	[{ email: 'maya@example.com', name: 'Maya' }, { project: 'Roof' }],
	[
		{ phone: '+442079460000', company: 'Roofs' },
		{ project: 'Roof', budget: '9' },
	],
	[{}, { start: 'March' }],
])('the rules of %j and %j add up to what the server reckons', (core, answers) => {
	const known = new Map(Object.entries<string>({ ...core, ...answers }));
	const score = scoreLead(known, questions);
	const rules = scoreRules(aLead({ ...core, answers, score }), questions);
	expect(Math.round(rules.reduce((sum, { points }) => sum + points, 0))).toBe(score);
	expect(rules.reduce((sum, { of }) => sum + of, 0)).toBe(100);
});

test('nothing known is worth nothing', () => {
	expect(scoreRules(null, []).every(({ points }) => points === 0)).toBe(true);
});

import { expect, it } from 'vitest';
import { createSampleLead } from '../../../../tests/support/contract-samples.ts';
import { listLeadFields, listScoreRules, getReplyDue } from './lead-details.ts';
import { scoreLead } from '#lib/server/leads/lead-values.ts';

const questions = [
	{ key: 'email', label: 'Your e-mail' },
	{ key: 'project', label: 'Project' },
];
const labelsAndValues = (...args: Parameters<typeof listLeadFields>) =>
	listLeadFields(...args).map(({ label, value }) => [label, value]);

it('lists every question as unanswered for a chat without a lead', () => {
	expect(labelsAndValues(null, questions)).toEqual([
		['Name', null],
		['Email', null],
		['Phone', null],
		['Project', null],
	]);
});

it('a phone number has a display format and an editable one', () => {
	const lead = createSampleLead({ phone: '+491701234567', phone_display: '+49 170 1234567' });
	expect(listLeadFields(lead, [])).toContainEqual(
		expect.objectContaining({ value: '+491701234567', display: '+49 170 1234567' }),
	);
});

it('lists answers without a question after the questions', () => {
	const lead = createSampleLead({
		company: 'Acme',
		answers: { roof_size: '80 m²', project: 'New roof' },
	});
	expect(labelsAndValues(lead, questions)).toEqual([
		['Name', null],
		['Email', null],
		['Phone', null],
		['Company', 'Acme'],
		['Project', 'New roof'],
		['Roof size', '80 m²'],
	]);
});

const scoredQuestions = [
	{ key: 'email', is_required: true },
	{ key: 'project', is_required: true },
	{ key: 'budget', is_required: true },
	{ key: 'start', is_required: false },
];

it.each([
	[{ email: 'maya@example.com' }, {}],
	[{ email: 'maya@example.com', name: 'Maya' }, { project: 'Roof' }],
	[
		{ phone: '+442079460000', company: 'Roofs' },
		{ project: 'Roof', budget: '9' },
	],
	[{}, { start: 'March' }],
])('the rules for %j and %j add up to the server’s score', (core, answers) => {
	const known = new Map(Object.entries<string>({ ...core, ...answers }));
	const score = scoreLead(known, scoredQuestions);
	const rules = listScoreRules(createSampleLead({ ...core, answers, score }), scoredQuestions);
	expect(Math.round(rules.reduce((sum, { points }) => sum + points, 0))).toBe(score);
	expect(rules.reduce((sum, { max }) => sum + max, 0)).toBe(100);
});

it('scores zero without any details', () => {
	expect(listScoreRules(null, []).every(({ points }) => points === 0)).toBe(true);
});

const NOW = Date.parse('2026-11-23T09:00:00Z');
const at = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString();

it.each([
	[null, null, { state: 'none' }],
	[at(20), null, { state: 'open', label: 'Due in 20 hours' }],
	[at(0.5), null, { state: 'soon', label: 'Due in 30 minutes' }],
	[at(0), null, { state: 'overdue', label: '1 minute overdue' }],
	[at(-72), null, { state: 'overdue', label: '3 days overdue' }],
	[at(-7 * 24), null, { state: 'long_overdue', label: '7 days overdue' }],
	[at(-72), at(-1), { state: 'contacted', label: 'Contacted' }],
	[null, at(-1), { state: 'contacted', label: 'Contacted' }],
])('a reply due at %s with a contact at %s is %j', (promise_due_at, first_contact_at, state) => {
	expect(getReplyDue({ promise_due_at, first_contact_at }, NOW)).toEqual(state);
});

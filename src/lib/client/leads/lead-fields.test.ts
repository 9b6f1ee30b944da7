import { expect, test } from 'vitest';
import { aLead } from '../../../../tests/support/contract-samples.ts';
import { leadFields } from './lead-fields.ts';

const questions = [
	{ key: 'email', label: 'Your e-mail' },
	{ key: 'project', label: 'Project' },
];
const brief = (...args: Parameters<typeof leadFields>) =>
	leadFields(...args).map(({ label, value }) => [label, value]);

test('a chat without a lead shows every question as not answered', () => {
	expect(brief(null, questions)).toEqual([
		['Name', null],
		['E-mail', null],
		['Phone', null],
		['Project', null],
	]);
});

test('what no question asked for is shown too, after the questions', () => {
	const lead = aLead({ company: 'Acme', answers: { roof_size: '80 m²', project: 'New roof' } });
	expect(brief(lead, questions)).toEqual([
		['Name', null],
		['E-mail', null],
		['Phone', null],
		['Company', 'Acme'],
		['Project', 'New roof'],
		['Roof size', '80 m²'],
	]);
});

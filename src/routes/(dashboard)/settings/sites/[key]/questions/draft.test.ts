import { describe, expect, it } from 'vitest';
import { question, type Question } from '#lib/contract/site.ts';
import { type Draft, toDraft, createKey, toQuestions } from './draft.ts';

const draft = (overrides: Partial<Draft>): Draft => ({
	id: '1',
	key: '',
	label: 'Project',
	prompt: '',
	type: 'text',
	is_required: true,
	options: '',
	translations: {},
	...overrides,
});

describe('the key of a question', () => {
	it.each([
		['Project', 'project'],
		['When would you like to start?', 'when_would_you_like_to_start'],
		['Straße & Hausnummer', 'stra_e_hausnummer'],
		['Téléphone', 'telephone'],
		['2nd choice', 'nd_choice'],
		['予算', 'question'],
		['', 'question'],
	])('of %j is %s', (label, key) => {
		expect(createKey(label)).toBe(key);
		expect(question.safeParse({ key, label: 'x' }).success).toBe(true);
	});

	it('is unique, and stays the same when the label changes', () => {
		const questions = toQuestions([
			draft({ label: 'Budget' }),
			draft({ label: 'Renamed', key: 'budget' }),
			draft({ label: 'Budget' }),
		]);
		expect(questions.map(({ key }) => key)).toEqual(['budget_2', 'budget', 'budget_3']);
	});
});

it('keeps options only for choice questions, one per line', () => {
	const options = ' Small \n\nLarge\n';
	expect(toQuestions([draft({ options })])[0]?.options).toEqual([]);
	const [choice] = toQuestions([draft({ options, type: 'choice', prompt: ' How large? ' })]);
	expect(choice).toMatchObject({ options: ['Small', 'Large'], prompt: 'How large?' });
	if (choice) expect(toQuestions([toDraft(choice)])).toEqual([choice]);
	const de = { prompt: 'Wie groß?', options: ['Klein', 'Groß'] };
	const translated = { ...choice, translations: { de, ar: { prompt: 'ما الحجم؟' } } } as Question;
	expect(toQuestions([toDraft(translated)])).toEqual([translated]);
	const blank = draft({ translations: { de: { prompt: ' ', options: '' } } });
	expect(toQuestions([blank])[0]).not.toHaveProperty('translations');
});

import { describe, expect, it } from 'vitest';
import type { LeadProvenance, LeadSource } from '#lib/contract/lead.ts';
import { mergeFields, scoreLead, type LeadValues } from './lead-values.ts';

const empty: LeadValues = { values: new Map(), provenance: new Map() };
const createProvenance = (
	source: LeadSource,
	message_id: number | null = null,
): LeadProvenance => ({
	source,
	message_id,
	at: '2026-01-02T03:04:05.678Z',
});
const setFields = (
	current: LeadValues,
	source: LeadSource,
	fields: Record<string, string | null>,
) => mergeFields(current, new Map(Object.entries(fields)), createProvenance(source)) ?? current;
const programs = ['ai', 'api', 'detected', 'identify'] as const;

describe('merging fields', () => {
	it('later values win, and each keeps its own provenance', () => {
		const first = mergeFields(empty, new Map([['name', 'Ada']]), createProvenance('detected', 7));
		const second =
			first && mergeFields(first, new Map([['name', 'Ada L.']]), createProvenance('ai', 9));
		expect(second?.values.get('name')).toBe('Ada L.');
		expect(second?.provenance.get('name')).toEqual(createProvenance('ai', 9));
	});

	it('fields that are not sent keep their values', () => {
		const lead = setFields(setFields(empty, 'ai', { name: 'Ada', budget: '10' }), 'api', {
			name: 'Eve',
		});
		expect(Object.fromEntries(lead.values)).toEqual({ name: 'Eve', budget: '10' });
	});

	it.each(programs)('%s doesn’t change a field that an agent set', (source) => {
		const lead = setFields(empty, 'agent', { name: 'Ada' });
		expect(mergeFields(lead, new Map([['name', 'Eve']]), createProvenance(source))).toBeNull();
		expect(mergeFields(lead, new Map([['name', null]]), createProvenance(source))).toBeNull();
	});

	it.each(programs)('%s doesn’t fill a field that an agent cleared', (source) => {
		const lead = setFields(setFields(empty, 'ai', { name: 'Ada' }), 'agent', { name: null });
		expect(lead.values.has('name')).toBe(false);
		expect(mergeFields(lead, new Map([['name', 'Eve']]), createProvenance(source))).toBeNull();
	});

	it('an agent changes a field that an agent set', () => {
		const lead = setFields(setFields(empty, 'agent', { name: 'Ada' }), 'agent', { name: 'Eve' });
		expect(lead.values.get('name')).toBe('Eve');
	});

	it('null from a program clears the value and its provenance', () => {
		const lead = setFields(setFields(empty, 'ai', { name: 'Ada', budget: '10' }), 'api', {
			name: null,
		});
		expect([...lead.values]).toEqual([['budget', '10']]);
		expect([...lead.provenance.keys()]).toEqual(['budget']);
	});

	it('an unchanged value keeps its provenance', () => {
		const lead = setFields(empty, 'ai', { name: 'Ada' });
		expect(mergeFields(lead, new Map([['name', 'Ada']]), createProvenance('agent'))).toBeNull();
		expect(mergeFields(empty, new Map([['name', null]]), createProvenance('agent'))).toBeNull();
	});

	it('a lead holds at most 120 fields, and these can still change', () => {
		const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`answer_${i}`, 'x']));
		const lead = setFields(empty, 'api', many);
		expect(lead.values.size).toBe(120);
		expect(setFields(lead, 'api', { answer_0: 'y' }).values.get('answer_0')).toBe('y');
	});
});

const questions = [
	{ key: 'name', is_required: true },
	{ key: 'email', is_required: true },
	{ key: 'budget', is_required: true },
	{ key: 'phone', is_required: false },
];
const getScore = (...fields: string[]) =>
	scoreLead(new Map(fields.map((key) => [key, 'something'])), questions);

describe('the score of a lead', () => {
	it('is 0 without values and 100 with all of them', () => {
		expect(getScore()).toBe(0);
		expect(getScore('name', 'email', 'phone', 'company', 'budget')).toBe(100);
	});

	it('adds points for each contact field and for the share of required questions answered', () => {
		expect(getScore('company')).toBe(10);
		expect(getScore('phone')).toBe(25);
		expect(getScore('name')).toBe(23);
		expect(getScore('email', 'phone', 'name')).toBe(87);
	});

	it('reaches 100 without the company only where the site never asks for it', () => {
		const known = ['name', 'email', 'phone', 'budget'];
		expect(getScore(...known)).toBe(100);
		const values = new Map(known.map((key) => [key, 'something']));
		const company = { key: 'company', is_required: false };
		expect(scoreLead(values, [...questions, company])).toBe(90);
	});

	it('ignores answers that no question asks for', () => {
		expect(getScore('company', 'shoe_size')).toBe(10);
	});

	it('grants all points for questions when the site requires none', () => {
		expect(scoreLead(new Map([['email', 'ada@example.com']]), [])).toBe(65);
	});
});

import { describe, expect, test } from 'vitest';
import type { LeadProvenance, LeadSource } from '#lib/contract/lead.ts';
import { mergeFields, scoreLead, type LeadValues } from './lead-values.ts';

const empty: LeadValues = { values: new Map(), provenance: new Map() };
const from = (source: LeadSource, message_id: number | null = null): LeadProvenance => ({
	source,
	message_id,
	at: '2026-01-02T03:04:05.678Z',
});
const set = (current: LeadValues, source: LeadSource, fields: Record<string, string | null>) =>
	mergeFields(current, new Map(Object.entries(fields)), from(source)) ?? current;
const programs = ['ai', 'api', 'detected', 'identify'] as const;

describe('merging fields', () => {
	test('later values win, and each keeps its own provenance', () => {
		const first = mergeFields(empty, new Map([['name', 'Ada']]), from('detected', 7));
		const second = first && mergeFields(first, new Map([['name', 'Ada L.']]), from('ai', 9));
		expect(second?.values.get('name')).toBe('Ada L.');
		expect(second?.provenance.get('name')).toEqual(from('ai', 9));
	});

	test('fields that are not sent keep their values', () => {
		const lead = set(set(empty, 'ai', { name: 'Ada', budget: '10' }), 'api', { name: 'Eve' });
		expect(Object.fromEntries(lead.values)).toEqual({ name: 'Eve', budget: '10' });
	});

	test.each(programs)('%s doesn’t change a field that an agent set', (source) => {
		const lead = set(empty, 'agent', { name: 'Ada' });
		expect(mergeFields(lead, new Map([['name', 'Eve']]), from(source))).toBeNull();
		expect(mergeFields(lead, new Map([['name', null]]), from(source))).toBeNull();
	});

	test.each(programs)('%s doesn’t fill a field that an agent cleared', (source) => {
		const lead = set(set(empty, 'ai', { name: 'Ada' }), 'agent', { name: null });
		expect(lead.values.has('name')).toBe(false);
		expect(mergeFields(lead, new Map([['name', 'Eve']]), from(source))).toBeNull();
	});

	test('an agent changes a field that an agent set', () => {
		const lead = set(set(empty, 'agent', { name: 'Ada' }), 'agent', { name: 'Eve' });
		expect(lead.values.get('name')).toBe('Eve');
	});

	test('null from a program clears the value and its provenance', () => {
		const lead = set(set(empty, 'ai', { name: 'Ada', budget: '10' }), 'api', { name: null });
		expect([...lead.values]).toEqual([['budget', '10']]);
		expect([...lead.provenance.keys()]).toEqual(['budget']);
	});

	test('an unchanged value keeps its provenance', () => {
		const lead = set(empty, 'ai', { name: 'Ada' });
		expect(mergeFields(lead, new Map([['name', 'Ada']]), from('agent'))).toBeNull();
		expect(mergeFields(empty, new Map([['name', null]]), from('agent'))).toBeNull();
	});

	test('a lead holds at most 120 fields, and these can still change', () => {
		const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`answer_${i}`, 'x']));
		const lead = set(empty, 'api', many);
		expect(lead.values.size).toBe(120);
		expect(set(lead, 'api', { answer_0: 'y' }).values.get('answer_0')).toBe('y');
	});
});

const questions = [
	{ key: 'name', is_required: true },
	{ key: 'email', is_required: true },
	{ key: 'budget', is_required: true },
	{ key: 'phone', is_required: false },
];
const score = (...fields: string[]) =>
	scoreLead(new Map(fields.map((key) => [key, 'something'])), questions);

describe('the score of a lead', () => {
	test('is 0 without values and 100 with all of them', () => {
		expect(score()).toBe(0);
		expect(score('name', 'email', 'phone', 'company', 'budget')).toBe(100);
	});

	test('adds points for each contact field and for the share of required questions answered', () => {
		expect(score('company')).toBe(10);
		expect(score('phone')).toBe(25);
		expect(score('name')).toBe(23);
		expect(score('email', 'phone', 'name')).toBe(87);
	});

	test('reaches 100 without the company only where the site never asks for it', () => {
		const known = ['name', 'email', 'phone', 'budget'];
		expect(score(...known)).toBe(100);
		const values = new Map(known.map((key) => [key, 'something']));
		const company = { key: 'company', is_required: false };
		expect(scoreLead(values, [...questions, company])).toBe(90);
	});

	test('ignores answers that no question asks for', () => {
		expect(score('company', 'shoe_size')).toBe(10);
	});

	test('grants all points for questions when the site requires none', () => {
		expect(scoreLead(new Map([['email', 'ada@example.com']]), [])).toBe(65);
	});
});

import { describe, expect, test } from 'vitest';
import type { LeadProvenance, LeadSource } from '#lib/contract/lead.ts';
import { merge, type Known } from './merge.ts';

const nothing: Known = { values: new Map(), provenance: new Map() };
const from = (source: LeadSource, message_id: number | null = null): LeadProvenance => ({
	source,
	message_id,
	at: '2026-01-02T03:04:05.678Z',
});
const set = (known: Known, source: LeadSource, fields: Record<string, string | null>) =>
	merge(known, new Map(Object.entries(fields)), from(source)) ?? known;
const programs = ['ai', 'api', 'detected', 'identify'] as const;

describe('merging', () => {
	test('later values win, and each keeps where it came from', () => {
		const first = merge(nothing, new Map([['name', 'Ada']]), from('detected', 7));
		const second = first && merge(first, new Map([['name', 'Ada L.']]), from('ai', 9));
		expect(second?.values.get('name')).toBe('Ada L.');
		expect(second?.provenance.get('name')).toEqual(from('ai', 9));
	});

	test('fields that are not named stay as they were', () => {
		const known = set(set(nothing, 'ai', { name: 'Ada', budget: '10' }), 'api', { name: 'Eve' });
		expect(Object.fromEntries(known.values)).toEqual({ name: 'Eve', budget: '10' });
	});

	test.each(programs)('%s does not change what an agent set', (source) => {
		const known = set(nothing, 'agent', { name: 'Ada' });
		expect(merge(known, new Map([['name', 'Eve']]), from(source))).toBeNull();
		expect(merge(known, new Map([['name', null]]), from(source))).toBeNull();
	});

	test.each(programs)('%s does not fill what an agent cleared', (source) => {
		const known = set(set(nothing, 'ai', { name: 'Ada' }), 'agent', { name: null });
		expect(known.values.has('name')).toBe(false);
		expect(merge(known, new Map([['name', 'Eve']]), from(source))).toBeNull();
	});

	test('an agent changes what an agent set', () => {
		const known = set(set(nothing, 'agent', { name: 'Ada' }), 'agent', { name: 'Eve' });
		expect(known.values.get('name')).toBe('Eve');
	});

	test('a program’s null clears the value and where it came from', () => {
		const known = set(set(nothing, 'ai', { name: 'Ada', budget: '10' }), 'api', { name: null });
		expect([...known.values]).toEqual([['budget', '10']]);
		expect([...known.provenance.keys()]).toEqual(['budget']);
	});

	test('the same value again changes nothing, not even where it came from', () => {
		const known = set(nothing, 'ai', { name: 'Ada' });
		expect(merge(known, new Map([['name', 'Ada']]), from('agent'))).toBeNull();
		expect(merge(nothing, new Map([['name', null]]), from('agent'))).toBeNull();
	});

	test('a lead holds no more than 120 fields, and can still change those', () => {
		const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`answer_${i}`, 'x']));
		const known = set(nothing, 'api', many);
		expect(known.values.size).toBe(120);
		expect(set(known, 'api', { answer_0: 'y' }).values.get('answer_0')).toBe('y');
	});
});

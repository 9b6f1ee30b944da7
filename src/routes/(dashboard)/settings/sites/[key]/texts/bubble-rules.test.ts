import { describe, expect, it } from 'vitest';
import {
	bubbleRule,
	matchesPath,
	toPathPattern,
	pickVariantIndex,
} from '#lib/contract/greeting.ts';
import { addRule, toRuleDraft, toRule } from './bubble-rules.ts';

describe('a greeting bubble rule', () => {
	it.each([
		{ type: 'delay', seconds: 20 },
		{ type: 'scroll', percent: 75 },
		{ type: 'exit_intent' },
		{ type: 'return_visit' },
		{ type: 'click', selector: '.price a' },
	] as const)('is the same after editing: %j', (trigger) => {
		const rule = bubbleRule.parse({ key: 'a', pages: '/pricing*', trigger, text: 'Prices?' });
		expect(toRule(toRuleDraft(rule))).toEqual(rule);
	});

	it('drops blank texts', () => {
		const draft = { ...toRuleDraft(DELAY), text: ' ', translations: { de: ' ', fr: 'Bonjour' } };
		expect(toRule(draft)).toMatchObject({ text: null, translations: { fr: 'Bonjour' } });
	});

	it('is added before the one for all pages, with a unique key', () => {
		const once = addRule([toRuleDraft(DELAY)]);
		const twice = addRule(once);
		expect(twice.map(({ key, pages }) => [key, pages])).toEqual([
			['rule-1', '/'],
			['rule-2', '/'],
			['all', '*'],
		]);
	});
});

const DELAY = bubbleRule.parse({
	key: 'all',
	pages: '*',
	trigger: { type: 'delay', seconds: 3 },
});

describe('the pages of a rule', () => {
	it.each([
		['*', '/anything/at/all', true],
		['/', '/', true],
		['/', '/pricing', false],
		['/pricing', '/pricing/', true],
		['/pricing/', '/pricing', true],
		['/pricing', '/pricing-old', false],
		['/pricing*', '/pricing-old', true],
		['/products/*', '/products/slate', true],
		['/products/*', '/product/slate', false],
		['https://roofs.example/a?b=c#d', '/a', true],
		['/über-uns', '/%C3%BCber-uns', true],
		['/%C3%BCber-uns', '/%C3%BCber-uns', true],
		['/a.b', '/aXb', false],
		['/(a+)+$', '/(a+)+$', true],
	])('%s and the path %s match: %s', (pages, path, expected) => {
		expect(matchesPath(pages, path)).toBe(expected);
	});

	it('match in linear time for any input', () => {
		const path = `/${'a'.repeat(2000)}`;
		expect(toPathPattern('/****a')).toBe(toPathPattern('/*a'));
		expect(matchesPath(`/${'*a'.repeat(20)}b`, path)).toBe(false);
	});
});

it('the greeting variant depends only on the visitor’s id', () => {
	const id = '3f0e1f5e-58b5-4b8e-9a63-0b1f1c2d3e4f';
	expect(pickVariantIndex(id, 3)).toBe(0x1c2d3e4f % 3);
	expect(pickVariantIndex(id, 3)).toBe(pickVariantIndex(id, 3));
});

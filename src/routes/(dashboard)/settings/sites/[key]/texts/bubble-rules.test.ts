import { describe, expect, it } from 'vitest';
import { bubbleRule, matchesPath, pathExpression, variantIndex } from '#lib/contract/greeting.ts';
import { addRule, draftOfRule, ruleOfDraft } from './bubble-rules.ts';

describe('a rule of the greeting bubble', () => {
	it.each([
		{ type: 'delay', seconds: 20 },
		{ type: 'scroll', percent: 75 },
		{ type: 'exit_intent' },
		{ type: 'return_visit' },
		{ type: 'click', selector: '.price a' },
	] as const)('is the same after editing: %j', (trigger) => {
		const rule = bubbleRule.parse({ key: 'a', pages: '/pricing*', trigger, text: 'Prices?' });
		expect(ruleOfDraft(draftOfRule(rule))).toEqual(rule);
	});

	it('drops blank texts', () => {
		const draft = { ...draftOfRule(DELAY), text: ' ', translations: { de: ' ', fr: 'Bonjour' } };
		expect(ruleOfDraft(draft)).toMatchObject({ text: null, translations: { fr: 'Bonjour' } });
	});

	it('is added in front of the one for all pages, with a key of its own', () => {
		const once = addRule([draftOfRule(DELAY)]);
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

	it('match in linear time, whatever an admin types', () => {
		const path = `/${'a'.repeat(2000)}`;
		expect(pathExpression('/****a')).toBe(pathExpression('/*a'));
		expect(matchesPath(`/${'*a'.repeat(20)}b`, path)).toBe(false);
	});
});

it('the greeting variant depends on the visitor’s id alone', () => {
	const id = '3f0e1f5e-58b5-4b8e-9a63-0b1f1c2d3e4f';
	expect(variantIndex(id, 3)).toBe(0x1c2d3e4f % 3);
	expect(variantIndex(id, 3)).toBe(variantIndex(id, 3));
});

import { describe, expect, test } from 'vitest';
import { scoreLead } from './score.ts';

const questions = [
	{ key: 'name', is_required: true },
	{ key: 'email', is_required: true },
	{ key: 'budget', is_required: true },
	{ key: 'phone', is_required: false },
];
const score = (...known: string[]) =>
	scoreLead(new Map(known.map((key) => [key, 'something'])), questions);

describe('the score of a lead', () => {
	test('is 0 while nothing is known, 100 when everything is', () => {
		expect(score()).toBe(0);
		expect(score('name', 'email', 'phone', 'company', 'budget')).toBe(100);
	});

	test('counts each contact field, and the share of required questions that are answered', () => {
		expect(score('company')).toBe(10);
		expect(score('phone')).toBe(25);
		expect(score('name')).toBe(20);
		expect(score('email', 'phone', 'name')).toBe(80);
	});

	test('takes no notice of answers that no question asks for', () => {
		expect(score('company', 'shoe_size')).toBe(10);
	});

	test('gives the share whole where the site requires nothing', () => {
		expect(scoreLead(new Map([['email', 'ada@example.com']]), [])).toBe(55);
	});
});

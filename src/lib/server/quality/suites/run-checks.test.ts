import { describe, expect, it } from 'vitest';
import type { CaseCheck } from '#lib/contract/test-case.ts';
import { JudgeError } from '../judge.ts';
import { compilePattern, requireValidPatterns } from './compile-pattern.ts';
import { type CheckTools, type CaseChat, runChecks } from './run-checks.ts';

const chat: CaseChat = {
	answers: [
		'Hello! How can I help you today?',
		'Thank you, Alex. What’s your email address?',
		'We will be in touch within 24 hours.',
	],
	turns: [
		{ line: 0, outcome: 'ok', ms: 200, asks_for_person: false },
		{ line: 1, outcome: 'ok', ms: 4_200, asks_for_person: false },
		{ line: 2, outcome: 'ok', ms: 300, asks_for_person: false },
	],
	fallback_lines: [],
	lead: { name: 'Alex Morgan', phone: '+12025550140' },
	is_complete: true,
	completed_line: 2,
};
const tools: CheckTools = {
	normalize: (key, value) => (key === 'phone' ? value.replace(/[^+\d]/g, '') : value),
	judge: (url) => {
		if (url.endsWith('/gone')) return Promise.reject(new JudgeError('The judge is gone.'));
		return Promise.resolve({ pass: url.endsWith('/good'), reason: 'Polite.' });
	},
};
const run = async (check: CaseCheck, ran: CaseChat = chat) => {
	const { checks, error } = await runChecks([check], ran, tools);
	return { ok: checks[0]?.ok, detail: checks[0]?.detail, error };
};

describe('a check', () => {
	it.each<[CaseCheck, boolean]>([
		[{ type: 'completed' }, true],
		[{ type: 'not_completed' }, false],
		[{ type: 'field_equals', key: 'name', value: 'alex  morgan' }, true],
		[{ type: 'field_equals', key: 'phone', value: '+1 202 555 0140' }, true],
		[{ type: 'field_equals', key: 'email', value: 'alex@example.com' }, false],
		[{ type: 'field_present', key: 'name' }, true],
		[{ type: 'field_present', key: 'email' }, false],
		[{ type: 'field_absent', key: 'email' }, true],
		[{ type: 'field_absent', key: 'phone' }, false],
		[{ type: 'answer_contains', line: 1, text: "what's YOUR email" }, true],
		[{ type: 'answer_contains', line: 0, text: 'email' }, false],
		[{ type: 'answer_contains', text: 'within 24 hours' }, true],
		[{ type: 'answer_contains', line: 9, text: 'Hello' }, false],
		[{ type: 'answer_excludes', line: 2, text: 'email' }, true],
		[{ type: 'answer_excludes', text: 'email' }, false],
		[{ type: 'answer_matches', line: 2, pattern: '^we .*\\d+ hours' }, true],
		[{ type: 'answer_not_matches', pattern: 'guarantee|promise' }, true],
		[{ type: 'language', code: 'en' }, true],
		[{ type: 'language', code: 'de' }, false],
		[{ type: 'max_turns', n: 2 }, true],
		[{ type: 'max_turns', n: 1 }, false],
		[{ type: 'no_fallback' }, true],
		[{ type: 'answered_in_time' }, true],
		[{ type: 'answered_in_time', seconds: 4 }, false],
		[{ type: 'handoff', requested: false }, true],
		[{ type: 'handoff', requested: true }, false],
		[{ type: 'judge', url: 'https://judge.example/good' }, true],
		[{ type: 'judge', url: 'https://judge.example/bad' }, false],
	])('%j is %j', async (check, ok) => {
		expect(await run(check)).toMatchObject({
			ok,
			error: null,
			detail: expect.stringMatching(/\.$/) as string,
		});
	});

	it('names the outcome of a failed answer', async () => {
		const failed = {
			...chat,
			fallback_lines: [1],
			turns: [{ line: 1, outcome: 'timeout' as const, ms: 60_000, asks_for_person: false }],
		};
		expect(await run({ type: 'no_fallback' }, failed)).toMatchObject({
			ok: false,
			detail: 'The answer to message 1 failed: Timed out.',
		});
		expect(await run({ type: 'answered_in_time' }, failed)).toMatchObject({ ok: false });
	});

	it('detects a request for a person', async () => {
		const turns = [{ line: 2, outcome: 'ok' as const, ms: 10, asks_for_person: true }];
		expect(await run({ type: 'handoff', requested: true }, { ...chat, turns })).toMatchObject({
			ok: true,
		});
	});

	it('is an error, not a verdict, if the judge can’t be reached', async () => {
		const gone = await run({ type: 'judge', url: 'https://judge.example/gone' });
		expect(gone).toEqual({ ok: false, detail: 'The judge is gone.', error: 'The judge is gone.' });
	});

	it('asks all judges concurrently, and each only once', async () => {
		const asked: string[] = [];
		const { promise: isAnswered, resolve } = Promise.withResolvers<void>();
		const judge = async (url: string) => {
			asked.push(url);
			if (asked.length === 2) resolve();
			await isAnswered;
			return { pass: true, reason: '' };
		};
		const urls = ['https://a.example', 'https://b.example', 'https://a.example'];
		const checks = urls.map((url) => ({ type: 'judge' as const, url }));
		const result = await runChecks(checks, chat, { ...tools, judge });
		expect(result.checks.map(({ ok }) => ok)).toEqual([true, true, true]);
		expect(asked).toEqual(urls.slice(0, 2));
	});

	it('reads the language of a long answer from its beginning', async () => {
		const english = 'Thank you, we will be in touch with you tomorrow. '.repeat(25);
		const german = 'Vielen Dank, wir melden uns morgen bei Ihnen. '.repeat(400);
		expect(
			await run({ type: 'language', code: 'en' }, { ...chat, answers: [english + german] }),
		).toMatchObject({
			ok: true,
		});
	});

	it('rejects a pattern with too many steps, even of an existing case', async () => {
		const check = { type: 'answer_not_matches' as const, pattern: '(.?){1000}x' };
		expect(await run(check)).toMatchObject({
			ok: false,
			detail: expect.stringContaining('too complex') as string,
		});
	});

	it('takes linear time for any pattern and text', async () => {
		const answers = [`${'a'.repeat(30_000)}!`];
		const check = { type: 'answer_matches' as const, pattern: '^(a+)+$' };
		expect(await run(check, { ...chat, answers })).toMatchObject({ ok: false });
	});
});

describe('a pattern', () => {
	it('is rejected with a reason if RE2 doesn’t support it', () => {
		expect(compilePattern('(?=a)b')).toMatch(/not a valid RE2 pattern/);
		expect(compilePattern('(')).toMatch(/not a valid RE2 pattern/);
	});

	it.each([
		'within \\d+ hours',
		'x'.repeat(500),
		'price.{0,250}offer',
		'[а-яё]+ [\\u00c0-\\u017f]'.replaceAll('\\u', '\\x{').replaceAll(/(\{....)/g, '$1}'),
		'[\u{1f300}-\u{1f5ff}\u{1f600}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}]',
		'[一-鿿]{2,}',
		'^\\p{L}+([ -]\\p{L}+)*$',
	])('is accepted: %.40s', (pattern) => {
		expect(compilePattern(pattern)).toBeTypeOf('object');
	});

	it.each([
		'.{1000}',
		'(a{1,1000})'.repeat(36),
		`[${'a-\u{10ffff}'.repeat(124)}]`,
		'[a-\\x{10ffff}]'.repeat(30),
		`[${'\\pL'.repeat(160)}]`,
		'((.{31}){31})'.repeat(30),
	])('is rejected as too complex: %.40s', (pattern) => {
		expect(compilePattern(pattern)).toMatch(/too complex/);
	});

	it('is rejected if an import has too many complex ones', async () => {
		const check = { type: 'answer_matches' as const, pattern: 'a{500}' };
		const cases = (count: number) => Array.from({ length: count }, () => [check]);
		await requireValidPatterns(cases(10), String);
		await expect(requireValidPatterns(cases(1000), String)).rejects.toThrow('fewer cases');
	});

	it('with many steps reads only the beginning of a long answer', async () => {
		const answers = [`yes${'.'.repeat(31_900)}no`];
		const found = async (pattern: string) =>
			(await run({ type: 'answer_matches', pattern }, { ...chat, answers })).ok;
		expect(await found('no')).toBe(true);
		expect(await found('yes.{0,250}')).toBe(true);
		expect(await found('[^.]{0,250}o')).toBe(false);
	});
});

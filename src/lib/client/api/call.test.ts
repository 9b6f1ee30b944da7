import { expect, test } from 'vitest';
import { sentenceFor } from './call.ts';

const problem = (detail: string, errors?: { path: string; message: string }[]) => ({
	type: 'about:blank',
	title: 'Conflict',
	status: 409,
	detail,
	errors,
});

test('a problem is told in its own words, as a sentence', () => {
	expect(sentenceFor(409, problem('the chat session is complete'))).toBe(
		'The chat session is complete.',
	);
});

test('a wrong field says what is wrong with it', () => {
	const answer = problem('invalid', [{ path: 'notes', message: 'say what is wrong' }]);
	expect(sentenceFor(422, answer)).toBe('Say what is wrong.');
});

test('a fault of the server, and what is no problem at all, get plain words', () => {
	const words = 'Something went wrong on the server. Nothing was changed; try again.';
	expect(sentenceFor(500, problem('stack trace'))).toBe(words);
	expect(sentenceFor(502, '<html>')).toBe(words);
});

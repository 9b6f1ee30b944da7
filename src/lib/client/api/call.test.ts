import { expect, test } from 'vitest';
import { formatProblem } from './call.ts';

const problem = (detail: string, errors?: { path: string; message: string }[]) => ({
	type: 'about:blank',
	title: 'Conflict',
	status: 409,
	detail,
	errors,
});

test('shows the detail of a problem as a sentence', () => {
	expect(formatProblem(409, problem('the chat session is complete'))).toBe(
		'The chat session is complete.',
	);
});

test('shows the message of the first invalid field', () => {
	const body = problem('invalid', [{ path: 'notes', message: 'say what is wrong' }]);
	expect(formatProblem(422, body)).toBe('Say what is wrong.');
});

test('shows a generic sentence for server errors and bodies that are not problems', () => {
	const sentence = 'Something went wrong on the server. Nothing was changed. Try again.';
	expect(formatProblem(500, problem('stack trace'))).toBe(sentence);
	expect(formatProblem(502, '<html>')).toBe(sentence);
});

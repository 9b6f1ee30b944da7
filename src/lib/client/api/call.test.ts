import { afterEach, expect, it, vi } from 'vitest';
import { api, call, formatProblem } from './call.ts';

afterEach(() => vi.unstubAllGlobals());

const problem = (detail: string, errors?: { path: string; message: string }[]) => ({
	type: 'about:blank',
	title: 'Conflict',
	status: 409,
	detail,
	errors,
});

it('shows the detail of a problem as a sentence', () => {
	expect(formatProblem(409, problem('the chat session is complete'))).toBe(
		'The chat session is complete.',
	);
});

it('shows the message of the first invalid field', () => {
	const body = problem('invalid', [{ path: 'notes', message: 'say what is wrong' }]);
	expect(formatProblem(422, body)).toBe('Say what is wrong.');
});

it('shows a generic sentence for server errors and bodies that are not problems', () => {
	const sentence = 'Something went wrong on the server. Try again.';
	expect(formatProblem(500, problem('stack trace'))).toBe(sentence);
	expect(formatProblem(502, '<html>')).toBe(sentence);
});

it('does not claim that a change was not saved when its response is missing', async () => {
	const nextStep = 'Check whether your change was saved, then try again.';
	const param = { session_id: 'session_x' };
	const read = () => call(api.sessions[':session_id'].$get({ param }));
	const change = () => call(api.sessions[':session_id'].$delete({ param }));

	vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
	await expect(read()).rejects.toThrow('Couldn’t reach the server. Try again.');
	await expect(change()).rejects.toThrow(`Couldn’t reach the server. ${nextStep}`);

	vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 504 })));
	await expect(read()).rejects.toThrow('Something went wrong on the server. Try again.');
	await expect(change()).rejects.toThrow(`Something went wrong on the server. ${nextStep}`);
});

import { isHttpError } from '@sveltejs/kit';
import { describe, expect, it } from 'vitest';
import { notFound } from './core/errors.ts';
import { toSafePath, withPageErrors } from './pages.ts';

describe('safePath', () => {
	it.each(['/inbox', '/inbox/session_x?tab=lead', '/settings/users'])('keeps %s', (path) => {
		expect(toSafePath(path)).toBe(path);
	});

	it.each([
		null,
		'',
		'https://evil.example/',
		'//evil.example',
		'/\\evil.example',
		'/\t/evil.example',
		'/.//evil.example',
		'/x/%2e%2e//evil.example',
		'javascript:alert(1)',
		'inbox',
		'/login',
		'/logout',
		'/setup?token=x',
	])('redirects to the home page instead of %j', (path) => {
		expect(toSafePath(path)).toBe('/');
	});
});

it('shows a verb’s error as a page with its status, and rethrows unexpected errors', async () => {
	const missing = await withPageErrors(Promise.reject(notFound('the lead'))).catch(
		(fault: unknown) => fault,
	);
	expect(isHttpError(missing, 404)).toBe(true);
	await expect(withPageErrors(Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
});

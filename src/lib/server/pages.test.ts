import { isActionFailure, isHttpError } from '@sveltejs/kit';
import { superValidate } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { describe, expect, test } from 'vitest';
import { signInInput } from '#lib/contract/user.ts';
import { AppError, notFound, rateLimited } from './core/errors.ts';
import { refused, safePath, shown } from './pages.ts';

describe('safePath', () => {
	test.each(['/inbox', '/inbox/session_x?tab=lead', '/settings/users'])('keeps %s', (path) => {
		expect(safePath(path)).toBe(path);
	});

	test.each([
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
	])('leads home instead of to %j', (path) => {
		expect(safePath(path)).toBe('/');
	});
});

describe('refused', () => {
	const form = () =>
		superValidate({ email: 'ada@example.com', password: 'wrong' }, zod4(signInInput));

	test('gives the form back with the reason and without the password', async () => {
		const answer = refused(
			await form(),
			new AppError('unauthorized', 'The e-mail or the password is wrong.'),
		);
		expect(answer).toMatchObject({
			status: 401,
			data: {
				form: {
					valid: false,
					message: 'The e-mail or the password is wrong.',
					data: { email: 'ada@example.com', password: '' },
				},
			},
		});
		expect(isActionFailure(answer)).toBe(true);
	});

	test('names the field at fault', async () => {
		const errors = [{ path: 'password', message: 'choose another' }];
		expect(refused(await form(), new AppError('invalid', 'weak', { errors }))).toMatchObject({
			data: { form: { errors: { password: ['choose another'] } } },
		});
	});

	test('says when to come back, where it was too much', async () => {
		const told: Record<string, string>[] = [];
		const setHeaders = (headers: Record<string, string>) => void told.push(headers);
		const answer = refused(await form(), rateLimited(42), { setHeaders });
		expect(answer).toMatchObject({ status: 429 });
		expect(told).toEqual([{ 'Retry-After': '42' }]);
	});

	test('passes an unexpected fault on', async () => {
		const made = await form();
		expect(() => refused(made, new Error('disk full'))).toThrow('disk full');
	});
});

test('a refusal of a verb is a page with its status, and an unexpected fault stays one', async () => {
	const missing = await shown(Promise.reject(notFound('the lead'))).catch(
		(fault: unknown) => fault,
	);
	expect(isHttpError(missing, 404)).toBe(true);
	await expect(shown(Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
});

import { isActionFailure } from '@sveltejs/kit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ERROR_STATUS, type ErrorCode } from '#lib/contract/problem.ts';
import { signInInput } from '#lib/contract/user.ts';
import { AppError, rateLimited } from './core/errors.ts';
import { createForm, failWithError } from './forms.ts';

it('createForm fills in defaults, empty texts and unchecked boxes', () => {
	const schema = z.object({
		title: z.string().min(1),
		id: z.coerce.number().optional(),
		is_shared: z.boolean(),
		is_on: z.boolean().default(true),
	});
	expect(createForm(schema, { title: 'Hi' }, 'one')).toEqual({
		id: 'one',
		values: { title: 'Hi', id: undefined, is_shared: false, is_on: true },
		errors: {},
	});
	expect(createForm(schema).values.title).toBe('');
});

describe('refused', () => {
	const form = () => createForm(signInInput, { email: 'ada@example.com', password: 'wrong' });

	it('returns the form with the reason and without the password', () => {
		const answer = failWithError(
			form(),
			new AppError('unauthorized', 'The email or password is incorrect.'),
		);
		expect(answer).toMatchObject({
			status: 401,
			data: {
				form: {
					message: 'The email or password is incorrect.',
					values: { email: 'ada@example.com', password: '' },
				},
			},
		});
		expect(isActionFailure(answer)).toBe(true);
	});

	it.each(Object.entries(ERROR_STATUS))('has the status of %s, %i', (code, status) => {
		const error = new AppError(code as ErrorCode, 'why');
		expect(failWithError(form(), error)).toMatchObject({ status });
	});

	it('names the invalid field', () => {
		const errors = [{ path: 'password', message: 'choose another' }];
		expect(failWithError(form(), new AppError('invalid', 'weak', { errors }))).toMatchObject({
			data: { form: { errors: { password: 'choose another' } } },
		});
	});

	it('does not repeat the error of a field', () => {
		const errors = [{ path: 'password', message: 'choose another' }];
		const answer = failWithError(form(), new AppError('invalid', 'choose another', { errors }));
		expect(answer).toMatchObject({
			data: { form: { message: undefined, errors: { password: 'choose another' } } },
		});
	});

	it('sets Retry-After after too many attempts', () => {
		const sent: Record<string, string>[] = [];
		const setHeaders = (headers: Record<string, string>) => void sent.push(headers);
		const answer = failWithError(form(), rateLimited(42), { setHeaders });
		expect(answer).toMatchObject({ status: 429 });
		expect(sent).toEqual([{ 'Retry-After': '42' }]);
	});

	it('rethrows an unexpected error', () => {
		const created = form();
		expect(() => failWithError(created, new Error('disk full'))).toThrow('disk full');
	});
});

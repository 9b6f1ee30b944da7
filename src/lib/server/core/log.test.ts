import { DrizzleQueryError } from 'drizzle-orm/errors';
import { expect, it } from 'vitest';
import { describeError } from './log.ts';

it('keeps of a failed query its text and its cause, and none of its values', () => {
	const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
	const error = new DrizzleQueryError(
		'\n\tinsert into messages\n\t\tvalues ($1)',
		['my number is 555 1234'],
		cause,
	);
	const told = describeError(error);
	expect(told).toMatchObject({
		message: 'a query failed',
		query: 'insert into messages values ($1)',
		cause: { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
	});
	expect(JSON.stringify(told)).not.toContain('555');
	expect(told).toMatchObject({ stack: expect.stringContaining('log.test.ts') as unknown });
});

it('keeps what else was thrown as it is', () => {
	expect(describeError('boom')).toBe('boom');
	expect(describeError(new TypeError('x is no function'))).toMatchObject({
		type: 'TypeError',
		message: 'x is no function',
	});
});

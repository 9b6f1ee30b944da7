import { DrizzleQueryError } from 'drizzle-orm/errors';
import { expect, it } from 'vitest';
import { describeError } from './log.ts';

it("describes a failed query by its text and cause, without its parameters' values", () => {
	const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
	const error = new DrizzleQueryError(
		'\n\tinsert into messages\n\t\tvalues ($1)',
		['my number is 555 1234'],
		cause,
	);
	const description = describeError(error);
	expect(description).toMatchObject({
		message: 'a query failed',
		query: 'insert into messages values ($1)',
		cause: { message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
	});
	expect(JSON.stringify(description)).not.toContain('555');
	expect(description).toMatchObject({ stack: expect.stringContaining('log.test.ts') as unknown });
});

it('describes other errors by name and message, and returns other values unchanged', () => {
	expect(describeError('boom')).toBe('boom');
	expect(describeError(new TypeError('x is not a function'))).toMatchObject({
		type: 'TypeError',
		message: 'x is not a function',
	});
});

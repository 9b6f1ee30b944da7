import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import '#lib/contract/text.ts';
import { AppError } from './errors.ts';
import { parse, parseJson } from './parse.ts';

const item = z.object({ name: z.string(), size: z.number() });
const variants = z.union([item, z.array(item), z.object({ body: item })]);

function getErrorPaths(input: unknown) {
	try {
		parse(variants, input);
	} catch (error) {
		if (error instanceof AppError) return error.errors?.map(({ path }) => path);
	}
	throw new Error('the input was accepted');
}

describe('invalid input', () => {
	it('is reported against the closest variant of a union', () => {
		expect(getErrorPaths({ name: 1, size: 1 })).toEqual(['name']);
		expect(getErrorPaths([{ name: 'a', size: 1 }, { name: 'b' }])).toEqual(['1.size']);
		expect(getErrorPaths({ body: { name: 'a' } })).toEqual(['body.size']);
		expect(getErrorPaths(7)).toEqual(['']);
	});

	it('is reported as too long, rather than as matching no variant, if a list has too many items', () => {
		const few = z.union([item, z.array(item).max(2)]);
		const many = Array.from({ length: 3 }, () => ({ name: 'a', size: 1 }));
		expect(() => parse(few, many)).toThrow(/use at most 2 items/);
	});

	it('causes an error of limited size', () => {
		expect(getErrorPaths(Array.from({ length: 5_000 }, () => 0))).toHaveLength(50);
		const strict = z.strictObject({});
		const hostile = { ['x'.repeat(100_000)]: 1 };
		expect(() => parse(strict, hostile)).toThrow(
			expect.objectContaining({ message: expect.stringMatching(/^.{1,250}$/) as unknown }),
		);
	});
});

describe('JSON from a client', () => {
	const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

	it.each([
		['nested as deep as allowed', nested(100)],
		['wide', JSON.stringify(Array.from({ length: 500 }, () => ({ a: [{}] })))],
		[
			'full of brackets inside strings',
			JSON.stringify({ a: '[{'.repeat(200), 'b"\\': '\\"['.repeat(200) }),
		],
	])('is parsed when it is %s', (_, text) => {
		expect(parseJson(text)).toEqual(JSON.parse(text));
	});

	it.each([
		['nested too deep', nested(101)],
		['nested too deep after a string', `{"a":"\\\\","b":${nested(100)}}`],
		['deeply nested and unfinished', '{"a":'.repeat(50_000)],
		['invalid', `{"a":"${'['.repeat(200)}`],
	])('is rejected when it is %s', (_, text) => {
		expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'bad_request' }));
	});
});

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import '#lib/contract/text.ts';
import { AppError } from './errors.ts';
import { parse, parseJson } from './parse.ts';

const item = z.object({ name: z.string(), size: z.number() });
const forms = z.union([item, z.array(item), z.object({ body: item })]);

function faults(input: unknown) {
	try {
		parse(forms, input);
	} catch (error) {
		if (error instanceof AppError) return error.errors?.map(({ path }) => path);
	}
	throw new Error('nothing was refused');
}

describe('what does not fit', () => {
	it('is told of as a fault of the form that it comes nearest to', () => {
		expect(faults({ name: 1, size: 1 })).toEqual(['name']);
		expect(faults([{ name: 'a', size: 1 }, { name: 'b' }])).toEqual(['1.size']);
		expect(faults({ body: { name: 'a' } })).toEqual(['body.size']);
		expect(faults(7)).toEqual(['']);
	});

	it('is told of as too long rather than as no form at all', () => {
		const few = z.union([item, z.array(item).max(2)]);
		const many = Array.from({ length: 3 }, () => ({ name: 'a', size: 1 }));
		expect(() => parse(few, many)).toThrow(/use at most 2 items/);
	});

	it('does not make the answer as long as itself', () => {
		expect(faults(Array.from({ length: 5_000 }, () => 0))).toHaveLength(50);
		const strict = z.strictObject({});
		const hostile = { ['x'.repeat(100_000)]: 1 };
		expect(() => parse(strict, hostile)).toThrow(
			expect.objectContaining({ message: expect.stringMatching(/^.{1,250}$/) as unknown }),
		);
	});
});

describe('JSON from outside', () => {
	const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

	it.each([
		['as deep as is allowed', nested(100)],
		['wide', JSON.stringify(Array.from({ length: 500 }, () => ({ a: [{}] })))],
		[
			'with brackets in its texts',
			JSON.stringify({ a: '[{'.repeat(200), 'b"\\': '\\"['.repeat(200) }),
		],
	])('is read when it is %s', (_, text) => {
		expect(parseJson(text)).toEqual(JSON.parse(text));
	});

	it.each([
		['too deep', nested(101)],
		['too deep behind a text', `{"a":"\\\\","b":${nested(100)}}`],
		['deep without an end', '{"a":'.repeat(50_000)],
		['no JSON', `{"a":"${'['.repeat(200)}`],
	])('is refused when it is %s', (_, text) => {
		expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'bad_request' }));
	});
});

import type { z } from 'zod';
import type { FieldError } from '#lib/contract/problem.ts';
import { AppError } from './errors.ts';

type Issue = z.core.$ZodIssue;

/** The most errors that are reported; a body may have thousands. */
const MAX_ERRORS = 50;
const MAX_TEXT_LENGTH = 200;

/** Parses a client's input with its schema. Throws `invalid` with one entry per error. */
export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	throw invalid(result.error);
}

/** Returns a schema's errors as an error that clients see. */
export function invalid(error: z.core.$ZodError): AppError {
	const errors = fieldErrors(error.issues, []);
	const first = errors[0];
	const detail = first ? `${first.path || 'input'}: ${first.message}` : 'the input is not valid';
	return new AppError('invalid', detail, { errors });
}

function fieldErrors(issues: Issue[], above: PropertyKey[]): FieldError[] {
	const errors = issues.slice(0, MAX_ERRORS).flatMap((issue) => {
		const path = [...above, ...issue.path];
		const intended = issue.code === 'invalid_union' ? closestVariant(issue.errors) : undefined;
		if (intended) return fieldErrors(intended, path);
		const text = path.map(String).join('.');
		return [
			{
				path: text.slice(0, MAX_TEXT_LENGTH),
				message: issue.message.slice(0, MAX_TEXT_LENGTH),
			},
		];
	});
	return errors.slice(0, MAX_ERRORS);
}

/** Returns the issues of the union variant closest to the input: the one that fails deepest, then with the fewest issues. */
function closestVariant(variants: Issue[][]): Issue[] | undefined {
	const [best] = variants
		.filter((issues) => !issues.some(isOfAnotherType))
		.map((issues) => ({ issues, depth: depthOf(issues) }))
		.sort((a, b) => b.depth - a.depth || a.issues.length - b.issues.length);
	return best?.issues;
}

/** Such as a list where an object is expected: the input was not meant for this variant. */
const isOfAnotherType = ({ code, path }: Issue) => code === 'invalid_type' && path.length === 0;

function depthOf(issues: Issue[]): number {
	const depths = issues.slice(0, MAX_ERRORS).map((issue) => {
		const inner = issue.code === 'invalid_union' ? issue.errors.map(depthOf) : [];
		return issue.path.length + Math.max(0, ...inner);
	});
	return Math.max(0, ...depths);
}

/** Far deeper than any body of the API. Code that recurses over a value overflows the stack somewhere beyond it. */
const MAX_JSON_DEPTH = 100;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Parses JSON from a client. Throws `bad_request` when it is invalid or nested too deep. */
export function parseJson(text: string): unknown {
	requireShallowJson(text);
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError('bad_request', 'the body is not valid JSON', { cause });
	}
}

/** Throws `bad_request` when arrays and objects are nested too deep. Takes time linear in the length of the text. */
export function requireShallowJson(text: string): void {
	if (text.length <= MAX_JSON_DEPTH) return;
	let depth = 0;
	let isInString = false;
	for (let at = 0; at < text.length; at += 1) {
		const code = text.charCodeAt(at);
		if (isInString) {
			if (code === BACKSLASH) at += 1;
			else if (code === QUOTE) isInString = false;
		} else if (code === QUOTE) isInString = true;
		else if (code === OPEN_ARRAY || code === OPEN_OBJECT) depth += 1;
		else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth -= 1;
		if (depth > MAX_JSON_DEPTH) {
			throw new AppError(
				'bad_request',
				`the JSON is nested more than ${MAX_JSON_DEPTH} levels deep`,
			);
		}
	}
}

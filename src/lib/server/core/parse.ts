import type { z } from 'zod';
import type { FieldError } from '#lib/contract/problem.ts';
import { AppError } from './errors.ts';

type Issue = z.core.$ZodIssue;

/** As many faults are told of; a body may have thousands. */
const MOST_ERRORS = 50;
const LONGEST_TEXT = 200;

/** Parses input from outside with its contract; throws `invalid` with one entry per fault. */
export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	throw invalid(result.error);
}

/** What a schema refused, as an error that a client is told of. */
export function invalid(error: z.core.$ZodError): AppError {
	const errors = fieldErrors(error.issues, []);
	const first = errors[0];
	const detail = first ? `${first.path || 'input'}: ${first.message}` : 'the input is not valid';
	return new AppError('invalid', detail, { errors });
}

function fieldErrors(issues: Issue[], above: PropertyKey[]): FieldError[] {
	const errors = issues.slice(0, MOST_ERRORS).flatMap((issue) => {
		const path = [...above, ...issue.path];
		const meant = issue.code === 'invalid_union' ? closest(issue.errors) : undefined;
		if (meant) return fieldErrors(meant, path);
		const text = path.map(String).join('.');
		return [{ path: text.slice(0, LONGEST_TEXT), message: issue.message.slice(0, LONGEST_TEXT) }];
	});
	return errors.slice(0, MOST_ERRORS);
}

/** Of the forms that an input may have, the one that it comes nearest to: faults deepest inside, then fewest. */
function closest(forms: Issue[][]): Issue[] | undefined {
	const [best] = forms
		.filter((issues) => !issues.some(isOfAnotherType))
		.map((issues) => ({ issues, depth: depthOf(issues) }))
		.sort((a, b) => b.depth - a.depth || a.issues.length - b.issues.length);
	return best?.issues;
}

/** Such as a list where an object is expected: the input is not meant to have this form at all. */
const isOfAnotherType = ({ code, path }: Issue) => code === 'invalid_type' && path.length === 0;

function depthOf(issues: Issue[]): number {
	const depths = issues.slice(0, MOST_ERRORS).map((issue) => {
		const inner = issue.code === 'invalid_union' ? issue.errors.map(depthOf) : [];
		return issue.path.length + Math.max(0, ...inner);
	});
	return Math.max(0, ...depths);
}

/** Far deeper than any body of the API; whatever walks a value by recursion fails somewhere beyond. */
const MAX_JSON_DEPTH = 100;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Parses JSON from outside; throws `bad_request` where it is not valid or nested too deep. */
export function parseJson(text: string): unknown {
	requireShallowJson(text);
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError('bad_request', 'the body is not valid JSON', { cause });
	}
}

/** Throws `bad_request` where arrays and objects are nested too deep. Takes time in proportion to the text's length. */
export function requireShallowJson(text: string): void {
	if (text.length <= MAX_JSON_DEPTH) return;
	let depth = 0;
	let isInText = false;
	for (let at = 0; at < text.length; at += 1) {
		const code = text.charCodeAt(at);
		if (isInText) {
			if (code === BACKSLASH) at += 1;
			else if (code === QUOTE) isInText = false;
		} else if (code === QUOTE) isInText = true;
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

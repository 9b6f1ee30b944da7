import type { z } from 'zod';
import type { FieldError } from '#lib/contract/problem.ts';
import { AppError } from './errors.ts';

type Issue = z.core.$ZodIssue;

/** The maximum number of reported errors; a body may have thousands. */
const MAX_ERRORS = 50;
const MAX_TEXT_LENGTH = 200;

/** Parses a client's input with its schema. Throws `invalid` with one entry per error. */
export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	throw createInvalidError(result.error);
}

/** Converts a schema's errors to an `AppError` with one entry per error. */
export function createInvalidError(error: z.core.$ZodError): AppError {
	const errors = toFieldErrors(error.issues, []);
	const first = errors[0];
	const detail = first ? `${first.path || 'input'}: ${first.message}` : 'the input is not valid';
	return new AppError('invalid', detail, { errors });
}

function toFieldErrors(issues: Issue[], parentPath: PropertyKey[]): FieldError[] {
	const errors = issues.slice(0, MAX_ERRORS).flatMap((issue) => {
		const path = [...parentPath, ...issue.path];
		const variantIssues =
			issue.code === 'invalid_union' ? findClosestVariant(issue.errors) : undefined;
		if (variantIssues) return toFieldErrors(variantIssues, path);
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
function findClosestVariant(variants: Issue[][]): Issue[] | undefined {
	const [best] = variants
		.filter((issues) => !issues.some(isWrongType))
		.map((issues) => ({ issues, depth: getDepth(issues) }))
		.sort((a, b) => b.depth - a.depth || a.issues.length - b.issues.length);
	return best?.issues;
}

/** Returns whether the input as a whole has the wrong type, such as a list instead of an object, and so wasn't meant for this variant. */
const isWrongType = ({ code, path }: Issue) => code === 'invalid_type' && path.length === 0;

function getDepth(issues: Issue[]): number {
	const depths = issues.slice(0, MAX_ERRORS).map((issue) => {
		const inner = issue.code === 'invalid_union' ? issue.errors.map(getDepth) : [];
		return issue.path.length + Math.max(0, ...inner);
	});
	return Math.max(0, ...depths);
}

/** Far deeper than any valid body, but shallow enough that recursive code can't overflow the stack. */
const MAX_JSON_DEPTH = 100;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Parses JSON from a client. Throws `bad_request` if it is invalid or nested too deep. */
export function parseJson(text: string): unknown {
	requireShallowJson(text);
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError('bad_request', 'the body is not valid JSON', { cause });
	}
}

/** Parses JSON. Returns `undefined` if it is invalid. */
export function tryParseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Throws `bad_request` if arrays and objects are nested too deep. Runs in linear time. */
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

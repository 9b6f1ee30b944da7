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

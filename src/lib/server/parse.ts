import type { z } from 'zod';
import { AppError } from './errors';

/** Parses input from outside with its contract; throws `invalid` with one entry per fault. */
export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
	const result = schema.safeParse(input);
	if (result.success) return result.data;
	const errors = result.error.issues.map((issue) => ({
		path: issue.path.map(String).join('.'),
		message: issue.message,
	}));
	const first = errors[0];
	const detail = first ? `${first.path || 'input'}: ${first.message}` : 'the input is not valid';
	throw new AppError('invalid', detail, { errors });
}

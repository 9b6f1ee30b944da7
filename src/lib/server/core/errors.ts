import type { ErrorCode, FieldError } from '#lib/contract/problem.ts';

/** An error that a client may be told of: its code decides the HTTP status, its message is shown. */
export class AppError extends Error {
	override name = 'AppError';
	readonly code: ErrorCode;
	readonly errors: FieldError[] | undefined;
	/** Seconds after which a refused client may come back. */
	readonly retryAfter: number | undefined;

	constructor(
		code: ErrorCode,
		message: string,
		extra: { errors?: FieldError[]; retryAfter?: number; cause?: unknown } = {},
	) {
		super(message, { cause: extra.cause });
		this.code = code;
		this.errors = extra.errors;
		this.retryAfter = extra.retryAfter;
	}
}

export const notFound = (what: string) => new AppError('not_found', `${what} was not found`);
export const forbidden = (what: string) => new AppError('forbidden', what);
export const conflict = (why: string) => new AppError('conflict', why);
export const unauthorized = (why = 'sign in, or send an API key') =>
	new AppError('unauthorized', why);
export const rateLimited = (retryAfter: number) =>
	new AppError('rate_limited', `too many requests; try again in ${retryAfter} s`, { retryAfter });

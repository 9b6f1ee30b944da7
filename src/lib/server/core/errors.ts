import {
	ERROR_STATUS,
	type ErrorCode,
	type FieldError,
	type Problem,
} from '#lib/contract/problem.ts';

/** An error for clients. Its code determines the HTTP status, and its message is shown to them. */
export class AppError extends Error {
	override name = 'AppError';
	readonly code: ErrorCode;
	readonly errors: FieldError[] | undefined;
	/** Seconds after which the client may retry. */
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

const TITLES: Record<ErrorCode, string> = {
	bad_request: 'Bad request',
	unauthorized: 'Unauthorized',
	forbidden: 'Forbidden',
	confirmation_required: 'Confirmation required',
	not_found: 'Not found',
	method_not_allowed: 'Method not allowed',
	conflict: 'Conflict',
	payload_too_large: 'Payload too large',
	unsupported_media_type: 'Unsupported media type',
	invalid: 'Invalid input',
	rate_limited: 'Too many requests',
	internal: 'Internal error',
	unavailable: 'Unavailable',
};

/** Returns the RFC 9457 problem details for an error. */
export function toProblem({ code, message, errors }: AppError): Problem {
	return {
		type: `urn:frontdesk:problem:${code}`,
		title: TITLES[code],
		status: ERROR_STATUS[code],
		detail: message,
		...(errors && { errors }),
	};
}

/** An error that prevents the server from starting. Its message says what is wrong and how to fix it. */
export class StartupError extends Error {
	override name = 'StartupError';
}

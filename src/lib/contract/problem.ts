import { z } from 'zod';

/** Every error code with its HTTP status. Sockets send the code only. */
export const ERROR_STATUS = {
	bad_request: 400,
	unauthorized: 401,
	forbidden: 403,
	/** The user must confirm their password first. */
	confirmation_required: 403,
	not_found: 404,
	method_not_allowed: 405,
	conflict: 409,
	payload_too_large: 413,
	unsupported_media_type: 415,
	invalid: 422,
	rate_limited: 429,
	internal: 500,
	unavailable: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

export const errorCode = z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]);

export const fieldError = z.object({ path: z.string(), message: z.string() });
export type FieldError = z.infer<typeof fieldError>;

/** RFC 9457 problem details. */
export const problem = z
	.object({
		type: z.string(),
		title: z.string(),
		status: z.number().int(),
		detail: z.string(),
		errors: z.array(fieldError).optional(),
	})
	.meta({ id: 'Problem' });
export type Problem = z.infer<typeof problem>;

/** The state of a page's form, before it is submitted and after a rejected submission. */
export interface Form<Values> {
	/** Distinguishes several forms on a page. */
	id?: string;
	values: Values;
	/** The first error of each field. */
	errors: { [Field in keyof Values]?: string };
	/** A form-level error, or the result of the action. */
	message?: string;
}

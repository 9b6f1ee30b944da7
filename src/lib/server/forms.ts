import { error, fail, type RequestEvent } from '@sveltejs/kit';
import { z } from 'zod';
import { ERROR_STATUS, type Form } from '#lib/contract/problem.ts';
import { toNetwork } from './core/client-address.ts';
import { AppError } from './core/errors.ts';
import { toUnavailable, getClientInfo } from './pages.ts';
import { requireUse } from './core/rate-limits.ts';

/** The maximum size of a form's body, before and after signing in. */
const MAX_FORM_BYTES = { anonymous: 16 * 1024, user: 64 * 1024 };
const MAX_PARTS = 50;

type Values = Record<string, string | boolean>;

/** Creates the initial state of a form, with these values or else the schema's defaults. */
export function createForm<S extends z.ZodObject>(
	schema: S,
	values?: Partial<z.output<S>>,
	id?: string,
): Form<z.output<S>> {
	const defaults = Object.entries(schema.shape as z.core.$ZodShape).map(([name, field]) => [
		name,
		getDefault(field),
	]);
	return {
		id,
		values: { ...(Object.fromEntries(defaults) as z.output<S>), ...values },
		errors: {},
	};
}

/**
 * Reads and validates a submitted form, runs `act`, and returns the form with its errors, or with the message that `act`
 * returns. Throws SvelteKit's error if the request is rejected before its fields are read, for its rate, size or content
 * type, so that the browser keeps the typed values.
 */
export async function submitForm<S extends z.ZodObject>(
	event: RequestEvent,
	schema: S,
	act: (data: z.output<S>) => Promise<string | void>,
	id?: string,
) {
	const values = await readForm(event, schema).catch((thrown: unknown) => {
		if (!(thrown instanceof AppError)) throw thrown;
		if (thrown.retryAfter !== undefined) {
			event.setHeaders({ 'Retry-After': String(thrown.retryAfter) });
		}
		error(ERROR_STATUS[thrown.code], thrown.message);
	});
	// Unparsed, so that the form shows what was typed.
	const form = createForm(schema, values as Partial<z.output<S>>, id);
	const parsed = schema.safeParse(values);
	if (!parsed.success) return failForm(form, 422, parsed.error.issues);
	try {
		const message = await act(parsed.data);
		return { form: clearPasswords({ ...form, message: message ?? undefined }) };
	} catch (thrown) {
		return failWithError(form, thrown, event);
	}
}

/**
 * Returns the failed form with the errors of an AppError that a verb threw, without passwords. Sets Retry-After if the error
 * has one. A transient database error becomes `unavailable`; any other error is rethrown.
 */
export function failWithError<T>(
	form: Form<T>,
	thrown: unknown,
	{ setHeaders }: Partial<Pick<RequestEvent, 'setHeaders'>> = {},
) {
	thrown = toUnavailable(thrown);
	if (!(thrown instanceof AppError)) throw thrown;
	if (thrown.retryAfter !== undefined) setHeaders?.({ 'Retry-After': String(thrown.retryAfter) });
	const issues = (thrown.errors ?? []).map(({ path, message }) => ({ path: [path], message }));
	// A field shows its own error; the form doesn't repeat it.
	const isShownByField = issues.some(({ message }) => message === thrown.message);
	const message = isShownByField ? undefined : thrown.message;
	return failForm({ ...form, message }, ERROR_STATUS[thrown.code], issues);
}

function failForm<T>(
	form: Form<T>,
	status: number,
	issues: { path: PropertyKey[]; message: string }[],
) {
	const errors: Record<string, string> = {};
	for (const { path, message } of issues) errors[String(path[0] ?? '')] ??= message;
	return fail(status, { form: clearPasswords({ ...form, errors }) });
}

/** Returns the form without typed passwords, which must not be sent back. */
function clearPasswords<T>(form: Form<T>): Form<T> {
	const entries = Object.entries(form.values as Record<string, unknown>).map(([name, value]) => [
		name,
		name.includes('password') ? '' : value,
	]);
	return { ...form, values: Object.fromEntries(entries) as T };
}

/**
 * Reads the submitted fields that the schema defines; the only function that reads forms. Limits their rate and size,
 * and never builds nested objects from field names. Throws `rate_limited`, `payload_too_large`, `unsupported_media_type` and
 * `bad_request`.
 */
export async function readForm(event: RequestEvent, schema: z.ZodObject): Promise<Values> {
	const { app, actor } = event.locals.ctx;
	const isUser = actor.type === 'user';
	await requireUse(app, 'form', isUser ? `user ${actor.id}` : toNetwork(getClientInfo(event).ip));
	const type = event.request.headers.get('content-type') ?? '';
	if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i.test(type)) {
		throw new AppError('unsupported_media_type', 'send the form as a browser does');
	}
	const body = await readBody(event.request, MAX_FORM_BYTES[isUser ? 'user' : 'anonymous']);
	const sent = await parseFields(body, type);
	const fields = Object.entries(schema.shape).flatMap(
		([name, field]): [string, string | boolean][] => {
			const value = sent.get(name);
			if (isCheckbox(field)) return [[name, value !== undefined && value !== 'false']];
			return value === undefined ? [] : [[name, value]];
		},
	);
	return Object.fromEntries(fields);
}

/** Returns the body's bytes. Throws `payload_too_large` if there are more than `max`; the HTTP guard drains the rest. */
async function readBody(request: Request, max: number): Promise<Uint8Array<ArrayBuffer>> {
	const createTooLargeError = () =>
		new AppError('payload_too_large', `the form is larger than ${max / 1024} KiB`);
	if (Number(request.headers.get('content-length') ?? 0) > max) throw createTooLargeError();
	const bytes = new Uint8Array(max);
	let length = 0;
	const reader = request.body?.getReader();
	for (;;) {
		const chunk = (await reader?.read()) as { value?: Uint8Array } | undefined;
		if (!chunk?.value) return bytes.subarray(0, length);
		if (length + chunk.value.length > max) throw createTooLargeError();
		bytes.set(chunk.value, length);
		length += chunk.value.length;
	}
}

/** Returns the text fields, the first of each name. Ignores files. */
async function parseFields(
	body: Uint8Array<ArrayBuffer>,
	type: string,
): Promise<Map<string, string>> {
	const createUnreadableError = () => new AppError('bad_request', 'the form could not be read');
	const parts = await new Response(body, { headers: { 'content-type': type } })
		.formData()
		.catch(() => {
			throw createUnreadableError();
		});
	const fields = new Map<string, string>();
	let count = 0;
	for (const [name, value] of parts) {
		count += 1;
		if (count > MAX_PARTS) throw createUnreadableError();
		if (typeof value === 'string' && !fields.has(name)) fields.set(name, value);
	}
	return fields;
}

/** Returns a field's initial value: its default, else false for a checkbox or an empty string. */
function getDefault(field: z.core.$ZodType): unknown {
	const parsed = z.safeParse(field, undefined);
	if (parsed.success) return parsed.data;
	return isCheckbox(field) ? false : '';
}

/** Returns whether a field is a checkbox, which browsers leave out while it is off. */
function isCheckbox(field: unknown): boolean {
	if (field instanceof z.ZodBoolean) return true;
	const isWrapper =
		field instanceof z.ZodDefault ||
		field instanceof z.ZodOptional ||
		field instanceof z.ZodNullable;
	return isWrapper && isCheckbox(field.unwrap());
}

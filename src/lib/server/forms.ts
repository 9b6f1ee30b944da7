import { error, fail, type RequestEvent } from '@sveltejs/kit';
import { message, superValidate, type SuperValidated } from 'sveltekit-superforms';
import { zod4 } from 'sveltekit-superforms/adapters';
import { z } from 'zod';
import { ERROR_STATUS } from '#lib/contract/problem.ts';
import { networkOf } from './core/client-address.ts';
import { AppError } from './core/errors.ts';
import { browserOf, refused, withoutPasswords } from './pages.ts';
import { requireUse } from './core/rate-limits.ts';

/** The largest body of a form, before and after signing in. */
export const MAX_FORM_BYTES = { anonymous: 16 * 1024, user: 64 * 1024 };
const MAX_PARTS = 50;
/** superforms sends a form's id along, to tell the forms of a page apart. */
const FORM_ID = '__superform_id';

type Values = Record<string, string | boolean>;

/** A form before it is sent, with these values or the schema's defaults. */
export function createForm<S extends z.ZodObject>(
	schema: S,
	values?: Partial<z.input<S>>,
	id?: string,
): Promise<SuperValidated<z.output<S>, string, z.input<S>>> {
	const options = { errors: false, ...(id !== undefined && { id }) };
	return superValidate(values ?? null, zod4(schema), options) as Promise<
		SuperValidated<z.output<S>, string, z.input<S>>
	>;
}

/**
 * Handles a form that was sent: reads it, validates it, runs `act` and returns the form, with what is wrong or with the
 * message that `act` returns. A form that may not be read at all is an error, which leaves what was typed in place.
 */
export async function submitForm<S extends z.ZodObject>(
	event: RequestEvent,
	schema: S,
	act: (data: z.output<S>) => Promise<string | void>,
	formId?: string,
) {
	const { id, values } = await readForm(event, schema).catch((fault: unknown) => {
		if (!(fault instanceof AppError)) throw fault;
		if (fault.retryAfter !== undefined) {
			event.setHeaders({ 'Retry-After': String(fault.retryAfter) });
		}
		error(ERROR_STATUS[fault.code], fault.message);
	});
	const form = (await superValidate(values as Partial<z.input<S>>, zod4(schema), {
		id: formId ?? id,
	})) as SuperValidated<z.output<S>, string, z.input<S>>;
	form.posted = true;
	if (!form.valid) return fail(422, { form: withoutPasswords(form) });
	try {
		const told = await act(form.data);
		withoutPasswords(form);
		return told === undefined ? { form } : message(form, told);
	} catch (fault) {
		return refused(form, fault, event);
	}
}

/**
 * Reads a form's flat fields, of which only those of the schema count: the one way a form gets in. It is counted before it
 * is read and bounded while it is read; throws RateLimited, `payload_too_large`, `unsupported_media_type`, `bad_request`.
 * Whatever a field is named, nothing nested is ever built of it.
 */
export async function readForm(
	event: RequestEvent,
	schema: z.ZodObject,
): Promise<{ id: string | undefined; values: Values }> {
	const { app, actor } = event.locals.ctx;
	const isUser = actor.type === 'user';
	await requireUse(app, 'form', isUser ? `user ${actor.id}` : networkOf(browserOf(event).ip));
	const type = event.request.headers.get('content-type') ?? '';
	if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i.test(type)) {
		throw new AppError('unsupported_media_type', 'send the form as a browser does');
	}
	const body = await readBody(event.request, MAX_FORM_BYTES[isUser ? 'user' : 'anonymous']);
	const sent = await parseFields(body, type);
	const fields = Object.entries(schema.shape).flatMap(
		([name, field]): [string, string | boolean][] => {
			const value = sent.get(name);
			if (isBoolean(field)) return [[name, value !== undefined && value !== 'false']];
			return value === undefined ? [] : [[name, value]];
		},
	);
	return { id: sent.get(FORM_ID)?.slice(0, 100), values: Object.fromEntries(fields) };
}

/** The body's bytes. Where there are more, the rest stays unread: the server's guard drains it. */
async function readBody(request: Request, max: number): Promise<Uint8Array<ArrayBuffer>> {
	const tooLarge = () =>
		new AppError('payload_too_large', `the form is larger than ${max / 1024} KiB`);
	if (Number(request.headers.get('content-length') ?? 0) > max) throw tooLarge();
	const bytes = new Uint8Array(max);
	let length = 0;
	const reader = request.body?.getReader();
	for (;;) {
		const chunk = (await reader?.read()) as { value?: Uint8Array } | undefined;
		if (!chunk?.value) return bytes.subarray(0, length);
		if (length + chunk.value.length > max) throw tooLarge();
		bytes.set(chunk.value, length);
		length += chunk.value.length;
	}
}

/** The text fields by name, the first of each; files are ignored. */
async function parseFields(
	body: Uint8Array<ArrayBuffer>,
	type: string,
): Promise<Map<string, string>> {
	const bad = () => new AppError('bad_request', 'the form could not be read');
	const parts = await new Response(body, { headers: { 'content-type': type } })
		.formData()
		.catch(() => {
			throw bad();
		});
	const fields = new Map<string, string>();
	let count = 0;
	for (const [name, value] of parts) {
		count += 1;
		if (count > MAX_PARTS) throw bad();
		if (typeof value === 'string' && !fields.has(name)) fields.set(name, value);
	}
	return fields;
}

/** Whether a field is a checkbox, which browsers leave out while it is off. */
function isBoolean(field: unknown): boolean {
	if (field instanceof z.ZodBoolean) return true;
	const hasInner =
		field instanceof z.ZodDefault ||
		field instanceof z.ZodOptional ||
		field instanceof z.ZodNullable;
	return hasInner && isBoolean(field.unwrap());
}

import type { CountryCode } from 'libphonenumber-js/max';
import { CORE_LEAD_FIELDS } from '#lib/contract/constants.ts';
import {
	type LeadFields,
	leadFieldName,
	leadFieldValue,
	type LeadSource,
} from '#lib/contract/lead.ts';
import type { FieldError } from '#lib/contract/problem.ts';
import { AppError } from '../core/errors.ts';
import { stripInvisible } from '../core/text.ts';
import { normalizeEmail } from './email.ts';
import { normalizePhone } from './phone.ts';
import { findPlaceholder } from './placeholders.ts';

const MAX_NAME_LENGTH = 200;

/** The fields to merge, where null clears a field, and the rejected ones. */
interface NormalizedFields {
	accepted: Map<string, string | null>;
	rejected: FieldError[];
}

function normalizeName(text: string): string | null {
	const line = stripInvisible(text.replace(/\s+/g, ' '));
	return line !== '' && line.length <= MAX_NAME_LENGTH ? line : null;
}

function normalizeValue(key: string, text: string, country?: CountryCode): string | null {
	switch (CORE_LEAD_FIELDS.find((field) => field === key)) {
		case 'email':
			return normalizeEmail(text);
		case 'phone':
			return normalizePhone(text, country);
		case 'name':
		case 'company':
			return normalizeName(text);
		case undefined:
			return stripInvisible(text) || null;
	}
}

/** Returns whether invalid values from a source are dropped silently, because the AI and the detection only guess. */
export const isLenient = (source: LeadSource) => source === 'ai' || source === 'detected';

/**
 * Normalizes fields. Returns the accepted ones, and the rejected ones with reasons; an invalid value doesn't affect other
 * fields. Rejects placeholders: unfilled templates from any program, and words such as "unknown" from an AI unless
 * `visitorWords` contains them. An empty value clears a field only if an agent entered it. Null clears a field, but is
 * ignored from the AI, because models use it for unknown values. Throws `invalid` if an agent's value is invalid or a
 * program sent no valid value.
 */
export function normalizeFields(
	fields: Record<string, unknown>,
	source: LeadSource,
	{ country, visitorWords }: { country?: CountryCode; visitorWords?: string } = {},
): NormalizedFields {
	const accepted = new Map<string, string | null>();
	const rejected: FieldError[] = [];
	for (const [key, input] of Object.entries(fields)) {
		const field = parseField(key, input);
		if ('message' in field) {
			rejected.push({ path: key.slice(0, 200), message: field.message });
			continue;
		}
		const { name, text } = field;
		if (text === null || stripInvisible(text) === '') {
			const clearsField = text === null ? !isLenient(source) : source === 'agent';
			if (clearsField) accepted.set(name, null);
			continue;
		}
		const placeholder = findPlaceholder(name, text, source, visitorWords);
		const value = placeholder === undefined ? normalizeValue(name, text, country) : null;
		if (value !== null) accepted.set(name, value);
		else if (placeholder !== undefined) rejected.push({ path: name, message: placeholder });
		else rejected.push({ path: name, message: REJECTION_MESSAGES[name] ?? 'is not valid' });
	}
	const [first] = rejected;
	const isRefused = source === 'agent' || (!isLenient(source) && accepted.size === 0);
	if (!first || !isRefused) return { accepted, rejected };
	throw new AppError('invalid', `${first.path} ${first.message}`, { errors: rejected });
}

type CoreField = (typeof CORE_LEAD_FIELDS)[number];

/** Other names that models use for the core fields, in lower case and without spaces and punctuation. */
const OTHER_NAMES: Record<CoreField, readonly string[]> = {
	name: ['fullname', 'contactname', 'customername', 'visitorname', 'leadname'],
	email: ['mail', 'emailaddress', 'contactemail', 'correo', 'correoelectronico'],
	phone: [
		...['phonenumber', 'contactphone', 'tel', 'telephone', 'telephonenumber', 'mobile'],
		...['mobilephone', 'mobilenumber', 'cell', 'cellphone', 'whatsapp', 'telefon', 'telefono'],
	],
	company: ['companyname', 'organization', 'organisation', 'firma', 'empresa', 'entreprise'],
};
const FIRST_NAMES = new Set(['firstname', 'givenname', 'vorname']);
const LAST_NAMES = new Set(['lastname', 'surname', 'familyname', 'nachname']);

const simplify = (key: string) =>
	key
		.normalize('NFKD')
		.replace(/[^\p{L}\p{N}]/gu, '')
		.toLowerCase();

/**
 * Renames fields that a model names differently: `Email` or `phone_number` to a contact field that accepts the value,
 * `first_name` and `last_name` to `name`, and others to the key of a question that is spelled alike. A field isn't renamed if
 * the target is also given.
 */
export function renameFields(fields: LeadFields, questionKeys: readonly string[]): LeadFields {
	const isOwn = (key: string) =>
		questionKeys.includes(key) || CORE_LEAD_FIELDS.some((field) => field === key);
	const renamed = new Map(Object.entries(fields).filter(([key]) => isOwn(key)));
	const others = Object.entries(fields).filter(([key]) => !isOwn(key));
	const find = (names: ReadonlySet<string>) => others.find(([key]) => names.has(simplify(key)));
	const [first, last] = [find(FIRST_NAMES), find(LAST_NAMES)];
	const isSplitName = typeof first?.[1] === 'string' && !renamed.has('name');
	if (isSplitName) renamed.set('name', [first[1], last?.[1] ?? ''].join(' ').trim());
	for (const [key, value] of others) {
		if (isSplitName && (key === first[0] || key === last?.[0])) continue;
		const name = findOwnName(simplify(key), questionKeys);
		const isUsable =
			name !== undefined &&
			!renamed.has(name) &&
			(typeof value === 'string' || typeof value === 'number') &&
			normalizeValue(name, String(value)) !== null;
		renamed.set(isUsable ? name : key, value);
	}
	return Object.fromEntries(renamed);
}

const findOwnName = (name: string, questionKeys: readonly string[]): string | undefined =>
	questionKeys.find((key) => simplify(key) === name) ??
	CORE_LEAD_FIELDS.find((field) => field === name || OTHER_NAMES[field].includes(name));

/** Returns a field's name and its value as text, or a message if they are invalid. */
function parseField(
	key: string,
	input: unknown,
): { name: string; text: string | null } | { message: string } {
	const name = leadFieldName.safeParse(key);
	const value = leadFieldValue.safeParse(input);
	const problem = name.error ?? value.error;
	if (problem) return { message: problem.issues[0]?.message ?? 'is not valid' };
	return { name: name.data ?? key, text: value.data ?? null };
}

const REJECTION_MESSAGES: Record<string, string> = {
	email: 'is not an email address',
	phone: 'is not a phone number: use 6 to 15 digits, with + before an international number',
	name: `has more than ${MAX_NAME_LENGTH} characters`,
	company: `has more than ${MAX_NAME_LENGTH} characters`,
};

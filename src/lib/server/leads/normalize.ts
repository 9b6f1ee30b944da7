import type { CountryCode } from 'libphonenumber-js/max';
import {
	CORE_LEAD_FIELDS,
	leadFieldName,
	leadFieldValue,
	type LeadSource,
} from '#lib/contract/lead.ts';
import type { FieldError } from '#lib/contract/problem.ts';
import { AppError } from '../core/errors.ts';
import { normalizeEmail } from './email.ts';
import { withoutInvisible } from './legible.ts';
import { normalizePhone } from './phone.ts';

const LONGEST_NAME = 200;

/** The fields that may be merged, null to clear one, and those that are no values. */
export interface AcceptedFields {
	accepted: Map<string, string | null>;
	rejected: FieldError[];
}

function normalizeName(text: string): string | null {
	const line = withoutInvisible(text.replace(/\s+/g, ' '));
	return line !== '' && line.length <= LONGEST_NAME ? line : null;
}

function normalize(key: string, text: string, country?: CountryCode): string | null {
	switch (CORE_LEAD_FIELDS.find((field) => field === key)) {
		case 'email':
			return normalizeEmail(text);
		case 'phone':
			return normalizePhone(text, country);
		case 'name':
		case 'company':
			return normalizeName(text);
		case undefined:
			return withoutInvisible(text) || null;
	}
}

/** An AI and the detection guess: their bad values are dropped silently. Everybody else is told. */
export const isForgiven = (source: LeadSource) => source === 'ai' || source === 'detected';

/**
 * Returns the fields normalized, and those rejected with the reason: a bad value never takes its neighbors with it. An
 * empty value says nothing, but clears when a person typed it; null from an AI says nothing either, as models fill what
 * they do not know with it. Throws `Invalid` by field for what an agent typed, and where a program has no valid field.
 */
export function acceptFields(
	fields: Record<string, unknown>,
	source: LeadSource,
	country?: CountryCode,
): AcceptedFields {
	const accepted = new Map<string, string | null>();
	const rejected: FieldError[] = [];
	for (const [key, given] of Object.entries(fields)) {
		const field = readField(key, given);
		if ('message' in field) {
			rejected.push({ path: key.slice(0, 200), message: field.message });
			continue;
		}
		const { name, text } = field;
		if (text === null || withoutInvisible(text) === '') {
			const clears = text === null ? !isForgiven(source) : source === 'agent';
			if (clears) accepted.set(name, null);
			continue;
		}
		const value = normalize(name, text, country);
		if (value !== null) accepted.set(name, value);
		else rejected.push({ path: name, message: REASONS[name] ?? 'is not valid' });
	}
	const [first] = rejected;
	const isRefused = source === 'agent' || (!isForgiven(source) && accepted.size === 0);
	if (!first || !isRefused) return { accepted, rejected };
	throw new AppError('invalid', `${first.path} ${first.message}`, { errors: rejected });
}

/** One field as text. */
function readField(
	key: string,
	given: unknown,
): { name: string; text: string | null } | { message: string } {
	const name = leadFieldName.safeParse(key);
	const value = leadFieldValue.safeParse(given);
	const fault = name.error ?? value.error;
	if (fault) return { message: fault.issues[0]?.message ?? 'is not valid' };
	return { name: name.data ?? key, text: value.data ?? null };
}

const REASONS: Record<string, string> = {
	email: 'is not an email address',
	phone: 'is not a phone number: 6 to 15 digits, with + in front when it is international',
	name: `has more than ${LONGEST_NAME} characters`,
	company: `has more than ${LONGEST_NAME} characters`,
};

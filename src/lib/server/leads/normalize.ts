import { z } from 'zod';
import { CORE_LEAD_FIELDS, type LeadInput, type LeadSource } from '#lib/contract/lead.ts';
import type { FieldError } from '#lib/contract/problem.ts';
import { AppError } from '../core/errors';

const email = z.email().max(254);
const LONGEST_NAME = 200;

/** An e-mail address in lower case, or null when it is none. */
export function normalizeEmail(text: string): string | null {
	const bare = text
		.trim()
		.replace(/^mailto:/i, '')
		.toLowerCase();
	return email.safeParse(bare).data ?? null;
}

/** A phone number as digits, after `+` when it is international; null when it is none. */
export function normalizePhone(text: string): string | null {
	const digits = text
		.normalize('NFKC')
		.trim()
		.replace(/^tel:/i, '')
		.replace(/^00(?=[1-9])/, '+')
		// "+44 (0)20 …": the zero is for calls from inside the country.
		.replace(/^(\+\d{1,3})\s*\(0\)/, '$1')
		.replace(/[\s().\-/\u2010-\u2015\u00b7]/g, '');
	return /^\+?\d{6,15}$/.test(digits) ? digits : null;
}

function normalizeName(text: string): string | null {
	const line = text.replace(/\s+/g, ' ').trim();
	return line.length <= LONGEST_NAME ? line : null;
}

function normalize(key: string, text: string): string | null {
	switch (CORE_LEAD_FIELDS.find((field) => field === key)) {
		case 'email':
			return normalizeEmail(text);
		case 'phone':
			return normalizePhone(text);
		case 'name':
		case 'company':
			return normalizeName(text);
		case undefined:
			return text.trim();
	}
}

/** An AI and the detection guess: what they get wrong is left out. Everyone else is told. */
export const isForgiven = (source: LeadSource) => source === 'ai' || source === 'detected';

/**
 * The fields that may be merged, normalised; null clears. An empty value says nothing, but clears when a person typed
 * it; null from an AI says nothing either, as models fill what they do not know with it. Throws Invalid by field.
 */
export function acceptFields(fields: LeadInput, source: LeadSource): Map<string, string | null> {
	const accepted = new Map<string, string | null>();
	const errors: FieldError[] = [];
	for (const [key, text] of Object.entries(fields)) {
		if (text === null || text.trim() === '') {
			const clears = text === null ? !isForgiven(source) : source === 'agent';
			if (clears) accepted.set(key, null);
			continue;
		}
		const value = normalize(key, text);
		if (value !== null) accepted.set(key, value);
		else errors.push({ path: key, message: WHAT_IS_WRONG[key] ?? 'is not valid' });
	}
	const [first] = errors;
	if (!first || isForgiven(source)) return accepted;
	throw new AppError('invalid', `${first.path} ${first.message}`, { errors });
}

const WHAT_IS_WRONG: Record<string, string> = {
	email: 'is not an e-mail address',
	phone: 'is not a phone number: 6 to 15 digits, with + in front when it is international',
	name: `has more than ${LONGEST_NAME} characters`,
	company: `has more than ${LONGEST_NAME} characters`,
};

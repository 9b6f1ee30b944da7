import type { CountryCode } from 'libphonenumber-js/max';
import { findEmail, EMAIL_HINT } from './email.ts';
import { findPhone, canHavePhone, type FoundValue } from './phone.ts';

export { findEmail, findPhone };

/** The maximum number of contacts of each type, to bound the search in a message that lists many. */
const MAX_CONTACTS = 5;
/** The maximum number of searches, because the same address may be repeated. */
const MAX_SEARCHES = 20;

/**
 * Returns the email addresses and phone numbers in a text, normalized and in order; at most five of each. National phone
 * numbers are found only if `country` is set.
 */
export function findContacts(
	text: string,
	country?: CountryCode,
): { type: 'email' | 'phone'; value: string }[] {
	const emails = findAll(text, findEmail);
	const phones = findAll(emails.rest, (part) => findPhone(part, { country }));
	return [
		...emails.values.map((value) => ({ type: 'email' as const, value })),
		...phones.values.map((value) => ({ type: 'phone' as const, value })),
	];
}

/** Applies `find` to a text repeatedly. Returns the distinct values and the remaining text. */
function findAll(text: string, find: (text: string) => FoundValue | undefined) {
	const values: string[] = [];
	let rest = text;
	for (let count = 0; count < MAX_SEARCHES && values.length < MAX_CONTACTS; count += 1) {
		const found = find(rest);
		if (!found) break;
		if (!values.includes(found.value)) values.push(found.value);
		const { start, end } = found;
		rest = rest.slice(0, start) + '\n'.repeat(Math.max(end - start, 1)) + rest.slice(end);
	}
	return { values, rest };
}

/** Returns the first email address and the first phone number in a text; see `findContacts`. */
export function detectContacts(
	text: string,
	country?: CountryCode,
): { email?: string; phone?: string } {
	const contacts = findContacts(text, country);
	const email = contacts.find(({ type }) => type === 'email')?.value;
	const phone = contacts.find(({ type }) => type === 'phone')?.value;
	return { ...(email !== undefined && { email }), ...(phone !== undefined && { phone }) };
}

/** Returns whether a text may contain a contact. A cheap pre-check without false negatives. */
export const canHaveContacts = (text: string) => EMAIL_HINT.test(text) || canHavePhone(text);

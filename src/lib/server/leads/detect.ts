import type { CountryCode } from 'libphonenumber-js/max';
import { findEmail, MAY_HAVE_EMAIL } from './email.ts';
import { findPhone, mayHavePhone } from './phone.ts';

export { findEmail, findPhone };

/**
 * Returns the first email address and the first phone number in a text, normalized. National phone numbers are found only
 * when `country` is given.
 */
export function detectContacts(
	text: string,
	country?: CountryCode,
): { email?: string; phone?: string } {
	const email = findEmail(text);
	const rest = email
		? text.slice(0, email.start) + '\n'.repeat(email.end - email.start) + text.slice(email.end)
		: text;
	const phone = findPhone(rest, { country })?.value;
	return { ...(email && { email: email.value }), ...(phone && { phone }) };
}

/** Whether a text may contain a contact. A cheap first check, without false negatives. */
export const mayHaveContacts = (text: string) => MAY_HAVE_EMAIL.test(text) || mayHavePhone(text);

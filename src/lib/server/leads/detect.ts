import type { CountryCode } from 'libphonenumber-js/max';
import { findEmail, MAY_HAVE_EMAIL } from './email.ts';
import { findPhone, mayHavePhone } from './phone.ts';

export { findEmail, findPhone };

/** The email address and the phone number that somebody wrote, normalized; national numbers where the country is known. */
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

/** Whether a text may name a contact: cheap, and never wrong when it says no. */
export const mayNameContacts = (text: string) => MAY_HAVE_EMAIL.test(text) || mayHavePhone(text);

import { findEmail, findPhone } from '#lib/server/leads/detect.ts';
import { isWithinOneTypo, normalize } from './normalize.ts';
import { splitSegments } from './segments.ts';
import { createMatcher, createPhraseSet } from './vocabulary.ts';

/** Replaces each contact in a masked text. */
export const PLACEHOLDER = '\ufffc';

const announcesPhone = createMatcher('phoneWords', 'anywhere');
/** Words that only introduce a contact. */
const CONTACT_FILLERS = createPhraseSet('contactFillers');

export interface Contacts {
	email: string | undefined;
	phone: string | undefined;
	/** The message with a placeholder for each contact. */
	text: string;
	/** The contacts as they were written, in order. */
	originals: string[];
}

/**
 * Finds an email address and a phone number in a message. A short local phone number counts only if it was asked for, is called a
 * phone number, or comes with an email address.
 */
export function findContacts(message: string, asked: 'phone' | 'number' | 'other'): Contacts {
	const text = message.replaceAll(PLACEHOLDER, ' ');
	const email = findEmail(text);
	const isPhoneLikely =
		asked === 'other' && (email !== undefined || announcesPhone(normalize(text)));
	const withoutEmail = email ? maskRange(text, email) : text;
	const phone = findPhone(withoutEmail, { acceptsLocal: asked !== 'number' });
	// Unrequested short numbers may be prices or postcodes.
	const phonePattern = isPhoneLikely ? /^\+|^\d{9}/ : /^\+|^0[1-9]\d{8}/;
	const isPhone = phone && (asked === 'phone' || phonePattern.test(phone.value));
	const found = [email, isPhone ? phone : undefined].filter((contact) => contact !== undefined);
	const originals: string[] = [];
	let masked = '';
	let from = 0;
	for (const { start, end } of found.toSorted((a, b) => a.start - b.start)) {
		masked += text.slice(from, start) + PLACEHOLDER;
		originals.push(text.slice(start, end));
		from = end;
	}
	return {
		email: email?.value,
		phone: isPhone ? phone.value : undefined,
		text: masked + text.slice(from),
		originals,
	};
}

const maskRange = (text: string, { start, end }: { start: number; end: number }) =>
	text.slice(0, start) + '@'.repeat(end - start) + text.slice(end);

/** Returns whether a masked segment is only a contact with introductory words, as in "my email is …". */
export const isContactOnly = (segment: string) =>
	segment.includes(PLACEHOLDER) &&
	normalize(segment)
		.split(' ')
		.every((word) => word === '' || CONTACT_FILLERS.has(word));

/** Returns a message without its contacts and the segments that only introduce one; empty if that is all it says. */
export function removeContacts(message: string): string {
	const { text, originals } = findContacts(message, 'other');
	if (originals.length === 0) return message;
	return splitSegments(text)
		.filter((segment) => !isContactOnly(segment.text))
		.map((segment) => segment.text.replaceAll(PLACEHOLDER, ' ') + segment.after)
		.join(' ');
}

const COMMON_DOMAINS = [
	'gmail.com',
	'googlemail.com',
	'hotmail.com',
	'outlook.com',
	'yahoo.com',
	'icloud.com',
	'protonmail.com',
];
/** Real providers one letter away from a common one. */
const SIMILAR_DOMAINS = new Set([
	'mail.com',
	'ymail.com',
	'email.com',
	'outlook.co',
	'hotmail.co',
	'yahoo.co',
]);

/** Returns the address that was probably meant if the domain is one typo away from a common provider's. */
export function suggestEmail(email: string): string | undefined {
	const at = email.lastIndexOf('@');
	const domain = email.slice(at + 1).toLowerCase();
	if (COMMON_DOMAINS.includes(domain) || SIMILAR_DOMAINS.has(domain)) return undefined;
	const intended = COMMON_DOMAINS.find((common) => isWithinOneTypo(domain, common));
	return intended && `${email.slice(0, at)}@${intended}`;
}

import { domainToASCII } from 'node:url';
import { normalizeEmail, normalizePhone } from './normalize';

/** A value in a text and where it stands there. */
export interface Found {
	value: string;
	start: number;
	end: number;
}

// Every run is bounded, so that no text makes these slow.
const EMAIL = /[\p{L}\p{N}.!#$%&'*+=?^_`{|}~-]{1,64}@[\p{L}\p{M}\p{N}.-]{1,253}/gu;
const PHONE =
	/(?<![\p{L}\p{N}+])(?:(?:\+|00)[ \t\u00a0]?)?\(?\d(?:[ \t\u00a0\u202f().\-/\u2010-\u2015\u00b7]{0,3}\d){6,14}(?![ \t\u00a0\u202f().\-/\u2010-\u2015\u00b7]{0,3}\d)/gu;
const INTERNATIONAL = /^(?:\+|00)[ \t\u00a0]?\(?[1-9]/;
const DATE = /^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})$/;
/** Arabic, Persian, Devanagari and full-width zeros; the other nine digits follow each. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0xff10];

/** The e-mail address and the international phone number that somebody wrote, normalised. */
export function detectContacts(text: string): { email?: string; phone?: string } {
	const email = findEmail(text)?.value;
	const phone = findPhone(text)?.value;
	return { ...(email && { email }), ...(phone && { phone }) };
}

/** The first e-mail address in a text. */
export function findEmail(text: string): Found | undefined {
	if (!text.includes('@')) return undefined;
	for (const match of text.matchAll(EMAIL)) {
		const written = match[0].replace(/^['`*~|{.]+/, '').replace(/[.-]+$/, '');
		const at = written.lastIndexOf('@');
		const domain = domainToASCII(written.slice(at + 1));
		const value = normalizeEmail(`${written.slice(0, at)}@${domain}`);
		const start = match.index + match[0].indexOf(written);
		if (value) return { value, start, end: start + written.length };
	}
	return undefined;
}

/** The first phone number in a text: an international one, or, when asked for, any of 7 to 15 digits. */
export function findPhone(text: string, allowed: { local: boolean } = { local: false }) {
	const readable = withPlainDigits(text);
	for (const match of readable.matchAll(PHONE)) {
		const written = withoutLooseDigit(match[0], readable.slice(match.index + match[0].length));
		const isInternational = INTERNATIONAL.test(written);
		if (!isInternational && (!allowed.local || DATE.test(written))) continue;
		const value = normalizePhone(isInternational ? written : written.replace('+', ''));
		const start = match.index;
		if (value) return { value, start, end: start + written.length } satisfies Found;
	}
	return undefined;
}

/** The same text, as long as before, with the digits of other scripts as 0 to 9. */
export function withPlainDigits(text: string): string {
	return text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19\uff0b]/g, (sign) => {
		const code = sign.charCodeAt(0);
		const zero = ZEROS.find((start) => code >= start && code < start + 10);
		return zero === undefined ? '+' : String(code - zero);
	});
}

/** "+49 170 1234567 2 weeks from now": the 2 belongs to the weeks. */
function withoutLooseDigit(written: string, after: string): string {
	const shorter = written.replace(/[ \t\u00a0]\d$/, '');
	const isLoose = /^[ \t\u00a0]\p{L}/u.test(after) && shorter.replace(/\D/g, '').length >= 7;
	return isLoose ? shorter : written;
}

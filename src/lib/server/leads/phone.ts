import {
	getCountryCallingCode,
	parsePhoneNumberFromString,
	type CountryCode,
	type PhoneNumber,
} from 'libphonenumber-js/max';
import { normalizeText } from '../core/text.ts';
import { BARE_HOURS, getDigits, HOURS, isMeantAsPhone, ORDINAL, TIME } from './phone-context.ts';
import { findExtension } from './phone-extension.ts';

/** A normalized value, and its range in the text it was found in. */
export interface FoundValue {
	value: string;
	start: number;
	end: number;
}

interface PhoneOptions {
	/** The country whose national numbers are recognized. */
	country?: CountryCode;
	/** Whether 7 to 15 digits without a known country count as a phone number, as in the answer to a question for one. */
	acceptsLocal?: boolean;
}

// Repetitions are bounded, so that no text makes these patterns slow.
const RUN = /\(?\+?[ (]{0,2}\d(?:[ \t().\-/]{0,4}\d){5,40}/g;
/** Digits that aren't a phone number: links, bank accounts, dates, times and IP addresses. */
const NON_PHONE_DIGITS = [
	/\b(?:https?:\/\/|www\.)[^\s<>]{1,2000}/gi,
	/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g,
	/(?<![\d./-])(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}|(?:19|20)\d{2}[./-](?:0?[1-9]|1[0-2])[./-]\d{1,2})(?![\d/-])/g,
	/(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)/g,
	/(?<![\d.+])(?:25[0-5]|2[0-4]\d|1?\d{1,2})(?:\.(?:25[0-5]|2[0-4]\d|1?\d{1,2})){3}(?![\d.])/g,
];
const DATE =
	/^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}\.\d{1,2}\.?(?:\d{2,4})? *- *\d{1,2}\.\d{1,2}.*)$/;
const UNIT = /^ ?(?:[€$£¥%]|(?:eur|usd|gbp|chf|kr|zł|m²|sqm|qm|sqft|kg|km)\b)/iu;
/** Scripts without spaces, in which a number may directly follow a word. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}]/u;

/** Returns the first phone number in a text: an international one, one of the given country, or with `acceptsLocal` any. */
export function findPhone(text: string, options: PhoneOptions = {}): FoundValue | undefined {
	if (!canHavePhone(text)) return undefined;
	const normalized = normalizeText(text);
	const digitized = replaceLetters(normalized.text);
	const masked = NON_PHONE_DIGITS.reduce(
		(rest, pattern) => rest.replace(pattern, (match) => '\n'.repeat(match.length)),
		digitized,
	);
	for (const { written, start } of listRuns(masked)) {
		const number = parseRun(written, masked.slice(0, start), masked, start, options);
		if (!number) continue;
		const end = start + number.length;
		const found = findExtension(masked.slice(end));
		return {
			value: appendExtension(number.value, number.extension ?? found?.extension),
			...normalized.toOriginalRange(start, end + (found?.length ?? 0)),
		};
	}
	return undefined;
}

/** Returns whether a text may contain a phone number. A cheap first check, without false negatives. */
export const canHavePhone = (text: string) =>
	/(?:\p{Nd}\P{Nd}{0,5}){6}/u.test(text) || text.search(VANITY_NUMBER) >= 0;

/**
 * Returns the phone number in a value: in E.164 when it is international or its country is known, else its digits, followed
 * by `;ext=` and the extension if it has one. Drops other text. Returns null when there is no number.
 */
export function normalizePhone(text: string, country?: CountryCode): string | null {
	const plainText = replaceLetters(normalizeText(text).text).trim();
	for (const { written, start } of listRuns(plainText)) {
		const after = plainText.slice(start + written.length);
		const shorter = removeTrailingDigits(written, after, country);
		const found = [shorter, written]
			.map((digits) => parseStart(digits, country))
			.find(({ number }) => number?.isPossible());
		const value = found?.number?.number ?? readDigits(written);
		if (!value) continue;
		const rest = plainText.slice(start + (found?.length ?? written.length));
		return appendExtension(value, found?.extension ?? findExtension(rest)?.extension);
	}
	return null;
}

/** Formats a stored number for display; one without a country stays as it is. */
export function formatPhone(stored: string): string {
	const [main = '', extension] = stored.split(';ext=');
	const number = parsePhoneNumberFromString(main)?.formatInternational() ?? main;
	return extension ? `${number} ext. ${extension}` : number;
}

/** Returns the country of a stored international number. */
export const getPhoneCountry = (stored: string) =>
	parsePhoneNumberFromString(stored.replace(/;ext=.*$/, ''))?.country;

/** Returns whether one stored number is the national form of the other. */
export function isSameNumber(a: string, b: string): boolean {
	const isInternational = a.startsWith('+');
	if (isInternational === b.startsWith('+')) return false;
	const [international, national] = isInternational ? [a, b] : [b, a];
	const country = getPhoneCountry(international);
	return country !== undefined && normalizePhone(national, country) === international;
}

const TOLL_FREE = '8(?:00|88|77|66|55|44|33|22)';
const TOLL_FREE_PREFIX = String.raw`\+?1[ .-]?\(?${TOLL_FREE}\)?[ .-]?`;
/** "1-800-FLOWERS": a toll-free number in letters; only the first seven are dialed. */
const VANITY_NUMBER = new RegExp(
	String.raw`(?<![\d\p{L}])(${TOLL_FREE_PREFIX})((?:[a-z]-?){7})((?:[a-z]){0,3})(?!\p{L})`,
	'giu',
);
/** "(800) 555-ROOF": a toll-free number that ends in letters. */
const VANITY_ENDING = new RegExp(
	String.raw`(?<![\d\p{L}])((?:${TOLL_FREE_PREFIX}|\(${TOLL_FREE}\) ?|${TOLL_FREE}-(?=\d{3}-))\d{3}[ .-]?)([A-Z]{4})(?![\p{L}\d])`,
	'gu',
);
const CHAT_LINK =
	/(?:https?:\/\/)?(?:(?:www\.)?wa\.me\/|(?:api|web)\.whatsapp\.com\/send\/?\?phone=|whatsapp:\/\/send\/?\?phone=)(?:\+|%2b)?(?=[1-9]\d{6,14}(?!\d))/gi;
/** The telephone keys of the letters a to z. */
const KEYS = '22233344455566677778889999';

/** Replaces vanity letters and chat links with their digits, and hours with line breaks, keeping the text's length. */
function replaceLetters(text: string): string {
	const toDigit = (letter: string) => KEYS.charAt(letter.toLowerCase().charCodeAt(0) - 97);
	return (
		text
			.replace(
				VANITY_NUMBER,
				(_, code: string, letters: string, undialedLetters: string) =>
					code + letters.replace(/[a-z]/gi, toDigit) + ' '.repeat(undialedLetters.length),
			)
			.replace(
				VANITY_ENDING,
				(_, code: string, letters: string) => code + letters.replace(/[A-Z]/g, toDigit),
			)
			.replace(HOURS, (hours) => '\n'.repeat(hours.length))
			.replace(BARE_HOURS, (hours) => '\n'.repeat(hours.length))
			.replace(CHAT_LINK, (link) => '+'.padStart(link.length))
			.replace(/\[(\+?\d{1,4})\]/g, '($1)')
			.replace(/\+\+(?=\d)/g, ' +')
			// Japanese keyboards type a long vowel mark in place of a dash.
			.replace(/(?<=\d)ー(?=\d)/g, '-')
			// "+1 202_555_0143": after a plus, unusual separators are safe to accept.
			.replace(/\+[ (]?\d[\d ()./_~|*'’-]{6,40}/g, (number) =>
				number.replace(/[_~|*]|(?<=\d)['’](?=\d)/g, '-'),
			)
			// A Swiss number: "079 123'45'67".
			.replace(
				/(?<=\b0\d{2} ?\d{3})['’](?=\d{2}['’]\d{2}(?!\d))|(?<=\b0\d{2} ?\d{3}['’]\d{2})['’](?=\d{2}(?!\d))/g,
				'-',
			)
	);
}

const appendExtension = (value: string, extension = '') =>
	extension ? `${value};ext=${extension}` : value;

/** Yields the maximal runs of digits; two numbers next to each other are two runs. */
function* listRuns(text: string): Generator<{ written: string; start: number }> {
	for (const match of text.matchAll(RUN)) {
		let start = match.index;
		for (const written of splitRun(match[0])) {
			start = text.indexOf(written, start);
			yield { written, start };
			start += written.length;
		}
	}
}

function splitRun(run: string): string[] {
	const trimmed = run.replace(/^[ (]+(?=[+\d])/, '');
	const parts = trimmed.split(/ +[/-] +|\t+/);
	const isSplit = parts.length > 1 && parts.every((part) => getDigits(part).length >= 7);
	if (isSplit) return parts;
	// "12 0170 1234567": a house number, then a number with its leading zero.
	const [, other, number] = /^([1-9]\d{0,4}) +(0[1-9](?:\D{0,3}\d){7,})$/.exec(trimmed) ?? [];
	if (other && number) return [other, number];
	// "94107 415-555-2671": a postal code, then a number without a leading zero.
	const [, afterPostalCode] =
		/^(?:\d{5}|\d{5}-\d{4}|\d{6}) +(\(?[1-9](?:\D{0,3}\d){9,10})$/.exec(trimmed) ?? [];
	return [afterPostalCode ?? trimmed];
}

const toInternational = (written: string) =>
	written
		.replace(/^00[ \t-]?(?=\(?[1-9])/, '+')
		.replace(/^\+ ?\(?(\d{1,3})\)/, '+$1')
		// Mexico dropped this digit of mobile numbers in 2019, but people and WhatsApp still write it.
		.replace(/^\+52[ .-]?1(?=(?:\D{0,3}\d){10}$)/, '+52')
		// "+44 (0)20 …": the zero is only dialed within the country.
		.replace(/^(\+[ \d-]{1,5})\(0\)/, (all, code: string) =>
			// Italian numbers keep the zero.
			code.replace(/\D/g, '') === '39' ? `${code}0` : code,
		);

function parseNumber(written: string, country?: CountryCode): PhoneNumber | undefined {
	const number = toInternational(written);
	if (!number.startsWith('+') && !country) return undefined;
	const parsed = parsePhoneNumberFromString(number, { defaultCountry: country, extract: false });
	if (number.startsWith('+') || !country) return parsed;
	// "49 170 …" may be a country code without its plus, if no national number looks like this.
	if (parsed?.isValid() && !lacksPrefix(number, parsed)) return parsed;
	const code = getCountryCallingCode(country);
	const full = getDigits(number).startsWith(code) ? `+${getDigits(number)}` : '';
	const international = parsePhoneNumberFromString(full);
	return international?.isValid() ? international : parsed;
}

/** Returns whether a number lacks the leading zero that calls within its country require. */
const lacksPrefix = (written: string, number: PhoneNumber) =>
	getDigits(number.formatNational()) === `0${number.nationalNumber}` &&
	!getDigits(written).startsWith('0');

/**
 * Parses the number that a run of digits is or begins with; an extension ("…-801"), other digits ("… 24/7") or another
 * number may follow it.
 */
function parseStart(written: string, country?: CountryCode) {
	const number = parseNumber(written, country);
	const wholeRun = { number, length: written.length, extension: undefined };
	if (number?.isValid()) return wholeRun;
	const [, main, extension] = /^(.*\d)-(\d{1,5})$/.exec(written) ?? [];
	const mainNumber = main === undefined ? undefined : parseNumber(main, country);
	if (mainNumber?.isValid()) return { number: mainNumber, length: written.length, extension };
	// Numbers have at most 15 digits, and few are written in many groups.
	const beginnings = [...written.matchAll(/[ \t/]+/g)]
		.map(({ index }) => written.slice(0, index))
		.filter((beginning) => /^\+?(?:\D{0,4}\d){7,16}$/.test(beginning));
	for (const beginning of beginnings.reverse().slice(0, 8)) {
		const first = parseNumber(beginning, country);
		if (first?.isValid()) return { number: first, length: beginning.length, extension: undefined };
	}
	return wholeRun;
}

/** Returns a phone number at the start of a run, and its length; undefined for other kinds of numbers. */
function parseRun(
	run: string,
	before: string,
	text: string,
	start: number,
	{ country, acceptsLocal }: PhoneOptions,
): { value: string; length: number; extension?: string } | undefined {
	const isInternational = /^\+ ?\(?[1-9]/.test(toInternational(run));
	const previous = before.at(-1) ?? '';
	if (/[\p{L}\p{N}+]/u.test(previous) && !UNSPACED.test(previous)) return undefined;
	const shorter = removeTrailingDigits(run, text.slice(start + run.length), country);
	for (const written of [shorter, run]) {
		const { number, length, extension } = parseStart(written, country);
		const after = text.slice(start + length);
		if (isInternational) {
			if (number?.isPossible()) return { value: number.number, length, extension };
			continue;
		}
		if (DATE.test(written) || UNIT.test(after)) return undefined;
		const numberText = written.slice(0, length - (extension ? extension.length + 1 : 0));
		if (number && isMeantAsPhone(numberText, number, before.slice(-40), text, country)) {
			return { value: number.number, length, extension };
		}
		const digits = acceptsLocal ? readDigits(written.replace('+', '')) : null;
		if (digits && digits.length >= 7) return { value: digits, length };
	}
	return undefined;
}

/**
 * Removes trailing digits that belong to the words after the number: "+49 170 1234567 2 weeks from now", "… 10:30". Keeps the
 * last digits of the number itself: "0170 123 45 67 mobile".
 */
function removeTrailingDigits(written: string, after: string, country?: CountryCode): string {
	const shorter = written.replace(/ +\d{1,2}$/, '');
	const isFollowedByText = /^(?: ?\p{L}|:\d|\n)/u.test(after) || ORDINAL.test(after);
	if (!isFollowedByText || getDigits(shorter).length < 7) return written;
	if (shorter === written) return written;
	if (!parseNumber(written, country)?.isValid()) return shorter;
	if (!parseNumber(shorter, country)?.isValid()) return written;
	if (/\D\d$/.test(written)) return shorter;
	if (parseNumber(written)?.isValid()) return written;
	const isInGroups = /\D\d{2,3} +\d{2}$/.test(written) && getDigits(shorter).length <= 10;
	return isInGroups && !TIME.test(after) ? written : shorter;
}

/** Returns 6 to 15 digits, with the plus if there is one; null for anything else. */
function readDigits(written: string): string | null {
	if (DATE.test(written)) return null;
	const digits = toInternational(written).replace(/[^\d+]/g, '');
	if (/^\+?\d{6,15}$/.test(digits)) return digits;
	// If there are two numbers of unknown countries, returns the first one if its end can be determined.
	const [first = ''] =
		/^\d[\d().-]{2,}(?:[ /][\d().-]+)*?(?=[ /])(?<=(?:\d[ /().-]*){9})/.exec(written) ?? [];
	const firstDigits = getDigits(first);
	return /^\d{9,13}$/.test(firstDigits) ? firstDigits : null;
}

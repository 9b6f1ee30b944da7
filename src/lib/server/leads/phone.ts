import {
	getCountryCallingCode,
	parsePhoneNumberFromString,
	type CountryCode,
	type PhoneNumber,
} from 'libphonenumber-js/max';
import { toLegible } from './legible.ts';

/** A value in a text and where it stands there. */
export interface Found {
	value: string;
	start: number;
	end: number;
}

interface PhoneOptions {
	/** The country whose national numbers are understood. */
	country?: CountryCode;
	/** A number of no known country counts, too: it was asked for. */
	local?: boolean;
}

// Every repetition is bounded, so that no text makes these slow.
const RUN = /\(?\+?[ (]{0,2}\d(?:[ \t().\-/]{0,4}\d){5,40}/g;
const EXTENSION_WORDS =
	'extensi[oó]n|extn?|x|×|#|durchwahl|nebenstelle|dw|anexo|interno?|int|poste|ramal|toestel|wew|wewn|ankn|klapka|linka|dahili|добавочный|доб|внутр|вн|내선|内线|內線|内線|分机|分機|转|轉|تحويلة|שלוחה|m[aá]y l[eẻ]';
const EXTENSION = new RegExp(
	String.raw`^\)?(?:;ext=|[ ,;.-]{0,3}\(?(?:${EXTENSION_WORDS})[.:# -]{0,3}|[,;]{1,3}|[pw])(\d{1,7})(?!\d)#?`,
	'iu',
);
/** Digits that mean something else: links, bank accounts, dates, times and network addresses. */
const OTHER_DIGITS = [
	/\b(?:https?:\/\/|www\.)[^\s<>]{1,2000}/gi,
	/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g,
	/(?<![\d./-])(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}|(?:19|20)\d{2}[./-](?:0?[1-9]|1[0-2])[./-]\d{1,2})(?![\d/-])/g,
	/(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)/g,
	/(?<![\d.+])(?:25[0-5]|2[0-4]\d|1?\d{1,2})(?:\.(?:25[0-5]|2[0-4]\d|1?\d{1,2})){3}(?![\d.])/g,
];
const DATE =
	/^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}\.\d{1,2}\.?(?:\d{2,4})? *- *\d{1,2}\.\d{1,2}.*)$/;
const PHONE_WORD =
	/(?:\b(?:my|our|mein|meine|unsere|mi|mon|notre|mio|meu|mijn) (?:number|nummer|númer|num[eé]r)|phone|fon|mobil|cell|\btel|call|ring|ll[aá]m|whats ?app|sms|handy|númer|celular|móvil|appel|portable|chiama|cellulare|reach me|电话|電話|手机|手機|携帯|тел|هاتف|جوال)\P{L}{0,3}(?:[\p{L}']{1,8}\P{L}{1,3}){0,3}$/iu;
const OTHER_WORD =
	/(?:order|invoice|rechnung|bestell|auftrag|kunden|ticket|case|tracking|pedido|factura|commande|facture|customer|account|konto|reference|\bref|\bid|\bno|\bnr|n°|№|#|isbn|ean|vin|zip|plz|price|preis|budget|[$€£¥])\p{L}{0,12}\P{L}{0,3}(?:is|ist|number|nummer|nr|no)?\P{L}{0,3}$/iu;
const MEASURE = /^ ?(?:[€$£¥%]|(?:eur|usd|gbp|chf|kr|zł|m²|sqm|qm|sqft|kg|km)\b)/iu;
/** CJK is written without spaces: a number may follow a word at once. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}]/u;

/** The first phone number in a text: an international one, one of the country, or, when asked for, any of 7 to 15 digits. */
export function findPhone(text: string, options: PhoneOptions = {}): Found | undefined {
	if (!mayHavePhone(text)) return undefined;
	const legible = toLegible(text);
	const spelled = withDigits(legible.text);
	const masked = OTHER_DIGITS.reduce(
		(rest, pattern) => rest.replace(pattern, (match) => '\n'.repeat(match.length)),
		spelled,
	);
	for (const { written, start } of runsOf(masked)) {
		const number = readNumber(written, masked.slice(0, start), masked, start, options);
		if (!number) continue;
		const end = start + number.length;
		const extension = EXTENSION.exec(masked.slice(end, end + 40));
		return {
			value: withExtension(number.value, number.extension ?? extension?.[1]),
			...legible.placeOf(start, end + (extension?.[0].length ?? 0)),
		};
	}
	return undefined;
}

/** Whether a look at the text can find a number at all. */
export const mayHavePhone = (text: string) =>
	/(?:\p{Nd}\P{Nd}{0,5}){6}/u.test(text) || text.search(VANITY) >= 0;

/**
 * A phone number as E.164 when it is international or its country is known, else as its digits; with `;ext=` where it has
 * an extension. Null when there is none. Whatever stands beside the number is dropped.
 */
export function normalizePhone(text: string, country?: CountryCode): string | null {
	const plain = withDigits(toLegible(text).text).trim();
	for (const { written, start } of runsOf(plain)) {
		const { number, length, extension } = parseBeginning(written, country);
		const value = number?.isPossible() ? number.number : digitsOf(written);
		if (!value) continue;
		const after = plain.slice(start + length);
		return withExtension(value, extension ?? EXTENSION.exec(after)?.[1]);
	}
	return null;
}

/** A stored number as people read it; one without its country stays as it is. */
export function displayPhone(stored: string): string {
	const [main = '', extension] = stored.split(';ext=');
	const number = parsePhoneNumberFromString(main)?.formatInternational() ?? main;
	return extension ? `${number} ext. ${extension}` : number;
}

/** "1-800-FLOWERS": seven letters of a toll-free number, the rest is not dialed. */
const VANITY =
	/(?<![\d\p{L}])(\+?1[ .-]?\(?8(?:00|88|77|66|55|44|33|22)\)?[ .-]?)((?:[a-z]-?){7})((?:[a-z]){0,3})(?!\p{L})/giu;
const CHAT_LINK =
	/(?:https?:\/\/)?(?:(?:www\.)?wa\.me\/|(?:api|web)\.whatsapp\.com\/send\/?\?phone=)(?:\+|%2b)?(?=[1-9]\d{6,14}(?!\d))/gi;
const KEYS = '22233344455566677778889999';

/** The digits that letters and links stand for, in a text of the same length. */
function withDigits(text: string): string {
	const keyOf = (letter: string) => KEYS.charAt(letter.toLowerCase().charCodeAt(0) - 97);
	return (
		text
			.replace(
				VANITY,
				(_, code: string, letters: string, more: string) =>
					code + letters.replace(/[a-z]/gi, keyOf) + ' '.repeat(more.length),
			)
			.replace(CHAT_LINK, (link) => '+'.padStart(link.length))
			.replace(/\[(\+?\d{1,4})\]/g, '($1)')
			.replace(/\+\+(?=\d)/g, ' +')
			// "+1 202_555_0143": behind a plus nothing else can be meant.
			.replace(/\+[ (]?\d[\d ()./_~|*-]{6,40}/g, (number) => number.replace(/[_~|*]/g, '-'))
	);
}

const withExtension = (value: string, extension = '') =>
	extension ? `${value};ext=${extension}` : value;

/** Maximal runs of digits; two numbers beside each other are two. */
function* runsOf(text: string): Generator<{ written: string; start: number }> {
	for (const match of text.matchAll(RUN)) {
		let start = match.index;
		for (const written of partsOf(match[0])) {
			start = text.indexOf(written, start);
			yield { written, start };
			start += written.length;
		}
	}
}

function partsOf(run: string): string[] {
	const trimmed = run.replace(/^[ (]+(?=[+\d])/, '');
	const parts = trimmed.split(/ +[/-] +|\t+/);
	const isSplit = parts.length > 1 && parts.every((part) => digitsIn(part).length >= 7);
	return isSplit ? parts : [trimmed];
}

const international = (written: string) =>
	written
		.replace(/^00[ \t-]?(?=\(?[1-9])/, '+')
		.replace(/^\+ ?\(?(\d{1,3})\)/, '+$1')
		// Mexico's mobile numbers lost this digit in 2019; people and WhatsApp still write it.
		.replace(/^\+52[ .-]?1(?=(?:\D{0,3}\d){10}$)/, '+52')
		// "+44 (0)20 …": the zero is for calls from inside the country.
		.replace(/^(\+[ \d-]{1,5})\(0\)/, (all, code: string) =>
			// Italian numbers keep it.
			code.replace(/\D/g, '') === '39' ? `${code}0` : code,
		);

function parse(written: string, country?: CountryCode): PhoneNumber | undefined {
	const number = international(written);
	if (!number.startsWith('+') && !country) return undefined;
	const read = parsePhoneNumberFromString(number, { defaultCountry: country, extract: false });
	if (number.startsWith('+') || !country) return read;
	// "49 170 …": the country's code without its plus, where no number of the country is written like this.
	if (read?.isValid() && !lacksPrefix(number, read)) return read;
	const code = getCountryCallingCode(country);
	const full = digitsIn(number).startsWith(code) ? `+${digitsIn(number)}` : '';
	const other = parsePhoneNumberFromString(full);
	return other?.isValid() ? other : read;
}

/** Whether digits lack the zero with which calls inside of their country begin. */
const lacksPrefix = (written: string, number: PhoneNumber) =>
	digitsIn(number.formatNational()) === `0${number.nationalNumber}` &&
	!digitsIn(written).startsWith('0');

/**
 * The number that a run of digits is, or begins with: another number or other digits may stand behind it ("… 24/7"), or
 * an extension ("…-801").
 */
function parseBeginning(written: string, country?: CountryCode) {
	const number = parse(written, country);
	const whole = { number, length: written.length, extension: undefined };
	if (number?.isValid()) return whole;
	const [, main, extension] = /^(.*\d)-(\d{1,5})$/.exec(written) ?? [];
	const mainNumber = main === undefined ? undefined : parse(main, country);
	if (mainNumber?.isValid()) return { number: mainNumber, length: written.length, extension };
	// No number has more than 15 digits, and few are written in many groups.
	const beginnings = [...written.matchAll(/[ \t/]+/g)]
		.map(({ index }) => written.slice(0, index))
		.filter((beginning) => /^\+?(?:\D{0,4}\d){7,16}$/.test(beginning));
	for (const beginning of beginnings.reverse().slice(0, 8)) {
		const first = parse(beginning, country);
		if (first?.isValid()) return { number: first, length: beginning.length, extension: undefined };
	}
	return whole;
}

/** A number in a sentence, with as much of the run as belongs to it; nothing for numbers of another kind. */
function readNumber(
	run: string,
	before: string,
	text: string,
	start: number,
	{ country, local }: PhoneOptions,
): { value: string; length: number; extension?: string } | undefined {
	const isInternational = /^\+ ?\(?[1-9]/.test(international(run));
	const previous = before.at(-1) ?? '';
	if (/[\p{L}\p{N}+]/u.test(previous) && !UNSPACED.test(previous)) return undefined;
	for (const written of [withoutLooseDigits(run, text.slice(start + run.length)), run]) {
		const { number, length, extension } = parseBeginning(written, country);
		const after = text.slice(start + length);
		if (isInternational) {
			if (number?.isPossible()) return { value: number.number, length, extension };
			continue;
		}
		if (DATE.test(written) || MEASURE.test(after)) return undefined;
		const own = written.slice(0, length - (extension ? extension.length + 1 : 0));
		if (number?.isValid() && isMeantAsPhone(own, number, before.slice(-40), text, country)) {
			return { value: number.number, length, extension };
		}
		const digits = local ? digitsOf(written.replace('+', '')) : null;
		if (digits && digits.length >= 7) return { value: digits, length };
	}
	return undefined;
}

/**
 * Whether valid digits of a country are meant as a phone number: by a word before them, by the prefix of national calls,
 * by the way they are grouped, or as all that was written.
 */
function isMeantAsPhone(
	written: string,
	number: PhoneNumber,
	before: string,
	text: string,
	country?: CountryCode,
) {
	if (PHONE_WORD.test(before)) return true;
	if (OTHER_WORD.test(before)) return false;
	// Dialed as from this country to another one.
	if (country && number.countryCallingCode !== getCountryCallingCode(country)) return true;
	const dialed = number.formatNational();
	const hasPrefix = digitsIn(dialed) !== number.nationalNumber;
	const isWhole = digitsIn(written) === number.number.slice(1);
	const groups = written.split(/\D+/).filter(Boolean);
	const isAlone = text.trim() === written;
	if (hasPrefix && !isWhole) {
		return digitsIn(written) === digitsIn(dialed) || (isAlone && groups.length > 2);
	}
	return groups.length > 2 || isAlone;
}

const digitsIn = (text: string) => text.replace(/\D/g, '');

/** "+49 170 1234567 2 weeks from now", "… 10:30": the last digits belong to what follows. */
function withoutLooseDigits(written: string, after: string): string {
	const shorter = written.replace(/ +\d{1,2}$/, '');
	const isLoose = /^(?: ?\p{L}|:\d|\n)/u.test(after) && digitsIn(shorter).length >= 7;
	if (!isLoose || shorter === written) return written;
	const isOne = /[^\d]\d$/.test(written);
	return isOne || !parse(written)?.isValid() ? shorter : written;
}

/** 6 to 15 digits, with the plus where it is written. */
function digitsOf(written: string): string | null {
	if (DATE.test(written)) return null;
	const digits = international(written).replace(/[^\d+]/g, '');
	if (/^\+?\d{6,15}$/.test(digits)) return digits;
	// Two numbers of an unknown country: the first as far as one can be told from the other.
	const [first = ''] =
		/^\d[\d().-]{2,}(?:[ /][\d().-]+)*?(?=[ /])(?<=(?:\d[ /().-]*){9})/.exec(written) ?? [];
	const fewer = digitsIn(first);
	return /^\d{9,13}$/.test(fewer) ? fewer : null;
}

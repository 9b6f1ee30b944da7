import { getCountryCallingCode, type CountryCode, type PhoneNumber } from 'libphonenumber-js/max';

const HOUR = String.raw`(?:[01]?\d|2[0-4])`;
const MINUTES = '[:.][0-5]\\d';
const HOUR_UNIT = String.raw` ?(?:h|hrs?|uhr|uur|am|pm|o'clock)(?!\p{L})`;
/** Hours after a number: "9-17 Uhr", "10:00-12:30", "(8 - 18h)". */
export const HOURS = new RegExp(
	String.raw`(?<=\d{3}[ ,;(]{1,3})${HOUR}(?:${MINUTES})? {0,2}(?:-|to|bis|à|a|til) {0,2}${HOUR}(?:${MINUTES}(?!\d)|(?:${MINUTES})?${HOUR_UNIT})`,
	'giu',
);
/** Hours of the day without a unit: "9-17". Ten digits before them are a whole number. */
export const BARE_HOURS =
	/(?<=(?:\d[ ()/.-]{0,2}){9}\d[ ,;]{1,3}\(?)(?:[6-9]|1[0-4]) {0,1}[-–] {0,1}(?:1\d|2[0-4])(?![ ]?[\d./-]|\p{L})/gu;
/** The rest of an ordinal, of a floor or a date: "1. Stock", "3. März". */
export const ORDINAL =
	/^\. ?(?:(?:unter|ober|dach)?geschoss|stock|etage|[oud]g|stiege|t[uü]r|jan|feb|m[aä]r|apr|mai|jun|jul|aug|sep|okt|nov|dez)/iu;
/** The rest of a time after its hour. */
export const TIME = new RegExp(`^(?::|${HOUR_UNIT})`, 'iu');

const PHONE_WORD =
	/(?:\b(?:my|our|mein|meine|unsere|mi|mon|notre|mio|meu|mijn) (?:number|nummer|númer|num[eé]r|num\b|no\b|nr\b)|phone|fon|mobil|\b(?:mob|hp|ph|cel|zap|wa)\b|kontakt|contact|sđt|cell|\btel|call|ring|ll[aá]m|whats ?app|sms|handy|númer|celular|móvil|appel|portable|chiama|cellulare|reach me|电话|電話|手机|手機|携帯|тел|هاتف|جوال|رقمي|नंबर|फ़ोन|मोबाइल|নম্বর|เบอร์|โทร|전화|번호|số điện thoại|telepon|nomor)\P{L}{0,3}(?:[\p{L}']{1,8}\P{L}{1,3}){0,3}$/iu;
const NON_PHONE_WORD =
	/(?:order|invoice|rechnung|bestell|auftrag|kunden|ticket|case|tracking|pedido|factura|commande|facture|customer|account|konto|reference|\bref|\bid|\bno|\bnr|n°|№|#|serial|policy|claim|contract|vertrag|member|mitglied|licen[cs]e|isbn|ean|vin|zip|plz|price|preis|budget|[$€£¥])\p{L}{0,12}\P{L}{0,3}(?:is|ist|number|nummer|nr|no)?\P{L}{0,3}$/iu;

/**
 * Returns whether digits that form a national number are meant as a phone number, judged by the word before them, the trunk
 * prefix, the grouping, and whether they are the whole text.
 */
export function isMeantAsPhone(
	written: string,
	number: PhoneNumber,
	before: string,
	text: string,
	country?: CountryCode,
) {
	const isAlone = text.length < 100 && !/[\p{L}\p{N}]/u.test(text.replace(written, ''));
	const isAnnounced = PHONE_WORD.test(before);
	if (!number.isValid()) return (isAlone || isAnnounced) && isUnassigned(written, number);
	if (isAnnounced) return true;
	if (NON_PHONE_WORD.test(before)) return false;
	// Dialed with the country's exit code, so the number is international.
	if (country && number.countryCallingCode !== getCountryCallingCode(country)) return true;
	const dialed = getDigits(number.formatNational());
	const hasPrefix = dialed !== number.nationalNumber;
	const hasCountryCode = getDigits(written) === number.number.slice(1);
	const groups = written.split(/\D+/).filter(Boolean);
	// In countries where the prefix is optional, people leave it out, and write the number in one piece.
	const isLong = number.nationalNumber.length >= 10 && isPrefixOptional(number);
	if (hasPrefix && !hasCountryCode) {
		// Indian mobile numbers are usually written as two groups, without the zero.
		const isGrouped = groups.length > 2 || (groups.length > 1 && number.getType() === 'MOBILE');
		return (
			getDigits(written) === dialed ||
			(isAlone && (isGrouped || isPrefixOptional(number))) ||
			(isLong && groups.length === 1)
		);
	}
	return groups.length > 2 || isAlone || isLong;
}

/** Returns whether a number has the form of a phone number although its range isn't in use, as in examples: "(555) 123-4567". */
const isUnassigned = (written: string, number: PhoneNumber) =>
	number.isPossible() &&
	number.nationalNumber.length >= 9 &&
	(number.countryCallingCode === '1' || getDigits(written) === `0${number.nationalNumber}`);

const isPrefixOptional = (number: PhoneNumber) =>
	getDigits(number.format('NATIONAL', { nationalPrefix: false })) === number.nationalNumber;

export const getDigits = (text: string) => text.replace(/\D/g, '');

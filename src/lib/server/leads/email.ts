import { domainToASCII } from 'node:url';
import { ELIDED_ARTICLE } from '#lib/markdown/link.ts';
import { normalizeText } from '../core/text.ts';
import type { FoundValue } from './phone.ts';

// Repetitions are bounded, so that no text makes these patterns slow.
const PROVIDERS =
	'gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|aol|gmx|web|proton|protonmail|yandex|qq|naver';
/** "maya@gmail. com": phone keyboards add a space after what looks like the end of a sentence. */
const SPACED_DOT = String.raw`(?<=@ ?(?:${PROVIDERS}))(?: \. ?|\. )(?=(?:com|net|co|de|fr|es|it|pt|ru)(?![\p{L}\p{N}]))`;
const CANDIDATE = new RegExp(
	String.raw`[\p{L}\p{M}\p{N}.!#$%&'’*+/=?^_\x60{|}~-]{1,128}(?: ?@ ?|%40|[ ]?(?:\(at\)|\[at\]|\{at\})[ ]?)(?:${SPACED_DOT}|[\p{L}\p{M}\p{N}.-]|[ ]?(?:\(dot\)|\[dot\]|\{dot\}|\(punkt\))[ ]?){1,253}`,
	'giu',
);
const AT = / ?@ ?|%40| ?(?:\(at\)|\[at\]|\{at\}) ?/i;
const DOT = / ?(?:\(dot\)|\[dot\]|\{dot\}|\(punkt\)|\.) ?/gi;
const LOCAL = /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}$/u;
/** Characters before an address that belong to a quotation, a link or an assignment, such as `email=`. */
const BEFORE_LOCAL = /^(?:.*[=?/|`^*{}~])?['".!#$%&-]*/u;
/** "почтаmaya@…": a word in another alphabet directly before a Latin address. */
const BEFORE_LATIN = /^(?:(?!\p{scx=Latin})\p{L}){3,}(?=[a-z])/iu;
const ARTICLE = new RegExp(`^${ELIDED_ARTICLE}`, 'i');
/** Scripts without spaces between words, in which an address may touch its neighbors. */
const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}`;
const ENDS_UNSPACED = new RegExp(`[${UNSPACED}]$`, 'u');

/** Returns the email address in a value, in lower case and with an ASCII domain; null when there is none. */
export function normalizeEmail(text: string): string | null {
	const trimmed = normalizeText(text)
		.text.trim()
		.replace(/^mailto:/i, '')
		.replace(/\?.*$/s, '')
		.replace(/^([^\s@]+) ?@ ?([^\s@]+)$/, '$1@$2')
		.replace(WIDE_DOT, '.')
		.replace(/%40|&#64;|&commat;/i, '@')
		.replace(/(?<=\p{L})’(?=\p{L}[^@]*@)/u, "'");
	const [, local = '', domain = ''] = WHOLE_CANDIDATE.exec(trimmed) ?? [];
	for (const candidate of listCandidateDomains(domain)) {
		const address = toAddress(`${local}@${candidate}`);
		if (address) return address;
	}
	return findEmail(trimmed)?.value ?? null;
}

/** Matches the ideographic full stop, which Chinese and Japanese keyboards type instead of a dot. */
const WIDE_DOT = /(?<=@[\w-]{1,63})[。｡](?=[a-z]{2})/giu;
const WHOLE_CANDIDATE = /^([^\s@<>()[\]"“”„«»,;:]+)@([\p{L}\p{M}\p{N}.-]+)$/u;

/** Matches every text that may contain an address. A cheap first check. */
export const EMAIL_HINT = /@|＠|%40|[([{]at[)\]}]/i;
/** "me @ example.com" means a place, unless a word such as "email" precedes it or it is the whole text. */
const MAIL_WORD =
	/(?:mail|correo|courriel|почт|邮|郵|メール|contact|write|reach|address|adresse)[^\n]{0,30}$/i;

/** Returns the first email address in a text of any script. */
export function findEmail(text: string): FoundValue | undefined {
	if (!EMAIL_HINT.test(text)) return undefined;
	const normalized = normalizeText(text);
	const plainText = normalized.text.replace(WIDE_DOT, '.');
	for (const match of plainText.matchAll(CANDIDATE)) {
		// "https://user:secret@host" contains credentials, not an address.
		const before = plainText.slice(0, match.index);
		if (/\b[a-z]{2,10}:\/\/[^\s/]{0,200}$/i.test(before)) continue;
		const isAlone = plainText.trim() === match[0].trim() && !HANDLE.test(match[0]);
		const isUnambiguous = isAlone || isMailbox(match[0]) || MAIL_WORD.test(before);
		if (/ @/.test(match[0]) && !isUnambiguous) continue;
		const address = parseCandidate(match[0]);
		if (!address) continue;
		const start = match.index + address.from;
		return { value: address.value, ...normalized.toOriginalRange(start, start + address.length) };
	}
	return undefined;
}

const PROVIDER = new RegExp(` @ ?(?:${PROVIDERS})\\.[a-z]`, 'i');
/** "follow @maya.hartmann": a handle on a social network. */
const HANDLE =
	/^(?:follow|insta(?:gram)?|ig|tik ?tok|twitter|telegram|tg|snap(?:chat)?|youtube|threads|facebook|fb|x|dm|see|check|user) @\S/i;

/** "maya.h @ …", "maya7 @ …", "maya @gmail.com": looks like a mailbox, not like a word of a sentence. */
const isMailbox = (candidate: string) =>
	/^[a-z]+[._\d-]+[a-z\d]* @/i.test(candidate) || PROVIDER.test(candidate);

/** Returns the address within a candidate, without words that touch it. */
function parseCandidate(candidate: string) {
	const at = AT.exec(candidate);
	if (!at) return undefined;
	const written = candidate.slice(0, at.index).replaceAll('’', "'");
	const local = trimLocalPart(written);
	const from = written.length - local.length;
	for (const domain of listCandidateDomains(candidate.slice(at.index + at[0].length))) {
		const value = toAddress(`${local}@${domain.replace(DOT, '.')}`);
		const length = local.length + at[0].length + domain.length;
		if (value) return { value, from, length };
	}
	return undefined;
}

/** Returns the part before the @, in one script: "maya" of "写信到maya@…". */
function trimLocalPart(written: string): string {
	const local = written.replace(BEFORE_LOCAL, '').replace(BEFORE_LATIN, '').replace(ARTICLE, '');
	if (ENDS_UNSPACED.test(local)) return local;
	return local.replace(new RegExp(`^.*[${UNSPACED}]`, 'u'), '').replace(/^[.'-]+/, '');
}

/** Yields possible domains, the likeliest first: for "…@example.com谢谢" up to the change of script, then all of it. */
function* listCandidateDomains(written: string): Generator<string> {
	const beforeUnspaced = new RegExp(`^([^${UNSPACED}]*[\\p{L}\\p{N}])[${UNSPACED}]`, 'u').exec(
		written,
	)?.[1];
	const beforeOtherScript = /^([\p{scx=Latin}\d.-]*\p{scx=Latin})(?!\p{scx=Latin})\p{L}/u.exec(
		written,
	)?.[1];
	// "…@example.com—thanks"
	const beforeDash = /^(.*\.[^.-]+)-[^.]*$/.exec(written)?.[1];
	// "…@example.com.Thanks"
	const beforeSentence = /^([^\p{Lu}]+\.[^\p{Lu}.]+)\.(?=\p{Lu}\p{Ll})/u.exec(written)?.[1];
	// "…@example.com0170": the next value follows without a space.
	const beforeDigits = /^(.*\.\p{L}{2,})\d+$/u.exec(written)?.[1];
	const domains = [beforeSentence, beforeOtherScript, beforeUnspaced, written];
	for (const domain of [...domains, beforeDash, beforeDigits]) {
		if (domain) yield domain.replace(/[.-]+$/, '');
	}
}

/** "logo@2x.png" */
const FILE = /\.(?:png|jpe?g|gif|webp|avif|heic|svg|pdf|docx?|xlsx?|csv|txt|html?|js|css)$/;

/** Returns the address, or null. Accepts more before the @ than the standard does, because some providers do, and is strict after it. */
function toAddress(text: string): string | null {
	const at = text.lastIndexOf('@');
	const local = text.slice(0, at).normalize('NFC').toLowerCase();
	const domain = domainToASCII(text.slice(at + 1)).toLowerCase();
	const labels = domain.split('.');
	const isDomain =
		labels.length > 1 &&
		labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/.test(label)) &&
		/^(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})$/.test(labels.at(-1) ?? '') &&
		!FILE.test(domain);
	const address = `${local}@${domain}`;
	const isAddress = at > 0 && isDomain && LOCAL.test(local) && !local.startsWith('.');
	return isAddress && address.length <= 254 ? address : null;
}

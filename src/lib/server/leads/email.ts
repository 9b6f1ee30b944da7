import { domainToASCII } from 'node:url';
import { toLegible } from './legible.ts';
import type { Found } from './phone.ts';

// Every run is bounded, so that no text makes these slow.
const CANDIDATE =
	/[\p{L}\p{M}\p{N}.!#$%&'’*+/=?^_`{|}~-]{1,128}(?:@|%40| @ |[ ]?(?:\(at\)|\[at\]|\{at\})[ ]?)(?:[\p{L}\p{M}\p{N}.-]|[ ]?(?:\(dot\)|\[dot\]|\{dot\}|\(punkt\))[ ]?){1,253}/giu;
const AT = / @ |@|%40| ?(?:\(at\)|\[at\]|\{at\}) ?/i;
const DOT = / ?(?:\(dot\)|\[dot\]|\{dot\}|\(punkt\)) ?/gi;
const LOCAL = /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}$/u;
/** What no address that people have begins with: quotes, and what a link or a setting puts before it. */
const BEFORE_LOCAL = /^(?:.*[=?/|`^*{}~])?['".!#$%&-]*/u;
/** "почтаmaya@…": a word of another alphabet that touches a Latin one. */
const BEFORE_LATIN = /^(?:(?!\p{scx=Latin})\p{L}){3,}(?=[a-z])/iu;
/** Scripts that are written without spaces, where an address may touch the words around it. */
const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}`;
const ENDS_UNSPACED = new RegExp(`[${UNSPACED}]$`, 'u');

/** An email address in lower case, its domain in ASCII; null when there is none in the text, or several. */
export function normalizeEmail(text: string): string | null {
	const bare = toLegible(text)
		.text.trim()
		.replace(/^mailto:/i, '')
		.replace(/\?.*$/s, '')
		.replace(/^([^\s@]+) ?@ ?([^\s@]+)$/, '$1@$2')
		.replace(/%40|&#64;|&commat;/i, '@')
		.replace(/(?<=\p{L})’(?=\p{L}[^@]*@)/u, "'");
	const [, local = '', domain = ''] = CANDIDATE_WHOLE.exec(bare) ?? [];
	for (const some of domainsOf(domain)) {
		const address = toAddress(`${local}@${some}`);
		if (address) return address;
	}
	return findEmail(bare)?.value ?? null;
}

const CANDIDATE_WHOLE = /^([^\s@<>()[\]"“”„«»,;:]+)@([\p{L}\p{M}\p{N}.-]+)$/u;

/** A look at the text that is never wrong when it finds none. */
export const MAY_HAVE_EMAIL = /@|＠|%40|[([{]at[)\]}]/i;
/** "me @ example.com" is a place, unless the words before it ask for mail or all of the text is the address. */
const MAIL_WORD =
	/(?:mail|correo|courriel|почт|邮|郵|メール|contact|write|reach|address|adresse)[^\n]{0,30}$/i;

/** The first email address in a text of any script. */
export function findEmail(text: string): Found | undefined {
	if (!MAY_HAVE_EMAIL.test(text)) return undefined;
	const legible = toLegible(text);
	for (const match of legible.text.matchAll(CANDIDATE)) {
		// "https://user:secret@host" has no address in it.
		const before = legible.text.slice(0, match.index);
		if (/\b[a-z]{2,10}:\/\/[^\s/]{0,200}$/i.test(before)) continue;
		const isAlone = legible.text.trim() === match[0].trim();
		if (/ @ /.test(match[0]) && !isAlone && !isMailbox(match[0]) && !MAIL_WORD.test(before)) {
			continue;
		}
		const found = readCandidate(match[0]);
		if (!found) continue;
		const start = match.index + found.from;
		return { value: found.value, ...legible.placeOf(start, start + found.length) };
	}
	return undefined;
}

/** "maya.h @ …", "maya7 @ …": no word of a sentence looks like this. */
const isMailbox = (candidate: string) => /^[a-z]+[._\d-]+[a-z\d]* @ /i.test(candidate);

/** The address in a candidate, as far as it is one; words that touch it are left out. */
function readCandidate(candidate: string) {
	const at = AT.exec(candidate);
	if (!at) return undefined;
	const written = candidate.slice(0, at.index).replaceAll('’', "'");
	const local = localOf(written);
	const from = written.length - local.length;
	for (const domain of domainsOf(candidate.slice(at.index + at[0].length))) {
		const value = toAddress(`${local}@${domain.replace(DOT, '.')}`);
		const length = local.length + at[0].length + domain.length;
		if (value) return { value, from, length };
	}
	return undefined;
}

/** "写信到maya@…": the part before the @ is in one script. */
function localOf(written: string): string {
	const local = written.replace(BEFORE_LOCAL, '').replace(BEFORE_LATIN, '');
	if (ENDS_UNSPACED.test(local)) return local;
	return local.replace(new RegExp(`^.*[${UNSPACED}]`, 'u'), '').replace(/^[.'-]+/, '');
}

/** "…@example.com谢谢": the domain up to a change of script comes first, then all of it. */
function* domainsOf(written: string): Generator<string> {
	const change = new RegExp(`^([^${UNSPACED}]*[\\p{L}\\p{N}])[${UNSPACED}]`, 'u').exec(
		written,
	)?.[1];
	const other = /^([\p{scx=Latin}\d.-]*\p{scx=Latin})(?!\p{scx=Latin})\p{L}/u.exec(written)?.[1];
	// "…@example.com—thanks"
	const beforeDash = /^(.*\.[^.-]+)-[^.]*$/.exec(written)?.[1];
	// "…@example.com.Thanks"
	const beforeSentence = /^([^\p{Lu}]+\.[^\p{Lu}.]+)\.(?=\p{Lu}\p{Ll})/u.exec(written)?.[1];
	for (const domain of [beforeSentence, other, change, written, beforeDash]) {
		if (domain) yield domain.replace(/[.-]+$/, '');
	}
}

/** Lenient before the @, where some providers allow dots that no standard does; strict after it. */
function toAddress(text: string): string | null {
	const at = text.lastIndexOf('@');
	const local = text.slice(0, at).normalize('NFC').toLowerCase();
	const domain = domainToASCII(text.slice(at + 1)).toLowerCase();
	const labels = domain.split('.');
	const isDomain =
		labels.length > 1 &&
		labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/.test(label)) &&
		/^(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})$/.test(labels.at(-1) ?? '');
	const address = `${local}@${domain}`;
	const isAddress = at > 0 && isDomain && LOCAL.test(local) && !local.startsWith('.');
	return isAddress && address.length <= 254 ? address : null;
}

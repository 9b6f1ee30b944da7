import { setImmediate } from 'node:timers/promises';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CaseContent, CaseCheck, CaseContext } from '#lib/contract/test-case.ts';
import { findEmail, findPhone } from '../../leads/detect.ts';
import { replaceInPattern } from './replace-in-pattern.ts';

/** A personal detail, and the invented one in its place. */
export interface Replacement {
	detail: string;
	by: string;
}

/** What is known about the visitor of a chat. */
export interface KnownVisitor {
	name?: string | null | undefined;
	company?: string | null | undefined;
	phone?: string | null | undefined;
	/** Of national phone numbers; by default that of the known phone number. */
	country?: CountryCode | undefined;
}

const NAME = ['Alex', 'Morgan'] as const;
const COMPANY = 'Example Company';
const STAND_IN_EMAIL = /^alex\d*@example\.com$/;
const STAND_IN_PHONE = /^\+1202555014\d$/;
const emailBy = (index: number) => `alex${index === 0 ? '' : index + 1}@example.com`;
/** Numbers from a range that is reserved for fiction. */
const phoneBy = (index: number) => `+1 202 555 014${index % 10}`;
/** Shorter parts of a name, such as "de", occur in other words. */
const MIN_NAME_LENGTH = 3;
/** Bounds the work on a text that is a list of addresses. */
const MAX_CONTACTS = 50;

/**
 * Replaces the personal details of one visitor by invented ones: email addresses and phone numbers wherever they occur, and
 * the known name and company. The same detail always gets the same replacement, and a text without details is unchanged.
 */
export class PersonalDetails {
	readonly #country: CountryCode | undefined;
	readonly #words: { pattern: RegExp; by: string }[];
	readonly #contacts = new Map<string, string>();
	readonly #replaced = new Map<string, string>();

	constructor({ name, company, phone, country }: KnownVisitor) {
		this.#country = country ?? parsePhoneNumberFromString(phone ?? '')?.country;
		this.#words = wordsOf(name, company);
	}

	/** What `replace` has replaced so far, as it was written. */
	get replacements(): Replacement[] {
		return [...this.#replaced].map(([detail, by]) => ({ detail, by }));
	}

	/** Returns the text without the visitor's personal details. */
	replace(text: string): string {
		const withoutEmails = this.#replaceContacts(text, findEmail, STAND_IN_EMAIL, emailBy);
		const find = (part: string) => findPhone(part, { country: this.#country });
		let result = this.#replaceContacts(withoutEmails, find, STAND_IN_PHONE, phoneBy);
		for (const { pattern, by } of this.#words) {
			result = result.replace(pattern, (detail) => this.#note(detail, by));
		}
		return result;
	}

	/** Does the same for several texts. Lets other work of the process go first between two, since each may take 20 ms. */
	async replaceAll(texts: readonly string[]): Promise<string[]> {
		const replaced: string[] = [];
		for (const text of texts) {
			await setImmediate();
			replaced.push(this.replace(text));
		}
		return replaced;
	}

	/** Returns the content of a case without the visitor's personal details. */
	async replaceIn<T extends Partial<CaseContent>>(content: T): Promise<T> {
		const { title, lines, checks, expected, context } = content;
		const changes: Partial<CaseContent> = {};
		if (title !== undefined) changes.title = this.replace(title);
		if (lines) changes.lines = await this.replaceAll(lines);
		if (checks) {
			changes.checks = [];
			for (const check of checks) {
				await setImmediate();
				changes.checks.push(this.#replaceInCheck(check));
			}
		}
		if (expected) changes.expected = this.replace(expected);
		if (context) changes.context = await this.#replaceInContext(context);
		return { ...content, ...changes };
	}

	#replaceInCheck(check: CaseCheck): CaseCheck {
		if ('value' in check) return { ...check, value: this.replace(check.value) };
		if ('text' in check) return { ...check, text: this.replace(check.text) };
		if ('pattern' in check) {
			return { ...check, pattern: replaceInPattern(check.pattern, (text) => this.replace(text)) };
		}
		return check;
	}

	async #replaceInContext(context: CaseContext): Promise<CaseContext> {
		const { page_url, referrer, known } = context;
		const values = await this.replaceAll(Object.values(known ?? {}));
		return {
			...context,
			...(page_url && { page_url: withoutQuery(page_url) }),
			...(referrer && { referrer: withoutQuery(referrer) }),
			...(known && {
				known: Object.fromEntries(Object.keys(known).map((key, at) => [key, values[at] ?? ''])),
			}),
		};
	}

	#replaceContacts(
		text: string,
		find: (text: string) => { value: string; start: number; end: number } | undefined,
		standIn: RegExp,
		standInAt: (index: number) => string,
	): string {
		let done = '';
		let rest = text;
		for (let count = 0; count < MAX_CONTACTS; count += 1) {
			const found = find(rest);
			if (!found) break;
			const { value, start, end } = found;
			const written = rest.slice(start, end);
			done += rest.slice(0, start);
			if (standIn.test(value)) done += written;
			else done += this.#note(written, this.#contactBy(value, standIn, standInAt));
			rest = rest.slice(end);
		}
		return done + rest;
	}

	#contactBy(value: string, standIn: RegExp, standInAt: (index: number) => string): string {
		const known = this.#contacts.get(value);
		if (known !== undefined) return known;
		const taken = [...this.#contacts.values()].filter((by) => standIn.test(by.replaceAll(' ', '')));
		const by = standInAt(taken.length);
		this.#contacts.set(value, by);
		return by;
	}

	#note(detail: string, by: string): string {
		if (detail.toLowerCase() === by.toLowerCase()) return detail;
		this.#replaced.set(detail, by);
		return by;
	}
}

/** Returns the patterns of a name, its parts and a company, longest first, so that a full name is replaced as one. */
function wordsOf(name?: string | null, company?: string | null): { pattern: RegExp; by: string }[] {
	const parts = (name ?? '').split(/\s+/).filter((part) => part !== '');
	const words = [
		...(company ? [[company, COMPANY] as const] : []),
		...(parts.length > 1 ? [[parts.join(' '), NAME.join(' ')] as const] : []),
		...parts
			.filter((part) => part.length >= MIN_NAME_LENGTH || parts.length === 1)
			.map((part) => [part, part === parts[0] ? NAME[0] : NAME[1]] as const),
	];
	return words.map(([word, by]) => ({ pattern: wholeWords(word), by }));
}

const wholeWords = (text: string) => {
	const escaped = text.trim().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
	return new RegExp(
		String.raw`(?<![\p{L}\p{M}\p{N}])${escaped.replace(/\s+/g, String.raw`\s+`)}(?![\p{L}\p{M}\p{N}])`,
		'giu',
	);
};

/** Queries carry names, addresses and click ids. */
function withoutQuery(address: string): string {
	const url = URL.parse(address);
	return url ? `${url.origin}${url.pathname}` : (address.split(/[?#]/)[0] ?? '');
}

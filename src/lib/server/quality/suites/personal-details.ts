import { setImmediate } from 'node:timers/promises';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { CaseContent, CaseCheck, CaseContext } from '#lib/contract/test-case.ts';
import { findEmail, findPhone } from '../../leads/detect.ts';
import { replaceInPattern } from './replace-in-pattern.ts';

/** A personal detail and its invented replacement. */
interface Replacement {
	detail: string;
	by: string;
}

/** The known details of a chat's visitor. */
interface KnownVisitor {
	name?: string | null | undefined;
	company?: string | null | undefined;
	phone?: string | null | undefined;
	/** The country of national phone numbers; defaults to that of the known phone number. */
	country?: CountryCode | undefined;
}

const NAME = ['Alex', 'Morgan'] as const;
const COMPANY = 'Example Company';
const STAND_IN_EMAIL = /^alex\d*@example\.com$/;
const STAND_IN_PHONE = /^\+1202555014\d$/;
const createStandInEmail = (index: number) => `alex${index === 0 ? '' : index + 1}@example.com`;
/** Returns a number from a range that is reserved for fiction. */
const createStandInPhone = (index: number) => `+1 202 555 014${index % 10}`;
/** Shorter parts of a name, such as "de", occur in other words. */
const MIN_NAME_LENGTH = 3;
/** The maximum number of contacts replaced per text. */
const MAX_CONTACTS = 50;

/**
 * Replaces the personal details of one visitor with invented ones: email addresses and phone numbers wherever they occur, and
 * the known name and company. The same detail always gets the same replacement, and a text without details is unchanged.
 */
export class PersonalDetails {
	readonly #country: CountryCode | undefined;
	readonly #words: { pattern: RegExp; by: string }[];
	readonly #contacts = new Map<string, string>();
	readonly #replacements = new Map<string, string>();

	constructor({ name, company, phone, country }: KnownVisitor) {
		this.#country = country ?? parsePhoneNumberFromString(phone ?? '')?.country;
		this.#words = createNamePatterns(name, company);
	}

	/** The details replaced so far, in their original spelling. */
	get replacements(): Replacement[] {
		return [...this.#replacements].map(([detail, by]) => ({ detail, by }));
	}

	/** Returns the text without the visitor's personal details. */
	replace(text: string): string {
		const withoutEmails = this.#replaceContacts(
			text,
			findEmail,
			STAND_IN_EMAIL,
			createStandInEmail,
		);
		const find = (part: string) => findPhone(part, { country: this.#country });
		let result = this.#replaceContacts(withoutEmails, find, STAND_IN_PHONE, createStandInPhone);
		for (const { pattern, by } of this.#words) {
			result = result.replace(pattern, (detail) => this.#recordReplacement(detail, by));
		}
		return result;
	}

	/** Replaces details in several texts. Yields to the event loop between them, since each may take 20 ms. */
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
			...(page_url && { page_url: stripQuery(page_url) }),
			...(referrer && { referrer: stripQuery(referrer) }),
			...(known && {
				known: Object.fromEntries(Object.keys(known).map((key, at) => [key, values[at] ?? ''])),
			}),
		};
	}

	#replaceContacts(
		text: string,
		find: (text: string) => { value: string; start: number; end: number } | undefined,
		standInPattern: RegExp,
		createStandIn: (index: number) => string,
	): string {
		let result = '';
		let rest = text;
		for (let count = 0; count < MAX_CONTACTS; count += 1) {
			const found = find(rest);
			if (!found) break;
			const { value, start, end } = found;
			const original = rest.slice(start, end);
			result += rest.slice(0, start);
			if (standInPattern.test(value)) result += original;
			else
				result += this.#recordReplacement(
					original,
					this.#getStandIn(value, standInPattern, createStandIn),
				);
			rest = rest.slice(end);
		}
		return result + rest;
	}

	#getStandIn(
		value: string,
		standInPattern: RegExp,
		createStandIn: (index: number) => string,
	): string {
		const knownStandIn = this.#contacts.get(value);
		if (knownStandIn !== undefined) return knownStandIn;
		const usedStandIns = [...this.#contacts.values()].filter((by) =>
			standInPattern.test(by.replaceAll(' ', '')),
		);
		const by = createStandIn(usedStandIns.length);
		this.#contacts.set(value, by);
		return by;
	}

	#recordReplacement(detail: string, by: string): string {
		if (detail.toLowerCase() === by.toLowerCase()) return detail;
		this.#replacements.set(detail, by);
		return by;
	}
}

/** Returns the patterns of a company, a full name and its parts, in this order, so that a full name is replaced as a whole. */
function createNamePatterns(
	name?: string | null,
	company?: string | null,
): { pattern: RegExp; by: string }[] {
	const parts = (name ?? '').split(/\s+/).filter((part) => part !== '');
	const words = [
		...(company ? [[company, COMPANY] as const] : []),
		...(parts.length > 1 ? [[parts.join(' '), NAME.join(' ')] as const] : []),
		...parts
			.filter((part) => part.length >= MIN_NAME_LENGTH || parts.length === 1)
			.map((part) => [part, part === parts[0] ? NAME[0] : NAME[1]] as const),
	];
	return words.map(([word, by]) => ({ pattern: createWordPattern(word), by }));
}

const createWordPattern = (text: string) => {
	const escaped = text.trim().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
	return new RegExp(
		String.raw`(?<![\p{L}\p{M}\p{N}])${escaped.replace(/\s+/g, String.raw`\s+`)}(?![\p{L}\p{M}\p{N}])`,
		'giu',
	);
};

/** Removes the query string, which often contains names, addresses and click IDs. */
function stripQuery(address: string): string {
	const url = URL.parse(address);
	return url ? `${url.origin}${url.pathname}` : (address.split(/[?#]/)[0] ?? '');
}

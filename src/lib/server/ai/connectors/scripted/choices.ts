import { withPlainDigits } from '#lib/server/core/digits.ts';
import { hasPhrase, isOneOff, plain } from './normalize.ts';

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];
const STOP_WORDS = new Set(
	'a an the in as of to for at on i we my i m it is and or would like'.split(' '),
);
/** Common expressions for an option with a different wording. */
const SYNONYMS: [RegExp, string][] = [
	[
		/\b(?:immediately|right away|straight away|urgent|urgently|now|today|this week|soonest)\b/,
		'as soon as possible',
	],
	[/\b(?:browsing|researching|exploring|curious)\b/, 'just looking'],
];

/** Returns the option that an answer to a choice question refers to. */
export function matchChoice(text: string, options: string[]): string | undefined {
	const normalized = plain(text);
	if (normalized === '') return undefined;
	return (
		findMentionedChoice(normalized, options) ??
		byPosition(normalized, options) ??
		byShare(normalized, options) ??
		bySynonym(normalized, options)
	);
}

/** Returns the longest option that a text contains word for word. */
export function findMentionedChoice(text: string, options: string[]): string | undefined {
	const normalized = plain(text);
	return options
		.filter((option) => hasPhrase(normalized, plain(option)))
		.toSorted((a, b) => b.length - a.length)[0];
}

function byPosition(normalized: string, options: string[]): string | undefined {
	const digit = /^(?:(?:option|number|no|nr) )?(\d{1,2})$/.exec(normalized)?.[1];
	if (digit) return options[Number(digit) - 1];
	const word = /^(?:the )?(\p{L}+)(?: one| option| choice)?$/u.exec(normalized)?.[1] ?? '';
	return word === 'last' ? options.at(-1) : options[ORDINALS.indexOf(word)];
}

/** Returns the option whose initials the text contains, or the only best one that shares at least half of its words. */
function byShare(normalized: string, options: string[]): string | undefined {
	const words = normalized.split(' ').slice(0, 60);
	const byInitials = options.find((option) => {
		const parts = plain(option).split(' ');
		return parts.length >= 3 && words.includes(parts.map((part) => part[0]).join(''));
	});
	if (byInitials) return byInitials;
	const scored = options
		.map((option) => ({ option, score: shareOf(words, option) }))
		.filter(({ score }) => score >= 0.5)
		.toSorted((a, b) => b.score - a.score);
	const [best, second] = scored;
	return best && best.score > (second?.score ?? 0) ? best.option : undefined;
}

function shareOf(words: string[], option: string): number {
	const significant = plain(option)
		.split(' ')
		.filter((word) => !STOP_WORDS.has(word));
	const shared = significant.filter((word) => words.some((other) => isSameWord(other, word)));
	return significant.length === 0 ? 0 : shared.length / significant.length;
}

const isSameWord = (a: string, b: string) =>
	a.replace(/s$/, '') === b.replace(/s$/, '') || (b.length >= 5 && isOneOff(a, b));

function bySynonym(normalized: string, options: string[]): string | undefined {
	const same = SYNONYMS.find(([pattern]) => pattern.test(normalized));
	return same && findMentionedChoice(same[1], options);
}

const NUMBER_WORDS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(
	' ',
);
const NUMBER = /-?\d{1,15}(?:[.,'\u00a0\u202f]\d{1,15}){0,5}/;
const MULTIPLES: Record<string, number> = { k: 1e3, thousand: 1e3, m: 1e6, million: 1e6 };

/** Returns the first number in a text in plain digits: 1500 for "about 1,500", 20000 for "20k", 2 for "two". */
export function parseNumber(text: string): string | undefined {
	const readable = withPlainDigits(text);
	const match = NUMBER.exec(readable);
	if (!match) {
		const normalized = new Set(plain(readable).split(' '));
		const index = NUMBER_WORDS.findIndex((word) => normalized.has(word));
		return index < 0 ? undefined : String(index);
	}
	const after = readable.slice(match.index + match[0].length, match.index + match[0].length + 12);
	const unit = /^ ?(k|thousand|m|million)(?![\p{L}\p{N}²³])/iu.exec(after)?.[1]?.toLowerCase();
	const digits = withoutGrouping(match[0]);
	const multiple = unit && MULTIPLES[unit];
	return multiple ? String(Number(digits) * multiple) : digits;
}

/** Removes separators of thousands as in "1,500" and "1.500", but not the decimal sign of "1.5" and "1,5". */
function withoutGrouping(written: string): string {
	const isGrouped = /^-?[1-9]\d{0,2}(?:[.,'\u00a0\u202f]\d{3})+$/.test(written);
	if (isGrouped) return written.replace(/[.,'\u00a0\u202f]/g, '');
	const [whole = '', ...parts] = written.split(/[.,'\u00a0\u202f]/);
	const fraction = parts.pop();
	return fraction === undefined ? whole : `${whole}${parts.join('')}.${fraction}`;
}

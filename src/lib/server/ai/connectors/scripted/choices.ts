import { toPlainDigits } from '#lib/server/core/text.ts';
import { allLanguages, translateDefault } from './languages/languages.ts';
import { hasPhrase, isWithinOneTypo, normalize } from './normalize.ts';
import type { ScriptItem } from './script.ts';
import { joinPatterns, createMatcher, createPhraseSet, joinSources } from './vocabulary.ts';

const ORDINALS = [0, 1, 2, 3, 4, 5].map((place) => {
	const variants = allLanguages.map(({ vocabulary }) => vocabulary.ordinals[place] ?? '');
	return new RegExp(`^(?:${joinPatterns(variants)})$`, 'u');
});
const isLast = createMatcher('last', 'whole');
const STOP_WORDS = createPhraseSet('articles');
/** Common expressions for options that are worded differently. */
const SYNONYMS: [RegExp, string][] = [
	[
		/(?:^| )(?:immediately|right away|straight away|urgent|urgently|now|today|this week|soonest|sofort|dringend|heute|diese woche|schnellstmoglich|ahora|urgente|hoy|esta semana|cuanto antes|tout de suite|immediatement|maintenant|cette semaine|agora|hoje|imediatamente|فورا|حالا|عاجل|اليوم)(?= |$)/,
		'As soon as possible',
	],
	[
		/(?:^| )(?:browsing|researching|exploring|curious|informieren|informiere|umsehen|neugierig|mirando|curiosidad|renseigne|renseigner|curieux|pesquisando|olhando|curiosidade|استفسار|استفسر|استطلع|اتصفح)(?= |$)/,
		'Just looking',
	],
];

/** Returns the site's value of the option that an answer to a choice question refers to. */
export function findOption(
	text: string,
	{ options, shownOptions, wordings }: Options,
): string | undefined {
	const shownOption = matchChoice(text, shownOptions);
	if (shownOption !== undefined) return options[shownOptions.indexOf(shownOption)];
	for (const list of wordings.options) {
		const mentioned = findMentionedChoice(text, list);
		if (mentioned !== undefined) return options[list.indexOf(mentioned)];
	}
	return undefined;
}

/** Returns the multi-word option that a text mentions: the wording in the text, and the site's value. */
export function findDistinctiveOption(
	text: string,
	{ options, wordings }: Options,
): { text: string; value: string } | undefined {
	for (const list of wordings.options) {
		const distinctive = list.filter((option) => normalize(option).includes(' '));
		const mentioned = findMentionedChoice(text, distinctive);
		const value = mentioned && options[list.indexOf(mentioned)];
		if (mentioned && value) return { text: mentioned, value };
	}
	return undefined;
}

type Options = Pick<ScriptItem, 'options' | 'shownOptions' | 'wordings'>;

/** Returns the option that an answer to a choice question refers to. */
function matchChoice(text: string, options: string[]): string | undefined {
	const normalized = normalize(text);
	if (normalized === '') return undefined;
	return (
		findMentionedChoice(normalized, options) ??
		findByPosition(normalized, options) ??
		findByOverlap(normalized, options) ??
		findBySynonym(normalized, options)
	);
}

/** Returns the longest option that a text contains word for word. */
function findMentionedChoice(text: string, options: string[]): string | undefined {
	const normalized = normalize(text);
	return options
		.filter((option) => hasPhrase(normalized, normalize(option)))
		.toSorted((a, b) => b.length - a.length)[0];
}

function findByPosition(normalized: string, options: string[]): string | undefined {
	const digit = /^(?:(?:option|number|no|nr) )?(\d{1,2})$/.exec(normalized)?.[1];
	if (digit) return options[Number(digit) - 1];
	const word = normalized
		.split(' ')
		.filter((token) => !STOP_WORDS.has(token))
		.join(' ');
	return isLast(word) ? options.at(-1) : options[ORDINALS.findIndex((place) => place.test(word))];
}

/** Returns the option whose initials the text contains, or the single best match that shares at least half of its words. */
function findByOverlap(normalized: string, options: string[]): string | undefined {
	const words = normalized.split(' ').slice(0, 60);
	const initialsMatch = options.find((option) => {
		const parts = normalize(option).split(' ');
		return parts.length >= 3 && words.includes(parts.map((part) => part[0]).join(''));
	});
	if (initialsMatch) return initialsMatch;
	const scored = options
		.map((option) => ({ option, score: getOverlap(words, option) }))
		.filter(({ score }) => score >= 0.5)
		.toSorted((a, b) => b.score - a.score);
	const [best, second] = scored;
	return best && best.score > (second?.score ?? 0) ? best.option : undefined;
}

function getOverlap(words: string[], option: string): number {
	const significantWords = normalize(option)
		.split(' ')
		.filter((word) => !STOP_WORDS.has(word));
	const sharedWords = significantWords.filter((word) =>
		words.some((other) => isSameWord(other, word)),
	);
	return significantWords.length === 0 ? 0 : sharedWords.length / significantWords.length;
}

const isSameWord = (a: string, b: string) =>
	a.replace(/s$/, '') === b.replace(/s$/, '') || (b.length >= 5 && isWithinOneTypo(a, b));

function findBySynonym(normalized: string, options: string[]): string | undefined {
	const synonym = SYNONYMS.find(([pattern]) => pattern.test(normalized));
	const wordings =
		synonym && allLanguages.map((language) => translateDefault(synonym[1], language));
	return wordings
		?.map((wording) => findMentionedChoice(wording, options))
		.find((option) => option !== undefined);
}

const NUMBER_WORDS = allLanguages.map(({ vocabulary }) =>
	vocabulary.numbers.split('|').map(normalize),
);
const NUMBER = /-?\d{1,15}(?:[.,'\u00a0\u202f]\d{1,15}){0,5}/;
const UNIT = new RegExp(
	`^ ?(?:(${joinSources('thousand')})|(?:${joinSources('million')}))(?![\\p{L}\\p{N}²³])`,
	'iu',
);

/** Returns the first number in a text in plain digits: 1500 for "about 1,500", 20000 for "20k", 2 for "two". */
export function parseNumber(text: string): string | undefined {
	const readable = toPlainDigits(text);
	const match = NUMBER.exec(readable);
	if (!match) {
		const normalized = new Set(normalize(readable).split(' '));
		const indexes = NUMBER_WORDS.map((list) => list.findIndex((word) => normalized.has(word)));
		return indexes.find((number) => number >= 0)?.toString();
	}
	const after = readable.slice(match.index + match[0].length, match.index + match[0].length + 12);
	const unit = UNIT.exec(after);
	const digits = removeGrouping(match[0]);
	return unit ? String(Number(digits) * (unit[1] ? 1e3 : 1e6)) : digits;
}

/** Removes thousands separators, as in "1,500" and "1.500", and writes the decimal separator of "1.5" and "1,5" as a point. */
function removeGrouping(written: string): string {
	const isGrouped = /^-?[1-9]\d{0,2}(?:[.,'\u00a0\u202f]\d{3})+$/.test(written);
	if (isGrouped) return written.replace(/[.,'\u00a0\u202f]/g, '');
	const [whole = '', ...parts] = written.split(/[.,'\u00a0\u202f]/);
	const fraction = parts.pop();
	return fraction === undefined ? whole : `${whole}${parts.join('')}.${fraction}`;
}

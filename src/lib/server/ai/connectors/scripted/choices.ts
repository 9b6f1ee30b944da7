import { hasPhrase, isOneOff, plain } from './plain.ts';

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];
const SMALL = new Set(
	'a an the in as of to for at on i we my i m it is and or would like'.split(' '),
);
/** What people say for an option that is worded otherwise. */
const SAME_AS: [RegExp, string][] = [
	[
		/\b(?:immediately|right away|straight away|urgent|urgently|now|today|this week|soonest)\b/,
		'as soon as possible',
	],
	[/\b(?:browsing|researching|exploring|curious)\b/, 'just looking'],
];

/** The option that a visitor's answer to a choice question means. */
export function matchChoice(text: string, options: string[]): string | undefined {
	const said = plain(text);
	if (said === '') return undefined;
	return (
		mentionedChoice(said, options) ??
		byPosition(said, options) ??
		closest(said, options) ??
		byOtherWords(said, options)
	);
}

/** The longest option that stands in a text word for word. */
export function mentionedChoice(text: string, options: string[]): string | undefined {
	const said = plain(text);
	return options
		.filter((option) => hasPhrase(said, plain(option)))
		.toSorted((a, b) => b.length - a.length)[0];
}

function byPosition(said: string, options: string[]): string | undefined {
	const digit = /^(?:(?:option|number|no|nr) )?(\d{1,2})$/.exec(said)?.[1];
	if (digit) return options[Number(digit) - 1];
	const word = /^(?:the )?(\p{L}+)(?: one| option| choice)?$/u.exec(said)?.[1] ?? '';
	return word === 'last' ? options.at(-1) : options[ORDINALS.indexOf(word)];
}

/** The one option that shares at least half of its words with the text, or is meant by its initials. */
function closest(said: string, options: string[]): string | undefined {
	const words = said.split(' ').slice(0, 60);
	const byInitials = options.find((option) => {
		const parts = plain(option).split(' ');
		return parts.length >= 3 && words.includes(parts.map((part) => part[0]).join(''));
	});
	if (byInitials) return byInitials;
	const scored = options
		.map((option) => ({ option, score: sharedPart(words, option) }))
		.filter(({ score }) => score >= 0.5)
		.toSorted((a, b) => b.score - a.score);
	const [best, second] = scored;
	return best && best.score > (second?.score ?? 0) ? best.option : undefined;
}

function sharedPart(words: string[], option: string): number {
	const telling = plain(option)
		.split(' ')
		.filter((word) => !SMALL.has(word));
	const shared = telling.filter((word) => words.some((said) => isSameWord(said, word)));
	return telling.length === 0 ? 0 : shared.length / telling.length;
}

const isSameWord = (a: string, b: string) =>
	a.replace(/s$/, '') === b.replace(/s$/, '') || (b.length >= 5 && isOneOff(a, b));

function byOtherWords(said: string, options: string[]): string | undefined {
	const same = SAME_AS.find(([pattern]) => pattern.test(said));
	return same && mentionedChoice(same[1], options);
}

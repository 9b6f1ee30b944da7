import { itemOf, type Heard } from './heard.ts';
import type { Asked, Progress } from './progress.ts';
import { answerTo, type Item, type Known } from './script.ts';

/** Everything that the next words depend on. */
export interface Situation {
	script: Item[];
	/** What was known before this turn, and what is known with the visitor's newest words. */
	before: Known;
	known: Known;
	progress: Progress;
	asked: Asked;
	heard: Heard;
	completionPhrase: string;
}

/** How often the question that is being answered was asked. */
export const triesOf = (asked: Asked, progress: Progress) =>
	progress.tries.get(itemOf(asked)?.key ?? '') ?? 0;

/** How the visitor can be reached, if at all. */
export const contactOf = (known: Known, script: Item[]): string | undefined =>
	[known.email, known.phone, ...contactAnswers(known, script)].find(Boolean);

const contactAnswers = (known: Known, script: Item[]) =>
	script
		.filter(({ kind }) => kind === 'email' || kind === 'phone')
		.map((item) => answerTo(item, known));

export const quickReplies = ({ options, isRequired }: Item) =>
	isRequired ? options : [...options, 'Skip'];

/** Sentences in a row. */
export const say = (...sentences: string[]) => sentences.filter(Boolean).join(' ');

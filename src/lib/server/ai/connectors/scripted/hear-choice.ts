import { matchChoice, mentionedChoice } from './choices.ts';
import { statement, type Heard, type Listening, type Part } from './heard.ts';
import { isRefusal, isSkip } from './intents.ts';
import { plain, shorten } from './plain.ts';
import { answerTo, type Item } from './script.ts';

const LONGEST_OWN_WORDS = 200;
const CORRECTION = /\b(?:actually|i meant|i mean|correction|change (?:it|that|my)|instead)\b/i;

/** Hears which option is meant; what is said a second time is kept in the visitor's own words. */
export function hearChoice(parts: Part[], item: Item, { isRetry }: Listening, heard: Heard): void {
	const said = statement(parts);
	const isAnswer = parts.some((part) => !part.isUsed) && !isSkip(said) && !isRefusal(said);
	const ownWords = isRetry && isAnswer ? shorten(said, LONGEST_OWN_WORDS) : undefined;
	const chosen = matchChoice(said, item.options) ?? ownWords;
	if (chosen) heard.fields[item.key] = chosen;
}

/** Options of questions that were not asked count when they stand there word for word. */
export function hearOtherChoices(parts: Part[], listening: Listening, heard: Heard): void {
	const { script, asked, known } = listening;
	const said = statement(parts);
	for (const item of script) {
		if (item === asked || item.kind !== 'choice') continue;
		if (answerTo(item, known) !== undefined && !CORRECTION.test(said)) continue;
		const telling = item.options.filter((option) => plain(option).includes(' '));
		const chosen = mentionedChoice(said, telling);
		if (!chosen) continue;
		heard.fields[item.key] = chosen;
		for (const part of parts) part.isUsed ||= plain(part.text) === plain(chosen);
	}
}

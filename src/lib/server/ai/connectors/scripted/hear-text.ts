import type { Contacts } from './contacts.ts';
import { itemOf, type Heard, type Listening, type Part } from './heard.ts';
import { isCourtesy, isYesNoPrompt, questionAbout } from './intents.ts';
import { plain, shorten } from './plain.ts';
import { answerTo, type Item } from './script.ts';
import { joinSegments } from './segments.ts';

const LONGEST_ANSWER = 2000;

/** What is left goes to the free text that was asked for, or to the topic when it is said beside or instead of something else. */
export function hearText(parts: Part[], contacts: Contacts, listening: Listening, heard: Heard) {
	const item = itemOf(listening.asked);
	const left = parts.filter((part) => !part.isUsed);
	if (item?.kind === 'text' || item?.kind === 'topic') {
		const answer = answerIn(parts, left, item);
		if (answer !== '') noteText(item, answer, heard);
		return;
	}
	const topic = listening.script.find(({ kind }) => kind === 'topic');
	if (!item || !topic || answerTo(topic, listening.known) !== undefined) return;
	const rest = joinSegments(left.filter((part) => !part.isQuestion));
	const isBeside = contacts.holes.length > 0 && rest.includes(' ');
	const isInstead = !Object.hasOwn(heard.fields, item.key) && plain(rest).split(' ').length >= 3;
	if (isBeside || isInstead) noteText(topic, rest, heard);
}

function noteText(item: Item, answer: string, heard: Heard): void {
	const value = shorten(answer, LONGEST_ANSWER);
	heard.fields[item.key] = value;
	if (item.core) heard.fields[item.core] = value;
}

function answerIn(parts: Part[], left: Part[], item: Item): string {
	if (left.length === 0) {
		const isAnswer = isYesNoPrompt(item.first) && parts.some(({ text }) => isCourtesy(text));
		return isAnswer ? joinSegments(parts) : '';
	}
	const isOnlyAsking = left.every((part) => part.isQuestion);
	return isOnlyAsking && !isTopical(left, item) ? '' : joinSegments(left);
}

/** "How much is a new roof?" says what it is about; a question to any other prompt answers nothing. */
function isTopical(left: Part[], item: Item): boolean {
	const said = left.map(({ text }) => text).join(' ');
	const isLong = plain(said).split(' ').length >= 3;
	return item.kind === 'topic' && isLong && questionAbout(said) === 'other';
}

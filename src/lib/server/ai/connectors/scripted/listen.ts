import { findContacts, HOLE, isContactOnly, type Contacts } from './contacts.ts';
import { hearChoice, hearOtherChoices } from './hear-choice.ts';
import { hearName } from './hear-name.ts';
import { hearText } from './hear-text.ts';
import { itemOf, note, statement, type Heard, type Listening, type Part } from './heard.ts';
import {
	isCourtesy,
	isGreeting,
	isRefusal,
	isSkip,
	isYes,
	isYesNoPrompt,
	questionAbout,
} from './intents.ts';
import { parseNumber } from './numbers.ts';
import { plain } from './plain.ts';
import type { Asked } from './progress.ts';
import type { Item } from './script.ts';
import { splitSegments } from './segments.ts';

/** Works out what a message answers, for the question asked and for every other one. */
export function listen(message: string, listening: Listening): Heard {
	const item = itemOf(listening.asked);
	const contacts = findContacts(message, contactAsked(listening.asked));
	const parts = partsOf(contacts);
	const heard: Heard = {
		fields: {},
		question: questionIn(parts),
		isSkip: false,
		isGreeting: parts.length > 0 && parts.every(({ text }) => isGreeting(text)),
		isYes: isYes(message),
		isAttempt: isAttempt(message, listening.asked),
	};
	if (contacts.email) note('email', contacts.email, listening, heard);
	if (contacts.phone) note('phone', contacts.phone, listening, heard);
	if (item?.kind === 'choice') hearChoice(parts, item, listening, heard);
	heard.isSkip = isSkipped(message, item, heard);
	if (heard.isSkip) return heard;
	hearName(parts, contacts, listening, heard);
	hearOtherChoices(parts, listening, heard);
	if (item?.kind === 'number') hearNumber(parts, item, heard);
	hearText(parts, contacts, listening, heard);
	return heard;
}

function contactAsked(asked: Asked): 'phone' | 'number' | 'other' {
	if (asked === 'contact') return 'phone';
	const kind = itemOf(asked)?.kind;
	return kind === 'phone' || kind === 'number' ? kind : 'other';
}

function partsOf({ text, holes }: Contacts): Part[] {
	let next = 0;
	return splitSegments(text).map((segment) => ({
		...segment,
		masked: segment.text,
		text: segment.text.replaceAll(HOLE, () => holes[next++] ?? ''),
		isUsed: isContactOnly(segment.text) || isGreeting(segment.text) || isCourtesy(segment.text),
	}));
}

function questionIn(parts: Part[]): Heard['question'] {
	const asking = parts.filter((part) => part.isQuestion && !part.isUsed);
	return asking.length > 0 ? questionAbout(asking.map(({ text }) => text).join(' ')) : undefined;
}

/** A refusal, unless the words answer all the same: "Later" may be an option, "no" the answer to a yes-or-no question. */
function isSkipped(message: string, item: Item | undefined, heard: Heard): boolean {
	if (item && Object.hasOwn(heard.fields, item.key)) return false;
	const isText = item?.kind === 'text' || item?.kind === 'topic';
	const isNo = /^(?:no|nope|nah|not yet)$/.test(plain(message));
	if (isText && isNo && isYesNoPrompt(item.first)) return false;
	return isSkip(message) || (!isText && isRefusal(message));
}

function hearNumber(parts: Part[], item: Item, heard: Heard): void {
	const number = parseNumber(statement(parts));
	if (number !== undefined) heard.fields[item.key] = number;
}

function isAttempt(message: string, asked: Asked): boolean {
	const kind = itemOf(asked)?.kind;
	if (kind === 'email') return message.includes('@') || isYes(message);
	if (kind === 'phone') return /\p{Nd}.{0,3}\p{Nd}/u.test(message) || isYes(message);
	return kind === 'choice' || kind === 'number';
}

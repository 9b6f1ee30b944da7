import { parseNumber } from './choices.ts';
import { findContacts, PLACEHOLDER, isContactOnly, type Contacts } from './contacts.ts';
import {
	extractChoice,
	extractName,
	extractOtherChoices,
	extractText,
	setField,
	joinStatements,
	type ParsedMessage,
	type MessageContext,
	type Part,
} from './extract-answers.ts';
import {
	isCourtesy,
	isGreeting,
	isOnlyNo,
	isRefusal,
	isSkip,
	isYes,
	isYesNoPrompt,
	classifyQuestion,
} from './intents.ts';
import { getScriptItem, type Asked } from './progress.ts';
import type { ScriptItem } from './script.ts';
import { splitSegments } from './segments.ts';

/** Parses a visitor's message: finds answers to the current question and to all others. */
export function parseMessage(message: string, context: MessageContext): ParsedMessage {
	const item = getScriptItem(context.asked);
	const contacts = findContacts(message, getExpectedContact(context.asked));
	const parts = splitParts(contacts);
	const parsed: ParsedMessage = {
		fields: {},
		question: classifyQuestionIn(parts),
		isSkip: false,
		isGreeting: parts.length > 0 && parts.every(({ text }) => isGreeting(text)),
		isYes: isYes(message),
		isAttempt: isAttempt(message, context.asked),
	};
	if (contacts.email) setField('email', contacts.email, context, parsed);
	if (contacts.phone) setField('phone', contacts.phone, context, parsed);
	if (item?.kind === 'choice') extractChoice(parts, item, context, parsed);
	parsed.isSkip = isSkipped(message, item, parsed);
	if (parsed.isSkip) return parsed;
	extractName(parts, contacts, context, parsed);
	extractOtherChoices(parts, context, parsed);
	if (item?.kind === 'number') extractNumber(parts, item, parsed);
	extractText(parts, contacts, context, parsed);
	return parsed;
}

function getExpectedContact(asked: Asked): 'phone' | 'number' | 'other' {
	if (asked === 'contact') return 'phone';
	const kind = getScriptItem(asked)?.kind;
	return kind === 'phone' || kind === 'number' ? kind : 'other';
}

function splitParts({ text, originals }: Contacts): Part[] {
	let next = 0;
	return splitSegments(text).map((segment) => ({
		...segment,
		masked: segment.text,
		text: segment.text.replaceAll(PLACEHOLDER, () => originals[next++] ?? ''),
		isUsed: isContactOnly(segment.text) || isGreeting(segment.text) || isCourtesy(segment.text),
	}));
}

function classifyQuestionIn(parts: Part[]): ParsedMessage['question'] {
	const questions = parts.filter((part) => part.isQuestion && !part.isUsed);
	return questions.length > 0
		? classifyQuestion(questions.map(({ text }) => text).join(' '))
		: undefined;
}

/** Returns whether the visitor declines to answer. "Later" may be an option, though, and "no" the answer to a yes-or-no question. */
function isSkipped(message: string, item: ScriptItem | undefined, parsed: ParsedMessage): boolean {
	if (item && Object.hasOwn(parsed.fields, item.key)) return false;
	const isText = item?.kind === 'text' || item?.kind === 'topic';
	if (isText && isOnlyNo(message) && isYesNoPrompt(item.prompt)) return false;
	return isSkip(message) || (!isText && isRefusal(message));
}

function extractNumber(parts: Part[], item: ScriptItem, parsed: ParsedMessage): void {
	const number = parseNumber(joinStatements(parts));
	if (number !== undefined) parsed.fields[item.key] = number;
}

function isAttempt(message: string, asked: Asked): boolean {
	const kind = getScriptItem(asked)?.kind;
	if (kind === 'email') return message.includes('@') || isYes(message);
	if (kind === 'phone') return /\p{Nd}.{0,3}\p{Nd}/u.test(message) || isYes(message);
	return kind === 'choice' || kind === 'number';
}

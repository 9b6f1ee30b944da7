import { findDistinctiveOption, findOption } from './choices.ts';
import { PLACEHOLDER, type Contacts } from './contacts.ts';
import { isCourtesy, isRefusal, isSkip, isYesNoPrompt, classifyQuestion } from './intents.ts';
import { findIntroducedName, hasCapitals, parseBareName } from './names.ts';
import { normalize, shorten } from './normalize.ts';
import { getScriptItem, type Asked } from './progress.ts';
import { getAnswer, type ScriptItem, type QuestionKind, type KnownValues } from './script.ts';
import { joinSegments, type Segment } from './segments.ts';
import { createMatcher } from './vocabulary.ts';

/** A visitor's message, parsed in the context of the question that it answers. */
export interface ParsedMessage {
	/** Values by question key and core field. */
	fields: KnownValues;
	/** The subject of the message, if it is a question. */
	question: 'who' | 'why' | 'other' | undefined;
	isSkip: boolean;
	isGreeting: boolean;
	/** Whether the visitor answered "yes" to a question that needs more than that. */
	isYes: boolean;
	/** Whether the message looks like an attempt to answer, even if no valid answer was found in it. */
	isAttempt: boolean;
}

/** The context in which a message is parsed. */
export interface MessageContext {
	script: ScriptItem[];
	known: KnownValues;
	asked: Asked;
	/** Whether the question was asked a second time, so that unusual answers are accepted unchanged. */
	isRetry: boolean;
}

/** A segment of the message; `masked` has placeholders for contacts. */
export interface Part extends Segment {
	masked: string;
	/** Whether it needs no further interpretation: an answer was found in it, or it can't contain one. */
	isUsed: boolean;
}

/** Sets the answer to the question that asks for a value of this kind, and the core field if the value is the visitor's own. */
export function setField(
	kind: QuestionKind,
	value: string,
	{ script, asked }: MessageContext,
	parsed: ParsedMessage,
): void {
	const own = script.find(({ core }) => core === kind);
	const item = getScriptItem(asked)?.kind === kind ? getScriptItem(asked) : own;
	if (item) parsed.fields[item.key] = value;
	if (!item || item === own) parsed.fields[kind] = value;
}

/** Joins the segments that aren't questions. */
export const joinStatements = (parts: Part[]) =>
	parts
		.filter((part) => !part.isQuestion)
		.map((part) => part.text)
		.join(', ');

const MAX_FREE_CHOICE_LENGTH = 200;
const isCorrection = createMatcher('corrections', 'anywhere');

/** Extracts the chosen option. When asked again, accepts the visitor's own words. */
export function extractChoice(
	parts: Part[],
	item: ScriptItem,
	{ isRetry }: MessageContext,
	parsed: ParsedMessage,
): void {
	const text = joinStatements(parts);
	// A name or a contact isn't the visitor's own words for an option.
	const isOther =
		parts.some((part) => part.text !== part.masked) || findIntroducedName(text, false)?.isStrong;
	const isOpen = parts.some((part) => !part.isUsed) && !isOther;
	const isAnswer = isOpen && !isSkip(text) && !isRefusal(text);
	const ownWords = isRetry && isAnswer ? shorten(text, MAX_FREE_CHOICE_LENGTH) : undefined;
	const chosen = findOption(text, item) ?? ownWords;
	if (chosen) parsed.fields[item.key] = chosen;
}

/** Extracts options of other questions if the message contains them word for word. */
export function extractOtherChoices(
	parts: Part[],
	context: MessageContext,
	parsed: ParsedMessage,
): void {
	const { script, asked, known } = context;
	const text = joinStatements(parts);
	for (const item of script) {
		if (item === asked || item.kind !== 'choice') continue;
		if (getAnswer(item, known) !== undefined && !isCorrection(normalize(text))) continue;
		const mentioned = findDistinctiveOption(text, item);
		if (!mentioned) continue;
		parsed.fields[item.key] = mentioned.value;
		for (const part of parts) part.isUsed ||= normalize(part.text) === normalize(mentioned.text);
	}
}

/** Extracts a name: from an introduction ("I'm Maya") anywhere, or a bare name if it was asked for or comes with a contact. */
export function extractName(
	parts: Part[],
	contacts: Contacts,
	context: MessageContext,
	parsed: ParsedMessage,
) {
	const isAsked = getScriptItem(context.asked)?.kind === 'name';
	const name =
		findIntroduction(parts, isAsked, context) ?? findBareName(parts, contacts, isAsked, context);
	if (name) setField('name', name, context, parsed);
}

function findIntroduction(
	parts: Part[],
	isAsked: boolean,
	{ known }: MessageContext,
): string | undefined {
	for (const part of parts) {
		const found = findIntroducedName(removePlaceholders(part), isAsked);
		if (!found || (!isAsked && known.name && !found.isStrong)) continue;
		part.isUsed ||= found.isWhole;
		return found.name;
	}
	return undefined;
}

function findBareName(
	parts: Part[],
	contacts: Contacts,
	isAsked: boolean,
	{ script, known, isRetry }: MessageContext,
): string | undefined {
	const own = script.find(({ core }) => core === 'name');
	const isKnown = (own ? getAnswer(own, known) : known.name) !== undefined;
	if (!isAsked && (isKnown || contacts.originals.length === 0)) return undefined;
	const open = parts.filter((part) => !part.isUsed && !part.isQuestion);
	for (const part of open) {
		const name = parseBareName(removePlaceholders(part), isAsked && isRetry);
		if (!name || !(isAsked || isPlausibleName(name, part, contacts, open))) continue;
		part.isUsed = true;
		return name;
	}
	return undefined;
}

/** Returns whether words next to a contact are a name: the address contains one of them, or they come first and are capitalized. */
function isPlausibleName(name: string, part: Part, { email }: Contacts, open: Part[]): boolean {
	const isInAddress = normalize(name.normalize('NFD').replace(/\p{M}/gu, ''))
		.split(' ')
		.some((word) => word.length >= 3 && email?.includes(word));
	const isFirst = open[0] === part && open.length > 1;
	return isInAddress || (isFirst && hasCapitals(part.text) && name.includes(' '));
}

const removePlaceholders = ({ masked }: Part) => masked.replaceAll(PLACEHOLDER, ' ');

const MAX_ANSWER_LENGTH = 2000;

/** Assigns the remaining text to the free-text question that was asked, or to the topic if the visitor wrote it in addition to, or instead of, an answer. */
export function extractText(
	parts: Part[],
	contacts: Contacts,
	context: MessageContext,
	parsed: ParsedMessage,
) {
	const item = getScriptItem(context.asked);
	const unusedParts = parts.filter((part) => !part.isUsed);
	if (item?.kind === 'text' || item?.kind === 'topic') {
		const answer = extractAnswerText(parts, unusedParts, item);
		if (answer !== '') setText(item, answer, parsed);
		return;
	}
	const topic = context.script.find(({ kind }) => kind === 'topic');
	if (!item || !topic || getAnswer(topic, context.known) !== undefined) return;
	const rest = joinSegments(unusedParts.filter((part) => !part.isQuestion));
	const isInAddition = contacts.originals.length > 0 && rest.includes(' ');
	const isInstead =
		!Object.hasOwn(parsed.fields, item.key) && normalize(rest).split(' ').length >= 3;
	if (isInAddition || isInstead) setText(topic, rest, parsed);
}

function setText(item: ScriptItem, answer: string, parsed: ParsedMessage): void {
	const value = shorten(answer, MAX_ANSWER_LENGTH);
	parsed.fields[item.key] = value;
	if (item.core) parsed.fields[item.core] = value;
}

function extractAnswerText(parts: Part[], unusedParts: Part[], item: ScriptItem): string {
	if (unusedParts.length === 0) {
		const isAnswer = isYesNoPrompt(item.prompt) && parts.some(({ text }) => isCourtesy(text));
		return isAnswer ? joinSegments(parts) : '';
	}
	const isOnlyAsking = unusedParts.every((part) => part.isQuestion);
	return isOnlyAsking && !isTopical(unusedParts, item) ? '' : joinSegments(unusedParts);
}

/** Returns whether a question states the topic, as in "How much is a new roof?". Other prompts aren't answered by questions. */
function isTopical(unusedParts: Part[], item: ScriptItem): boolean {
	const question = unusedParts.map(({ text }) => text).join(' ');
	const isLong = normalize(question).split(' ').length >= 3;
	return item.kind === 'topic' && isLong && classifyQuestion(question) === 'other';
}

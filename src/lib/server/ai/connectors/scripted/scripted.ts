import type { Message } from '#lib/contract/message.ts';
import type { WidgetLanguage } from '#lib/contract/greeting.ts';
import { DEFAULT_COMPLETION_PHRASE, MESSAGE_MAX_LENGTH } from '#lib/contract/constants.ts';
import type { Connector, Conversation, Outcome } from '../connector.ts';
import {
	findContact,
	continueScript,
	hasOpenQuestion,
	joinSentences,
	listQuickReplies,
	replyAfterClosing,
	replyWithoutPerson,
	type Situation,
} from './compose-reply.ts';
import { suggestEmail } from './contacts.ts';
import { detectLanguage } from './detect-language.ts';
import { setField, type MessageContext, type ParsedMessage } from './extract-answers.ts';
import { isPersonRequest, isYes } from './intents.ts';
import type { ScriptLanguage } from './languages/language.ts';
import { LANGUAGES } from './languages/languages.ts';
import { normalize, cleanInput, shorten } from './normalize.ts';
import { parseMessage } from './parse-message.ts';
import { composeGreeting, composeInvitation, listClosingSentences } from './phrases.ts';
import {
	getScriptItem,
	readProgress,
	countTimesAsked,
	type Asked,
	type Progress,
} from './progress.ts';
import { recallAnswers } from './recall-answers.ts';
import { getAnswer, createScript, type KnownValues, type ScriptItem } from './script.ts';

const WORDS_PER_CHUNK = 3;

/** The built-in AI: asks the site's questions in turn, parses the answers, and ends with the completion phrase. */
export const scriptedConnector: Connector = async function* (conversation, trace) {
	conversation.signal.throwIfAborted();
	trace.shape = 'scripted';
	const outcome = await composeReply(conversation);
	for (const chunk of splitIntoChunks(outcome.text)) {
		conversation.signal.throwIfAborted();
		yield chunk;
	}
	return outcome;
};

/** Splits a text into chunks of a few words. */
function* splitIntoChunks(text: string): Generator<string> {
	const words = text.match(/\S+\s*/g) ?? [];
	for (let from = 0; from < words.length; from += WORDS_PER_CHUNK) {
		yield words.slice(from, from + WORDS_PER_CHUNK).join('');
	}
}

/** Longer text is ignored, as when a visitor sends more than two full messages before the reply. */
const MAX_PARSED_LENGTH = 2 * MESSAGE_MAX_LENGTH;
const MAX_REASON_LENGTH = 500;

/** Returns the script's next reply, from the chat's history and the visitor's newest message. */
async function composeReply(conversation: Conversation): Promise<Outcome> {
	const transcript = conversation.action === 'start' ? [] : await conversation.loadTranscript();
	const history = transcript.map((entry) => ({
		...entry,
		message: cleanInput(entry.message, MAX_PARSED_LENGTH),
	}));
	const visitorMessages = history
		.filter(({ sender }) => sender === 'visitor')
		.map(({ message }) => message);
	const detected = detectLanguage([...visitorMessages, conversation.message]);
	const language = LANGUAGES[detected ?? conversation.language];
	if (conversation.action === 'start') return composeOpening(conversation, language);

	const message = cleanInput(conversation.message, MAX_PARSED_LENGTH);
	const isPersonRequested = isPersonRequest(message) && !isOption(message, conversation);
	const situation = readSituation(conversation, { history, message, isPersonRequested, language });
	const { progress, known, parsed, recalled } = situation;
	const lead = { ...recalled, ...parsed.fields };
	if (isPersonRequested && !conversation.handoff_missed) {
		const { called, away } = language.phrases.handoff;
		const reason = shorten(message.trim(), MAX_REASON_LENGTH);
		return { text: conversation.business_hours_open ? called : away, lead, handoff: { reason } };
	}
	const outcome = composeNextReply(conversation, situation, { message, isPersonRequested });
	const opening = progress.isGreeted
		? ''
		: composeGreeting(conversation.site.name, known.name, language);
	const bridge = progress.isAfterFailure ? language.phrases.takingOver : '';
	return { ...outcome, text: joinSentences(opening, bridge, outcome.text), lead };
}

/** Returns the built-in AI's opening message for a visitor without known details. */
export const composeScriptedOpening = (
	site: Pick<Conversation['site'], 'name' | 'questions'>,
	language: WidgetLanguage,
): string => composeOpening({ site, lead: {} }, LANGUAGES[language]).text;

/** Returns a short form of the built-in AI's opening message, for the bubble beside the launcher. */
export function composeScriptedInvitation(
	site: Pick<Conversation['site'], 'name' | 'questions'>,
	code: WidgetLanguage,
): string {
	const language = LANGUAGES[code];
	const { question } = findFirstQuestion({ site, lead: {} }, language);
	return composeInvitation(site.name, question, language);
}

interface Opening {
	site: Pick<Conversation['site'], 'name' | 'questions'>;
	lead: KnownValues;
}

function composeOpening({ site, lead: known }: Opening, language: ScriptLanguage): Outcome {
	const { item, question } = findFirstQuestion({ site, lead: known }, language);
	return {
		text: joinSentences(composeGreeting(site.name, known.name, language), question),
		quick_replies: item ? listQuickReplies(item, language) : [],
		...(item && { asked: item.key }),
	};
}

/** Returns the question that opens a chat, and its item unless all are answered. */
function findFirstQuestion({ site, lead: known }: Opening, language: ScriptLanguage) {
	const { phrases } = language;
	const script = createScript(site.questions, language);
	const item = script.find((candidate) => getAnswer(candidate, known) === undefined);
	const question = item?.prompt ?? (findContact(known, script) ? phrases.open : phrases.contact);
	return { item, question };
}

/** Reads a turn's message and everything before it. */
function readSituation(
	{ site, lead, message_id }: Conversation,
	turn: {
		history: Message[];
		message: string;
		isPersonRequested: boolean;
		language: ScriptLanguage;
	},
): Situation & { recalled: KnownValues } {
	const { history, message, isPersonRequested, language } = turn;
	const script = createScript(site.questions, language);
	const completionPhrase = site.completion_phrase.trim() || DEFAULT_COMPLETION_PHRASE;
	const closings = listClosingSentences(completionPhrase);
	const progress = readProgress(history, script, { known: lead, completionPhrase, closings });
	const recalled = hasTakenOver(progress)
		? recallAnswers(listEarlierMessages(history, message_id), script, lead)
		: {};
	const before = { ...lead, ...recalled };
	const expected =
		getOpenQuestion(before, progress) ?? getImpliedQuestion(script, before, progress);
	// A request for a person doesn't answer the open question.
	const asked = isPersonRequested ? undefined : expected;
	const context = { script, known: before, asked, isRetry: countTimesAsked(asked, progress) > 1 };
	const parsed = parseMessage(message, context);
	if (asked === 'confirm' && isYes(message)) acceptSuggestion(context, parsed);
	const known = { ...before, ...parsed.fields };
	return {
		...{ language, script, before, known, progress, asked, parsed },
		...{ completionPhrase, recalled },
	};
}

/** A site may offer a person as an option of its own. */
const isOption = (message: string, { site }: Conversation) =>
	site.questions.some(({ options }) =>
		options.some((option) => normalize(option) === normalize(message)),
	);

/** Returns whether the script takes over: the visitor has received replies, but none from the script. */
const hasTakenOver = ({ isGreeted, isClosed, isContactAsked, timesAskedByKey }: Progress) =>
	isGreeted && !isClosed && !isContactAsked && timesAskedByKey.size === 0;

/** Returns the messages up to the last reply before this turn. */
function listEarlierMessages(history: Message[], messageId: number | null): Message[] {
	const before = history.filter(({ id }) => messageId === null || id <= messageId);
	return before.slice(0, before.findLastIndex(({ sender }) => sender !== 'visitor') + 1);
}

/** Returns the question that was asked last, unless it is another AI's and its answer is known. */
function getOpenQuestion(known: KnownValues, { asked, timesAskedByKey }: Progress): Asked {
	const item = getScriptItem(asked);
	const isAnswered = item && getAnswer(item, known) !== undefined && !timesAskedByKey.has(item.key);
	return isAnswered ? undefined : asked;
}

/** Returns the topic question if the visitor writes first or answers a fixed greeting: such a message states the topic. */
function getImpliedQuestion(
	script: ScriptItem[],
	known: KnownValues,
	progress: Progress,
): ScriptItem | undefined {
	const hasAsked = progress.isClosed || progress.timesAskedByKey.size > 0 || progress.step > 1;
	const item = script.find((candidate) => getAnswer(candidate, known) === undefined);
	return !hasAsked && item?.kind === 'topic' ? item : undefined;
}

function acceptSuggestion(context: MessageContext, parsed: ParsedMessage): void {
	const suggested = context.known.email && suggestEmail(context.known.email);
	if (suggested && parsed.fields.email === undefined) setField('email', suggested, context, parsed);
}

function composeNextReply(
	{ handoff_missed, completion_claimed }: Conversation,
	situation: Situation,
	{ message, isPersonRequested }: { message: string; isPersonRequested: boolean },
): Outcome {
	const { isClosed, isAbsenceAnnounced } = situation.progress;
	if (handoff_missed && (isPersonRequested || !isAbsenceAnnounced))
		return replyWithoutPerson(situation);
	// An AI announced completion while required answers were still missing.
	const isUnfinished = completion_claimed && hasOpenQuestion(situation);
	return isClosed && !isUnfinished
		? replyAfterClosing(situation, message)
		: continueScript(situation);
}

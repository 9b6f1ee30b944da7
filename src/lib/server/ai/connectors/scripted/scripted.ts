import { MESSAGE_MAX_LENGTH } from '#lib/contract/text.ts';
import type { Connector, Conversation, Outcome } from '../connector.ts';
import {
	replyAfterClosing,
	contactOf,
	continueScript,
	quickReplies,
	joinSentences,
	type Situation,
} from './compose-reply.ts';
import { suggestEmail } from './contacts.ts';
import { setField, type ParsedMessage, type MessageContext } from './extract-answers.ts';
import { isYes } from './intents.ts';
import { shorten } from './normalize.ts';
import { parseMessage } from './parse-message.ts';
import { greeting } from './phrases.ts';
import {
	CONTACT_PROMPT,
	OPEN_PROMPT,
	readProgress,
	timesAsked,
	type Progress,
} from './progress.ts';
import { answerTo, createScript, type ScriptItem, type Known } from './script.ts';

const WORDS_PER_CHUNK = 3;

/** The built-in AI: asks the site's questions in turn, parses the answers, and ends with the completion phrase. */
export const scripted: Connector = async function* (conversation, trace) {
	conversation.signal.throwIfAborted();
	trace.shape = 'scripted';
	const outcome = await composeReply(conversation);
	for (const chunk of chunks(outcome.text)) {
		conversation.signal.throwIfAborted();
		yield chunk;
	}
	return outcome;
};

/** Splits a text into chunks of a few words. */
function* chunks(text: string): Generator<string> {
	const words = text.match(/\S+\s*/g) ?? [];
	for (let from = 0; from < words.length; from += WORDS_PER_CHUNK) {
		yield words.slice(from, from + WORDS_PER_CHUNK).join('');
	}
}

/** Text beyond this is ignored, if a visitor sends more than two full messages before the reply. */
const MAX_PARSED_LENGTH = 2 * MESSAGE_MAX_LENGTH;
const DEFAULT_PHRASE = 'within 24 hours';

/** Returns the script's next reply, from the chat's history and the visitor's newest message. */
async function composeReply(conversation: Conversation): Promise<Outcome> {
	const { site, message, action } = conversation;
	const { lead: before } = conversation;
	const history = action === 'start' ? [] : await conversation.loadTranscript();
	const script = createScript(site.questions);
	if (action === 'start') return start(site.name, script, before);

	const completionPhrase = site.completion_phrase.trim() || DEFAULT_PHRASE;
	const progress = readProgress(history, script, { known: before, completionPhrase });
	const asked = progress.asked ?? impliedQuestion(script, before, progress);
	const context = { script, known: before, asked, isRetry: timesAsked(asked, progress) > 1 };
	const parsed = parseMessage(shorten(message, MAX_PARSED_LENGTH), context);
	if (asked === 'confirm' && isYes(message)) acceptSuggestion(context, parsed);
	const known = { ...before, ...parsed.fields };
	const situation: Situation = { script, before, known, progress, asked, parsed, completionPhrase };
	const outcome = progress.isClosed
		? replyAfterClosing(situation, message)
		: continueScript(situation);
	const text =
		progress.step === 0
			? joinSentences(greeting(site.name, known.name), outcome.text)
			: outcome.text;
	return { ...outcome, text, lead: parsed.fields };
}

function start(siteName: string, script: ScriptItem[], known: Known): Outcome {
	const item = script.find((candidate) => answerTo(candidate, known) === undefined);
	const question = item?.first ?? (contactOf(known, script) ? OPEN_PROMPT : CONTACT_PROMPT);
	return {
		text: joinSentences(greeting(siteName, known.name), question),
		quick_replies: item ? quickReplies(item) : [],
		...(item && { asked: item.key }),
	};
}

/** Returns the topic question if the visitor writes first or answers a fixed greeting: such a message states the topic. */
function impliedQuestion(
	script: ScriptItem[],
	known: Known,
	progress: Progress,
): ScriptItem | undefined {
	const hasAsked = progress.isClosed || progress.timesAskedByKey.size > 0 || progress.step > 1;
	const item = script.find((candidate) => answerTo(candidate, known) === undefined);
	return !hasAsked && item?.kind === 'topic' ? item : undefined;
}

function acceptSuggestion(context: MessageContext, parsed: ParsedMessage): void {
	const suggested = context.known.email && suggestEmail(context.known.email);
	if (suggested && parsed.fields.email === undefined) setField('email', suggested, context, parsed);
}

import type { Outcome } from '../connector.ts';
import { suggestEmail } from './contacts.ts';
import type { ParsedMessage } from './extract-answers.ts';
import { isCourtesy, isParting } from './intents.ts';
import type { ScriptLanguage } from './languages/language.ts';
import {
	toAddressee,
	answerQuestion,
	composeClosing,
	getHint,
	pickVariant,
	getReason,
	composeThanks,
} from './phrases.ts';
import { getScriptItem, type Asked, type Progress } from './progress.ts';
import { getAnswer, type ScriptItem, type KnownValues } from './script.ts';

/** The state of the conversation that determines the next reply. */
export interface Situation {
	language: ScriptLanguage;
	script: ScriptItem[];
	/** The lead's values before the newest message. */
	before: KnownValues;
	/** The lead's values including those in the newest message. */
	known: KnownValues;
	progress: Progress;
	asked: Asked;
	parsed: ParsedMessage;
	completionPhrase: string;
}

/** Returns a known email address or phone number: the visitor's own, or else one that answers another question. */
export const findContact = (known: KnownValues, script: ScriptItem[]): string | undefined =>
	[known.email, known.phone, ...listContactAnswers(known, script)].find(Boolean);

const listContactAnswers = (known: KnownValues, script: ScriptItem[]) =>
	script
		.filter(({ kind }) => kind === 'email' || kind === 'phone')
		.map((item) => getAnswer(item, known));

export const listQuickReplies = (
	{ shownOptions, isRequired }: ScriptItem,
	{ phrases }: ScriptLanguage,
) => (isRequired ? shownOptions : [...shownOptions, phrases.quickReplies.skip]);

/** Joins sentences, skipping empty ones. */
export const joinSentences = (...sentences: string[]) => sentences.filter(Boolean).join(' ');

const MAX_ATTEMPTS = 2;

/** Asks the next question, or closes the conversation when nothing is left to ask. */
export function continueScript(situation: Situation): Outcome {
	const { script, known, progress, language } = situation;
	const { phrases } = language;
	const suggested = findSuggestedEmail(situation);
	if (suggested) {
		const text = joinSentences(
			answerToVisitor(situation),
			phrases.toBeSure,
			phrases.confirmEmail(suggested),
		);
		return { text, quick_replies: [phrases.quickReplies.yes, phrases.quickReplies.no] };
	}
	const item = script.find((candidate) => isOpen(candidate, situation));
	if (item) {
		const prompt = progress.timesAskedByKey.has(item.key) ? item.repeatedPrompt : item.prompt;
		return {
			text: joinSentences(acknowledge(situation, item), prompt),
			quick_replies: listQuickReplies(item, language),
			asked: item.key,
		};
	}
	const contact = findContact(known, script);
	if (!contact && !progress.isContactAsked) {
		return { text: joinSentences(acknowledge(situation), phrases.oneLastThing, phrases.contact) };
	}
	const { completionPhrase } = situation;
	const farewell = composeClosing({ known, script, contact, completionPhrase }, language);
	return { text: joinSentences(answerToVisitor(situation), farewell), completed: true };
}

/** Returns the correction of a probably mistyped address; `undefined` once the visitor has answered the suggestion. */
function findSuggestedEmail({ progress, parsed }: Situation): string | undefined {
	const { email } = parsed.fields;
	return email && !progress.isConfirmationAsked ? suggestEmail(email) : undefined;
}

/** Returns whether a question is left to ask. */
export const hasOpenQuestion = (situation: Situation) =>
	situation.script.some((item) => isOpen(item, situation));

/** Returns whether to ask a question: a required one at most twice, an optional one a second time only if the visitor tried to answer it, greeted or went off topic. */
function isOpen(item: ScriptItem, { known, progress, asked, parsed }: Situation): boolean {
	if (getAnswer(item, known) !== undefined) return false;
	const timesAsked = progress.timesAskedByKey.get(item.key) ?? 0;
	if (timesAsked === 0 || timesAsked >= MAX_ATTEMPTS) return timesAsked === 0;
	const isOffTopic = parsed.question !== undefined || Object.keys(parsed.fields).length > 0;
	const isWilling = isOffTopic || parsed.isAttempt || parsed.isGreeting;
	return item.isRequired || (item === asked && isWilling && !parsed.isSkip);
}

/** Returns the text before the `next` question. */
function acknowledge(situation: Situation, next?: ScriptItem): string {
	return joinSentences(composeReaction(situation, next), answerToVisitor(situation, next));
}

/** Answers the visitor's question. "Why?" is answered only if the same question is asked again. */
function answerToVisitor(
	{ parsed, asked, progress: { step }, language }: Situation,
	next?: ScriptItem,
): string {
	if (!parsed.question) return '';
	if (parsed.question === 'why' && next !== asked)
		return pickVariant(language.phrases.leftOpen, step);
	return answerQuestion(parsed.question, asked, step, language);
}

function composeReaction(situation: Situation, next?: ScriptItem): string {
	const { parsed, asked, before, progress, language } = situation;
	const { phrases } = language;
	const { step } = progress;
	const item = getScriptItem(asked);
	const isRepeated = item !== undefined && item === next && progress.timesAskedByKey.has(item.key);
	const { name } = parsed.fields;
	if (name && name !== before.name) {
		return phrases[before.name ? 'corrected' : 'niceToMeet'](toAddressee(name, language));
	}
	if (asked === 'confirm') return phrases.emailKept[parsed.fields.email ? 'changed' : 'kept'];
	// The visitor stated the topic as a question, which is answered next.
	if (parsed.question && item?.kind === 'topic') return '';
	if (Object.keys(parsed.fields).length > 0) {
		// After a failure, the reply begins with thanks already.
		return progress.isAfterFailure ? '' : composeThanks(item?.kind, step, language);
	}
	if (parsed.isSkip && isRepeated) return phrases.onlyBecause(getReason(item, phrases));
	if (parsed.isSkip) return pickVariant(phrases.noProblem, step);
	if (parsed.isGreeting) return step === 0 ? '' : phrases.hello[step === 1 ? 'first' : 'again'];
	if (parsed.question) return '';
	if (isRepeated) return parsed.isYes ? phrases.great : getHint(item, parsed.isAttempt, language);
	return item && progress.timesAskedByKey.has(item.key) ? pickVariant(phrases.leftOpen, step) : '';
}

/** Replies to a message after the conversation was closed, without repeating any question. */
export function replyAfterClosing(situation: Situation, message: string): Outcome {
	const { parsed, known, script, asked, progress, language } = situation;
	const { afterClosing } = language.phrases;
	const answer = parsed.question
		? answerQuestion(parsed.question, asked, progress.step, language)
		: '';
	const confirmation = confirmChanges(situation);
	if (confirmation || answer) return { text: joinSentences(confirmation, answer) };
	if (parsed.isSkip) return { text: afterClosing.skipped };
	if (isParting(message) || isCourtesy(message)) {
		const addressee = known.name && toAddressee(known.name, language);
		return { text: pickVariant(afterClosing.farewells(addressee), progress.step) };
	}
	const isReachable = findContact(known, script) !== undefined;
	const remark = parsed.isGreeting
		? afterClosing.hello
		: pickVariant(afterClosing.remarks, progress.step);
	return { text: joinSentences(remark, isReachable ? '' : afterClosing.contactRequest) };
}

/** Confirms what was added or corrected. */
function confirmChanges({ parsed, language }: Situation): string {
	const { changes, noted } = language.phrases.afterClosing;
	const changePhrases = (['name', 'email', 'phone'] as const).flatMap((key) => {
		const value = parsed.fields[key];
		return value ? [changes[key](value)] : [];
	});
	return changePhrases.length === 0
		? ''
		: noted(new Intl.ListFormat(language.locale, { type: 'conjunction' }).format(changePhrases));
}

/** Tells a visitor that no one is available, and asks how the team can reach them if that isn't known. */
export function replyWithoutPerson(situation: Situation): Outcome {
	const { known, script, progress, language } = situation;
	const { handoff, contact: prompt, afterClosing } = language.phrases;
	const contact = findContact(known, script);
	if (!contact) {
		const request = progress.isContactAsked ? afterClosing.contactRequest : prompt;
		return { text: joinSentences(handoff.missed, request) };
	}
	const reachable = handoff.reachable(contact);
	if (progress.isClosed) return { text: joinSentences(handoff.missed, reachable) };
	const next = continueScript(situation);
	const followUp = next.completed ? '' : reachable;
	return { ...next, text: joinSentences(handoff.missed, followUp, next.text) };
}

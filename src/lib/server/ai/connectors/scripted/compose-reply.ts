import type { Outcome } from '../connector.ts';
import { suggestEmail } from './contacts.ts';
import type { ParsedMessage } from './extract-answers.ts';
import { isCourtesy, isParting } from './intents.ts';
import { firstName } from './names.ts';
import {
	answerQuestion,
	closing,
	corrected,
	emailKept,
	hello,
	hint,
	leftOpen,
	niceToMeet,
	noProblem,
	pick,
	reason,
	thanks,
} from './phrases.ts';
import { CONTACT_PROMPT, confirmPrompt, itemOf, type Asked, type Progress } from './progress.ts';
import { answerTo, type ScriptItem, type Known } from './script.ts';

/** Everything that the next reply depends on. */
export interface Situation {
	script: ScriptItem[];
	/** The lead's values before this turn, and with the newest message. */
	before: Known;
	known: Known;
	progress: Progress;
	asked: Asked;
	parsed: ParsedMessage;
	completionPhrase: string;
}

/** Returns a contact of the visitor, if one is known. */
export const contactOf = (known: Known, script: ScriptItem[]): string | undefined =>
	[known.email, known.phone, ...contactAnswers(known, script)].find(Boolean);

const contactAnswers = (known: Known, script: ScriptItem[]) =>
	script
		.filter(({ kind }) => kind === 'email' || kind === 'phone')
		.map((item) => answerTo(item, known));

export const quickReplies = ({ options, isRequired }: ScriptItem) =>
	isRequired ? options : [...options, 'Skip'];

/** Joins sentences, skipping empty ones. */
export const joinSentences = (...sentences: string[]) => sentences.filter(Boolean).join(' ');

const MAX_ATTEMPTS = 2;

/** Asks the next question, or closes the conversation when nothing is left to ask. */
export function continueScript(situation: Situation): Outcome {
	const { script, known, progress } = situation;
	const suggested = suggestedEmail(situation);
	if (suggested) {
		const text = joinSentences(
			answerToVisitor(situation),
			'Thank you, just to be sure.',
			confirmPrompt(suggested),
		);
		return { text, quick_replies: ['Yes', 'No'] };
	}
	const item = script.find((candidate) => isOpen(candidate, situation));
	if (item) {
		const prompt = progress.timesAskedByKey.has(item.key) ? item.again : item.first;
		return {
			text: joinSentences(acknowledge(situation, item), prompt),
			quick_replies: quickReplies(item),
			asked: item.key,
		};
	}
	const contact = contactOf(known, script);
	if (!contact && !progress.isContactAsked) {
		return { text: joinSentences(acknowledge(situation), 'One last thing.', CONTACT_PROMPT) };
	}
	const farewell = closing({
		known,
		script,
		contact,
		completionPhrase: situation.completionPhrase,
	});
	return { text: joinSentences(answerToVisitor(situation), farewell), completed: true };
}

/** Returns the correction of a probably mistyped address; suggested only once. */
function suggestedEmail({ progress, parsed }: Situation): string | undefined {
	const { email } = parsed.fields;
	return email && !progress.isEmailConfirmed ? suggestEmail(email) : undefined;
}

/** Returns whether to ask a question: a required one at most twice, an optional one again only if the visitor wrote of something else. */
function isOpen(item: ScriptItem, { known, progress, asked, parsed }: Situation): boolean {
	if (answerTo(item, known) !== undefined) return false;
	const timesAsked = progress.timesAskedByKey.get(item.key) ?? 0;
	if (timesAsked === 0 || timesAsked >= MAX_ATTEMPTS) return timesAsked === 0;
	const isOffTopic = parsed.question !== undefined || Object.keys(parsed.fields).length > 0;
	const isWilling = isOffTopic || parsed.isAttempt || parsed.isGreeting;
	return item.isRequired || (item === asked && isWilling && !parsed.isSkip);
}

/** Returns the text before the `next` question. */
function acknowledge(situation: Situation, next?: ScriptItem): string {
	return joinSentences(react(situation, next), answerToVisitor(situation, next));
}

/** Answers the visitor's question. "Why?" is answered only if the same question is asked again. */
function answerToVisitor({ parsed, asked, progress }: Situation, next?: ScriptItem): string {
	if (!parsed.question) return '';
	if (parsed.question === 'why' && next !== asked) return leftOpen(progress.step);
	return answerQuestion(parsed.question, asked, progress.step);
}

function react({ parsed, asked, before, progress }: Situation, next?: ScriptItem): string {
	const { step } = progress;
	const item = itemOf(asked);
	const isAgain = item !== undefined && item === next && progress.timesAskedByKey.has(item.key);
	const { name } = parsed.fields;
	if (name && name !== before.name) return before.name ? corrected(name) : niceToMeet(name);
	if (asked === 'confirm') return emailKept(parsed.fields.email !== undefined);
	if (Object.keys(parsed.fields).length > 0) return thanks(item?.kind, step);
	if (parsed.isSkip && isAgain) return `I understand. I only ask because ${reason(item)}.`;
	if (parsed.isSkip) return noProblem(step);
	if (parsed.isGreeting) return step === 0 ? '' : hello(step);
	if (parsed.question) return '';
	if (isAgain) return parsed.isYes ? 'Great.' : hint(item, parsed.isAttempt);
	return item && progress.timesAskedByKey.has(item.key) ? leftOpen(step) : '';
}

/** Replies to a message after the conversation was closed; asks nothing again. */
export function replyAfterClosing(situation: Situation, message: string): Outcome {
	const { parsed, known, script, asked, progress } = situation;
	const answer = parsed.question ? answerQuestion(parsed.question, asked, progress.step) : '';
	const confirmation = confirmChanges(situation);
	if (confirmation || answer) return { text: joinSentences(confirmation, answer) };
	if (parsed.isSkip) return { text: 'All right. You can write here any time.' };
	if (isParting(message) || isCourtesy(message))
		return { text: farewell(known.name, progress.step) };
	const isReachable = contactOf(known, script) !== undefined;
	const request = isReachable ? '' : 'An email address or phone number would help them reach you.';
	return { text: joinSentences(remark(situation), request) };
}

/** Confirms what was added or corrected. */
function confirmChanges({ parsed }: Situation): string {
	const { name, email, phone } = parsed.fields;
	const changes = [
		name && `your name as ${name}`,
		email && `your email address as ${email}`,
		phone && `your phone number as ${phone}`,
	].filter(Boolean);
	return changes.length === 0 ? '' : `Thank you, I’ve noted ${changes.join(' and ')}.`;
}

function remark({ parsed, progress }: Situation): string {
	if (parsed.isGreeting) return 'Hello again. The team has your message; add anything you like.';
	return pick(
		[
			'Thanks, I’ve added that for the team.',
			'Noted. The team will see this too.',
			'Thank you, I’ve added that to your message.',
		],
		progress.step,
	);
}

function farewell(name: string | undefined, step: number): string {
	const to = name ? `, ${firstName(name)}` : '';
	return pick(
		[
			`You’re welcome${to}. Have a good day.`,
			`All good${to}. Write here any time.`,
			`Happy to help${to}. Talk soon.`,
		],
		step,
	);
}

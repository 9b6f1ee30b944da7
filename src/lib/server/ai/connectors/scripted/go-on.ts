import type { Outcome } from '../connector.ts';
import { suggestEmail } from './email-typos.ts';
import { itemOf } from './heard.ts';
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
	reason,
	thanks,
} from './phrases.ts';
import { CONTACT_PROMPT, confirmPrompt } from './progress.ts';
import { answerTo, type Item } from './script.ts';
import { contactOf, quickReplies, say, type Situation } from './situation.ts';

const MOST_TRIES = 2;

/** The next question, or the closing words when nothing is left to ask. */
export function goOn(situation: Situation): Outcome {
	const { script, known, progress } = situation;
	const meant = emailInDoubt(situation);
	if (meant) {
		const words = say(
			answerToVisitor(situation),
			'Thank you, just to be sure.',
			confirmPrompt(meant),
		);
		return { text: words, quick_replies: ['Yes', 'No'] };
	}
	const item = script.find((candidate) => isOpen(candidate, situation));
	if (item) {
		const prompt = progress.tries.has(item.key) ? item.again : item.first;
		return { text: say(acknowledge(situation, item), prompt), quick_replies: quickReplies(item) };
	}
	const contact = contactOf(known, script);
	if (!contact && !progress.isContactAsked) {
		return { text: say(acknowledge(situation), 'One last thing.', CONTACT_PROMPT) };
	}
	const farewell = closing({
		known,
		script,
		contact,
		completionPhrase: situation.completionPhrase,
	});
	return { text: say(answerToVisitor(situation), farewell), completed: true };
}

/** What an address with a slip in it was probably meant to be; asked about once. */
function emailInDoubt({ progress, heard }: Situation): string | undefined {
	const { email } = heard.fields;
	return email && !progress.isEmailConfirmed ? suggestEmail(email) : undefined;
}

/** A required question is asked twice at most, an optional one once, or twice when the visitor only spoke of something else. */
function isOpen(item: Item, { known, progress, asked, heard }: Situation): boolean {
	if (answerTo(item, known) !== undefined) return false;
	const tries = progress.tries.get(item.key) ?? 0;
	if (tries === 0 || tries >= MOST_TRIES) return tries === 0;
	const isElsewhere = heard.question !== undefined || Object.keys(heard.fields).length > 0;
	const isWilling = isElsewhere || heard.isAttempt || heard.isGreeting;
	return item.isRequired || (item === asked && isWilling && !heard.isSkip);
}

/** What is said before the next question; `next` is that question. */
function acknowledge(situation: Situation, next?: Item): string {
	return say(react(situation, next), answerToVisitor(situation, next));
}

/** A question of the visitor's is never passed over; why something is asked matters only if it is asked again. */
function answerToVisitor({ heard, asked, progress }: Situation, next?: Item): string {
	if (!heard.question) return '';
	if (heard.question === 'why' && next !== asked) return leftOpen(progress.step);
	return answerQuestion(heard.question, asked, progress.step);
}

function react({ heard, asked, before, progress }: Situation, next?: Item): string {
	const { step } = progress;
	const item = itemOf(asked);
	const isAgain = item !== undefined && item === next && progress.tries.has(item.key);
	const { name } = heard.fields;
	if (name && name !== before.name) return before.name ? corrected(name) : niceToMeet(name);
	if (asked === 'confirm') return emailKept(heard.fields.email !== undefined);
	if (Object.keys(heard.fields).length > 0) return thanks(item?.kind, step);
	if (heard.isSkip && isAgain) return `I understand. I only ask because ${reason(item)}.`;
	if (heard.isSkip) return noProblem(step);
	if (heard.isGreeting) return step === 0 ? '' : hello(step);
	if (heard.question) return '';
	if (isAgain) return heard.isYes ? 'Great.' : hint(item, heard.isAttempt);
	return item && progress.tries.has(item.key) ? leftOpen(step) : '';
}

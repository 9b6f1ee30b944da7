import { firstName } from './names.ts';
import { shorten, squash } from './normalize.ts';
import { itemOf, type Asked } from './progress.ts';
import { answerTo, type ScriptItem, type Known } from './script.ts';

/** Returns a variant by the conversation's step, so that no phrase is repeated twice in a row. */
export const pick = (options: [string, ...string[]], step: number) =>
	options[step % options.length] ?? options[0];

export const greeting = (siteName: string, name: string | undefined) => {
	const hi = name ? `Hi ${firstName(name)}` : 'Hi';
	const place = isNamed(siteName) ? `at ${squash(siteName)}` : 'here';
	return `${hi}, I’m the assistant ${place}. A few quick questions, and the right person on our team can help you.`;
};

const isNamed = (siteName: string) => !/^\s*(?:default)?\s*$/i.test(siteName);

export const thanks = (kind: ScriptItem['kind'] | undefined, step: number) => {
	if (kind === 'topic') return 'Thanks, that helps.';
	if (kind === 'choice') return pick(['Good to know.', 'Thanks, noted.'], step);
	return pick(['Thank you.', 'Got it.', 'Great, thanks.', 'Noted.'], step);
};

export const niceToMeet = (name: string) => `Nice to meet you, ${firstName(name)}.`;

export const corrected = (name: string) => `Thank you, ${firstName(name)}, I’ve corrected that.`;

export const emailKept = (isNew: boolean) =>
	isNew ? 'Thanks, I’ve noted that one.' : 'All right, I’ll keep it as it is.';

export const noProblem = (step: number) =>
	pick(['No problem.', 'That’s fine.', 'All right, we’ll leave that out.'], step);

export const leftOpen = (step: number) =>
	pick(['No problem, we can leave that open.', 'Let’s leave that for now.'], step);

export const hello = (step: number) => (step <= 1 ? 'Nice to have you here.' : 'Hello again.');

/** Returns the reply to a visitor's question: about the assistant, about a prompt, or a referral to the team. */
export function answerQuestion(about: 'who' | 'why' | 'other', asked: Asked, step: number): string {
	switch (about) {
		case 'who':
			return 'I’m an automated assistant, and a person from our team reads what you write here.';
		case 'why':
			return `I ask because ${reason(asked)}.`;
		case 'other':
			return pick(
				[
					'Good question. I’ll leave that one for the team to answer properly.',
					'The team will answer that for you when they get in touch.',
					'I can’t answer that myself, so I’m passing it on to the team.',
				],
				step,
			);
	}
}

const REASONS: Partial<Record<ScriptItem['kind'], string>> = {
	name: 'the team would like to know who they are talking to',
	email: 'the team needs an address to send you an answer',
	phone: 'a short call is often the quickest way to help',
	choice: 'it helps us find the right person for you',
};

/** Returns why a question is asked, as the second half of a sentence. */
export function reason(asked: Asked): string {
	if (asked === 'contact') return 'without it the team can’t get back to you';
	const kind = itemOf(asked)?.kind;
	return (kind && REASONS[kind]) ?? 'it helps the team prepare a useful answer';
}

/** Returns what was wrong with an answer; the question follows again. */
export function hint(asked: ScriptItem, isAttempt: boolean): string {
	switch (asked.kind) {
		case 'name':
			return 'Sorry, I didn’t catch your name.';
		case 'email':
			return isAttempt
				? 'That doesn’t look like a complete email address.'
				: 'I didn’t find an email address in that.';
		case 'phone':
			return isAttempt
				? 'That doesn’t look like a complete phone number.'
				: 'I didn’t find a phone number in that.';
		case 'number':
			return 'I didn’t find a number in that.';
		case 'choice':
			return 'I’m not sure which one you mean.';
		case 'topic':
		case 'text':
			return 'Take your time.';
	}
}

export interface Ending {
	known: Known;
	script: ScriptItem[];
	contact: string | undefined;
	completionPhrase: string;
}

/** Returns the closing message: thanks, a summary, and the site's completion phrase. */
export function closing({ known, script, contact, completionPhrase }: Ending): string {
	const thanksTo = known.name ? `Thank you, ${firstName(known.name)}.` : 'Thank you.';
	const topic = script.find(({ kind }) => kind === 'topic');
	const about = topic && answerTo(topic, known);
	const isEmpty = Object.keys(known).length === 0;
	const request = about ? `I’ve noted your request (“${excerpt(about)}”)` : 'I’ve noted everything';
	const reachable = contact ? ` and that the team can reach you at ${contact}` : '';
	const summary = isEmpty ? '' : ` ${request}${reachable}.`;
	return `${thanksTo}${summary} ${followUp(completionPhrase, contact !== undefined)}`;
}

/** Returns when the team will get back; without a contact, only once the visitor leaves one. */
function followUp(completionPhrase: string, isReachable: boolean): string {
	const phrase = squash(completionPhrase);
	const condition = isReachable ? '' : 'Leave an email address or a phone number here, and ';
	const someone = `${isReachable ? 'Someone' : 'someone'} from our team will get back to you`;
	const isAdverbial =
		/^(?:with?in|in|by|before|until|as soon|soon|shortly|today|tomorrow|the )\b/i.test(phrase);
	const rest = isAdverbial ? ` ${phrase}` : `. ${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}`;
	return `${condition}${someone}${rest}${/[.!?…]$/.test(rest) ? '' : '.'}`;
}

/** Returns the first words of a text, without Markdown syntax. */
function excerpt(text: string): string {
	const line = squash(text.replace(/[*_`~<>[\]#|\\]/g, ' ')).replace(/[.,;:!]+$/, '');
	return line.length <= 90 ? line : `${shorten(line, 90).replace(/\s+\S*$/, '')}…`;
}

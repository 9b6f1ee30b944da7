import type { Conversation, Outcome } from '../connector.ts';
import { MESSAGE_MAX_LENGTH } from '#lib/contract/text.ts';
import { afterwards } from './afterwards.ts';
import { goOn } from './go-on.ts';
import { isYes } from './intents.ts';
import { suggestEmail } from './email-typos.ts';
import { note, type Heard, type Listening } from './heard.ts';
import { listen } from './listen.ts';
import { greeting } from './phrases.ts';
import { shorten } from './plain.ts';
import { OPEN_PROMPT, readProgress, CONTACT_PROMPT, type Progress } from './progress.ts';
import { answerTo, writeScript, type Item, type Known } from './script.ts';
import { contactOf, quickReplies, say, triesOf, type Situation } from './situation.ts';

/** A visitor who wrote more than two full messages before being answered is heard as far as this. */
const LONGEST_HEARD = 2 * MESSAGE_MAX_LENGTH;
const DEFAULT_PHRASE = 'within 24 hours';

/** The script's next words: works out what was asked, what was answered and what is still missing. */
export async function reply(conversation: Conversation): Promise<Outcome> {
	const { site, message, action } = conversation;
	const [history, before] = await Promise.all([conversation.history(), conversation.lead()]);
	const script = writeScript(site.questions);
	if (action === 'start') return start(site.name, script, before);

	const completionPhrase = site.completion_phrase.trim() || DEFAULT_PHRASE;
	const progress = readProgress(history, script, { known: before, completionPhrase });
	const asked = progress.asked ?? unspokenQuestion(script, before, progress);
	const listening = { script, known: before, asked, isRetry: triesOf(asked, progress) > 1 };
	const heard = listen(shorten(message, LONGEST_HEARD), listening);
	if (asked === 'confirm' && isYes(message)) acceptSuggestion(listening, heard);
	const known = { ...before, ...heard.fields };
	const situation: Situation = { script, before, known, progress, asked, heard, completionPhrase };
	const outcome = progress.isClosed ? afterwards(situation, message) : goOn(situation);
	const text =
		progress.step === 0 ? say(greeting(site.name, known.name), outcome.text) : outcome.text;
	return { ...outcome, text, lead: heard.fields };
}

function start(siteName: string, script: Item[], known: Known): Outcome {
	const item = script.find((candidate) => answerTo(candidate, known) === undefined);
	const question = item?.first ?? (contactOf(known, script) ? OPEN_PROMPT : CONTACT_PROMPT);
	return {
		text: say(greeting(siteName, known.name), question),
		quick_replies: item ? quickReplies(item) : [],
	};
}

/** Whoever writes first, or answers a fixed greeting, says what it is about without having been asked. */
function unspokenQuestion(script: Item[], known: Known, progress: Progress): Item | undefined {
	const hasAsked = progress.isClosed || progress.tries.size > 0 || progress.step > 1;
	const item = script.find((candidate) => answerTo(candidate, known) === undefined);
	return !hasAsked && item?.kind === 'topic' ? item : undefined;
}

function acceptSuggestion(listening: Listening, heard: Heard): void {
	const suggested = listening.known.email && suggestEmail(listening.known.email);
	if (suggested && heard.fields.email === undefined) note('email', suggested, listening, heard);
}

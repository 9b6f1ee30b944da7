import type { Connector } from '../connector.ts';
import { reply } from './reply.ts';

const WORDS_PER_PIECE = 3;

/** The built-in AI: asks the site's questions in turn, understands the answers, and ends with the completion phrase. */
export const scripted: Connector = async function* (conversation, trace) {
	conversation.signal.throwIfAborted();
	trace.shape = 'scripted';
	const outcome = await reply(conversation);
	for (const piece of pieces(outcome.text)) {
		conversation.signal.throwIfAborted();
		yield piece;
	}
	return outcome;
};

/** A text as a few words at a time; together they are the text again. */
function* pieces(text: string): Generator<string> {
	const words = text.match(/\S+\s*/g) ?? [];
	for (let from = 0; from < words.length; from += WORDS_PER_PIECE) {
		yield words.slice(from, from + WORDS_PER_PIECE).join('');
	}
}

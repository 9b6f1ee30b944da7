import type { Message } from '#lib/contract/message.ts';
import { isGreeting, isPersonRequest } from './intents.ts';
import { parseMessage } from './parse-message.ts';
import { findAskedQuestion, type Asked } from './progress.ts';
import { getAnswer, type KnownValues, type ScriptItem } from './script.ts';

/**
 * Returns the values that the visitor has given to another AI and that aren't known yet: the request, which is usually the
 * first message, and details that were asked for or are unambiguous. Used for chats that the script takes over.
 */
export function recallAnswers(
	history: Message[],
	script: ScriptItem[],
	before: KnownValues,
): KnownValues {
	const known = { ...before };
	const recalled: KnownValues = {};
	let asked: Asked;
	let hasRequest = false;
	for (const { sender, message, is_fallback } of history) {
		if (sender === 'agent') asked = undefined;
		if (sender === 'ai' && !is_fallback) asked = findAskedQuestion(message, script, known);
		if (sender !== 'visitor' || isGreeting(message) || isPersonRequest(message)) continue;
		const topic = hasRequest ? undefined : findOpenTopic(script, known);
		hasRequest = true;
		const { fields } = parseMessage(message, {
			...{ script, known, asked: asked ?? topic },
			isRetry: false,
		});
		for (const [key, value] of Object.entries(fields)) {
			if (Object.hasOwn(known, key)) continue;
			known[key] = value;
			recalled[key] = value;
		}
	}
	return recalled;
}

const findOpenTopic = (script: ScriptItem[], known: KnownValues) =>
	script.find((item) => item.kind === 'topic' && getAnswer(item, known) === undefined);

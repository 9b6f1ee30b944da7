import type { Message } from '#lib/contract/message.ts';
import { isGreeting, isPersonRequest } from './intents.ts';
import { parseMessage } from './parse-message.ts';
import { askedBy, type Asked } from './progress.ts';
import { answerTo, type Known, type ScriptItem } from './script.ts';

/**
 * Returns what the visitor has already told another AI, without the values that are known: their request, which is usually
 * the first message, and details that were asked for or stand on their own. For chats that the script takes over.
 */
export function recallAnswers(history: Message[], script: ScriptItem[], before: Known): Known {
	const known = { ...before };
	const recalled: Known = {};
	let asked: Asked;
	let hasRequest = false;
	for (const { sender, message, is_fallback } of history) {
		if (sender === 'agent') asked = undefined;
		if (sender === 'ai' && !is_fallback) asked = askedBy(message, script, known);
		if (sender !== 'visitor' || isGreeting(message) || isPersonRequest(message)) continue;
		const topic = hasRequest ? undefined : openTopic(script, known);
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

const openTopic = (script: ScriptItem[], known: Known) =>
	script.find((item) => item.kind === 'topic' && answerTo(item, known) === undefined);

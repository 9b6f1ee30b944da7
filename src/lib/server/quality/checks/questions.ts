import {
	isCourtesy,
	isGreeting,
	isPersonRequest,
	isQuestion,
	isRefusal,
	isSkip,
	normalize,
} from '#lib/server/ai/connectors/scripted/index.ts';
import { isSameNumber } from '#lib/server/leads/unchecked.ts';
import {
	answersOf,
	isQuestionMark,
	replyTo,
	sentencesOf,
	type CheckedChat,
	type CheckedMessage,
	type Finding,
} from './chat.ts';
import { asksForAnother, contactAsked, hesitates, isOffer } from './patterns.ts';

/** Fewer words are no question that anyone would miss: "And you?". */
const MIN_QUESTION_WORDS = 4;
const MIN_PHONE_DIGITS = 7;
const MAX_NAME_WORDS = 6;
/** Each question is compared with all before it. */
const MAX_QUESTIONS = 400;

const CORE_LABELS: Record<string, string> = {
	name: 'name',
	email: 'email address',
	phone: 'phone number',
	company: 'company',
};
const labelOf = ({ site }: CheckedChat, key: string) =>
	CORE_LABELS[key] ?? `“${site.questions.find((one) => one.key === key)?.label ?? key}”`;

/** Returns the key that an answer asks for: as the AI reported it, else an email or phone number by its words. */
function askedBy({ asked, text }: CheckedMessage): string | undefined {
	if (asked !== null) return asked;
	return sentencesOf(text)
		.filter(isQuestionMark)
		.map(contactAsked)
		.findLast((key) => key !== undefined);
}

/** The AI asks for something that it could know. A question that repeats the value only confirms it. */
export function findAskedKnown(chat: CheckedChat): Finding[] {
	return answersOf(chat).flatMap((answer) => {
		const key = askedBy(answer);
		const known = key && knownBefore(chat, key, answer);
		const questions = sentencesOf(answer.text).filter(isQuestionMark);
		if (!known || mentions(answer.text, known) || questions.some(asksForAnother)) return [];
		const reason = `The AI asks for the ${labelOf(chat, key)}, which the visitor had already given.`;
		return [{ message_id: answer.id, reason }];
	});
}

const mentions = (text: string, value: string) => {
	const [within, part] = [normalize(text), normalize(value)];
	const digits = (of: string) => of.replace(/\D/g, '');
	return (
		within.includes(part) ||
		(digits(value).length > 5 && digits(text).includes(digits(value).slice(-6)))
	);
};

/** Returns the value that the visitor had given before an answer, if any. */
function knownBefore(chat: CheckedChat, key: string, answer: CheckedMessage): string | undefined {
	const wasRead = (id: number) => id < answer.id && id <= (answer.answers_through ?? answer.id);
	const value = chat.lead?.values.get(key);
	const origin = chat.lead?.provenance.get(key);
	if (value !== undefined && origin && origin.source !== 'agent') {
		const isBefore =
			origin.message_id === null
				? new Date(origin.at) < answer.at && origin.source === 'identify'
				: wasRead(origin.message_id);
		if (isBefore) return value;
	}
	if (key !== 'email' && key !== 'phone') return undefined;
	return chat.contacts.find((given) => given.type === key && wasRead(given.message_id))?.value;
}

/** The visitor gave a contact, or answered a question, and the lead doesn't have it. Agents may have removed it. */
export function findMissingValues(chat: CheckedChat): Finding[] {
	const isOfAgent = (key: string) => chat.lead?.provenance.get(key)?.source === 'agent';
	const missing = chat.contacts.filter(
		({ type, value }) => !isOfAgent(type) && !isInLead(chat, type, value) && !isOwn(chat, value),
	);
	const contacts = missing.map(({ type, message_id }) => ({
		message_id,
		reason: `The visitor gave this ${labelOf(chat, type)}, but the lead doesn’t have it.`,
	}));
	const answers = answersOf(chat).flatMap((answer): Finding[] => {
		const key = askedBy(answer);
		if (key === undefined || chat.lead?.values.has(key) || isOfAgent(key)) return [];
		const reply = replyTo(chat, answer).filter(({ text }) => isAnswer(chat, key, text));
		const [first] = reply;
		if (!first || missing.some(({ message_id }) => message_id === first.id)) return [];
		const reason = `The visitor answered the question for the ${labelOf(chat, key)}, but the lead doesn’t have it.`;
		return [{ message_id: first.id, reason }];
	});
	return [...contacts, ...answers];
}

function isInLead({ lead }: CheckedChat, type: 'email' | 'phone', value: string): boolean {
	const others = lead?.contacts?.filter((contact) => contact.type === type) ?? [];
	const known = [lead?.values.get(type), ...others.map((contact) => contact.value)];
	return known.some(
		(one) =>
			one !== undefined &&
			(one.toLowerCase() === value.toLowerCase() || (type === 'phone' && isSameNumber(one, value))),
	);
}

/** "I wrote to info@your-own-site.com": an address of the site itself. */
const isOwn = ({ own_hosts }: CheckedChat, value: string) =>
	own_hosts.some((host) => value.endsWith(`@${host}`));

/** Returns whether a visitor's words answer a question, judged by its type; undecided ones don't. */
function isAnswer({ site }: CheckedChat, key: string, text: string): boolean {
	const question = site.questions.find((one) => one.key === key);
	if (!question && !(key in CORE_LABELS)) return false;
	const type = key === 'email' || key === 'phone' ? key : (question?.type ?? 'text');
	switch (type) {
		case 'email':
			return false;
		case 'phone':
			return (text.match(/\p{Nd}/gu) ?? []).length >= MIN_PHONE_DIGITS;
		case 'number':
			return /\p{Nd}/u.test(text) && !isQuestion(text);
		case 'choice':
			return question?.options.some((option) => normalize(option) === normalize(text)) ?? false;
		case 'text':
			return isStatement(text) && (key !== 'name' || wordCount(text) <= MAX_NAME_WORDS);
	}
}

const wordCount = (text: string) => normalize(text).split(' ').length;

/** Whether words say something: neither a question nor a courtesy, a refusal or "let me think". */
const isStatement = (text: string) =>
	/\p{L}{2}|\p{Nd}/u.test(text) &&
	![isQuestion, isSkip, isRefusal, isGreeting, isCourtesy, isPersonRequest, hesitates].some((is) =>
		is(text),
	);

/** The AI repeats a question to which the visitor replied. */
export function findRepeatedQuestions(chat: CheckedChat): Finding[] {
	const asked = answersOf(chat).flatMap((message) =>
		sentencesOf(message.text)
			.filter((sentence) => isQuestionMark(sentence) && !isOffer(sentence))
			.map((sentence) => ({ message, sentence, words: normalize(sentence) }))
			.filter(({ words }) => words.split(' ').length >= MIN_QUESTION_WORDS),
	);
	const repeated = asked.slice(0, MAX_QUESTIONS).flatMap((again, index) => {
		const before = asked
			.slice(0, index)
			.findLast(
				({ words, message }) => message.id < again.message.id && isSame(words, again.words),
			);
		return before && wasAnswered(chat, before, again.message) ? [again.message.id] : [];
	});
	return [...new Set(repeated)].map((message_id) => ({
		message_id,
		reason: 'The AI repeats a question that the visitor had replied to.',
	}));
}

/** Also "Thanks! And what is your budget?" after "What is your budget?". */
const isSame = (one: string, other: string) =>
	` ${one}`.endsWith(` ${other}`) || ` ${other}`.endsWith(` ${one}`);

/** Whether it was pointless to ask again: nothing failed in between, and the reply was neither a question nor unusable. */
function wasAnswered(
	chat: CheckedChat,
	{ message, sentence }: { message: CheckedMessage; sentence: string },
	again: CheckedMessage,
): boolean {
	const between = chat.messages.filter(({ id }) => id > message.id && id < again.id);
	if (between.some(({ is_fallback, sender }) => is_fallback || sender === 'agent')) return false;
	const reply = replyTo(chat, message);
	const text = reply.map((one) => one.text).join('\n');
	if (reply.length === 0 || isGreeting(text) || hesitates(text)) return false;
	if (reply.some((one) => isQuestion(one.text))) return false;
	const key = askedBy({ ...message, text: sentence });
	if (key === 'email' || key === 'phone') {
		const ids = reply.map(({ id }) => id);
		const isGiven = chat.contacts.some(
			({ type, message_id }) => type === key && ids.includes(message_id),
		);
		return isGiven || isSkip(text) || isRefusal(text);
	}
	const question = chat.site.questions.find((one) => one.key === key);
	const isFree = !question || question.type === 'text';
	return isFree || isSkip(text) || (key !== undefined && isAnswer(chat, key, text));
}

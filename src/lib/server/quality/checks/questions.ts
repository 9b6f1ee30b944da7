import {
	isCourtesy,
	isGreeting,
	isPersonRequest,
	isQuestion,
	isRefusal,
	isSkip,
	normalize,
	removeContacts,
} from '#lib/server/ai/connectors/scripted/index.ts';
import { isSameNumber } from '#lib/server/leads/unchecked.ts';
import {
	getAnswers,
	isMarkedQuestion,
	findReply,
	splitSentences,
	type CheckedChat,
	type CheckedMessage,
	type Finding,
} from './chat.ts';
import { isRequestForAnother, findRequestedContact, isHesitation, isOffer } from './patterns.ts';

/** Shorter questions may be repeated: "And you?". */
const MIN_QUESTION_WORDS = 4;
const MIN_PHONE_DIGITS = 7;
const MAX_NAME_WORDS = 6;
/** The maximum number of questions compared, since each is compared with all earlier ones. */
const MAX_QUESTIONS = 400;

const CORE_LABELS: Record<string, string> = {
	name: 'name',
	email: 'email address',
	phone: 'phone number',
	company: 'company',
};
const getLabel = ({ site }: CheckedChat, key: string) =>
	CORE_LABELS[key] ?? `“${site.questions.find((question) => question.key === key)?.label ?? key}”`;

/** Returns the key that an answer asks for: as the AI reported it, else `email` or `phone`, judged by its words. */
function findAskedKey({ asked, text }: CheckedMessage): string | undefined {
	if (asked !== null) return asked;
	return splitSentences(text)
		.filter(isMarkedQuestion)
		.map(findRequestedContact)
		.findLast((key) => key !== undefined);
}

/** Finds questions for a value that the visitor has already given. A question that quotes the value only confirms it. */
export function findKnownValueQuestions(chat: CheckedChat): Finding[] {
	return getAnswers(chat).flatMap((answer) => {
		const key = findAskedKey(answer);
		const earlierValue = key && findEarlierValue(chat, key, answer);
		const questions = splitSentences(answer.text).filter(isMarkedQuestion);
		if (
			!earlierValue ||
			isMentioned(answer.text, earlierValue) ||
			questions.some(isRequestForAnother)
		)
			return [];
		const reason = `The AI asks for the ${getLabel(chat, key)}, which the visitor had already given.`;
		return [{ message_id: answer.id, reason }];
	});
}

const isMentioned = (text: string, value: string) => {
	const [normalizedText, normalizedValue] = [normalize(text), normalize(value)];
	const toDigits = (input: string) => input.replace(/\D/g, '');
	return (
		normalizedText.includes(normalizedValue) ||
		(toDigits(value).length > 5 && toDigits(text).includes(toDigits(value).slice(-6)))
	);
};

/** Returns the value that the visitor had given before an answer, if any. */
function findEarlierValue(
	chat: CheckedChat,
	key: string,
	answer: CheckedMessage,
): string | undefined {
	const isRead = (id: number) => id < answer.id && id <= (answer.answers_through ?? answer.id);
	const value = chat.lead?.values.get(key);
	const origin = chat.lead?.provenance.get(key);
	if (value !== undefined && origin && origin.source !== 'agent') {
		const isBefore =
			origin.message_id === null
				? new Date(origin.at) < answer.at && origin.source === 'identify'
				: isRead(origin.message_id);
		if (isBefore) return value;
	}
	if (key !== 'email' && key !== 'phone') return undefined;
	return chat.contacts.find((contact) => contact.type === key && isRead(contact.message_id))?.value;
}

/** Finds contacts and answers that are missing from the lead. Values that an agent changed are ignored. */
export function findMissingValues(chat: CheckedChat): Finding[] {
	const isFromAgent = (key: string) => chat.lead?.provenance.get(key)?.source === 'agent';
	const missingContacts = chat.contacts.filter(
		({ type, value }) =>
			!isFromAgent(type) && !isInLead(chat, type, value) && !isSiteAddress(chat, value),
	);
	const contacts = missingContacts.map(({ type, message_id }) => ({
		message_id,
		reason: `The visitor gave this ${getLabel(chat, type)}, but the lead doesn’t have it.`,
	}));
	const answers = getAnswers(chat).flatMap((answer): Finding[] => {
		const key = findAskedKey(answer);
		if (key === undefined || chat.lead?.values.has(key) || isFromAgent(key)) return [];
		const replies = findReply(chat, answer).filter(
			(reply) => isAnswer(chat, key, reply.text) && !isOtherValue(chat, reply),
		);
		const [first] = replies;
		if (!first || missingContacts.some(({ message_id }) => message_id === first.id)) return [];
		const reason = `The visitor answered the question for the ${getLabel(chat, key)}, but the lead doesn’t have it.`;
		return [{ message_id: first.id, reason }];
	});
	return [...contacts, ...answers];
}

function isInLead({ lead }: CheckedChat, type: 'email' | 'phone', value: string): boolean {
	const otherContacts = lead?.contacts?.filter((contact) => contact.type === type) ?? [];
	const leadValues = [lead?.values.get(type), ...otherContacts.map((contact) => contact.value)];
	return leadValues.some(
		(stored) =>
			stored !== undefined &&
			(stored.toLowerCase() === value.toLowerCase() ||
				(type === 'phone' && isSameNumber(stored, value))),
	);
}

/** Returns whether a message is the source of a value of the lead and says nothing else. */
const isOtherValue = ({ lead }: CheckedChat, { id, text }: CheckedMessage) =>
	[...(lead?.provenance ?? [])].some(
		([key, { message_id }]) =>
			message_id === id && normalize(lead?.values.get(key) ?? '') === normalize(text),
	);

/** Returns whether an address is the site's own, as in "I wrote to info@your-own-site.com". */
const isSiteAddress = ({ own_hosts }: CheckedChat, value: string) =>
	own_hosts.some((host) => value.endsWith(`@${host}`));

/**
 * Returns whether a visitor's words answer a question, judged by its type; false if that is unclear. A contact answers only
 * the question for it.
 */
function isAnswer({ site }: CheckedChat, key: string, text: string): boolean {
	const question = site.questions.find((candidate) => candidate.key === key);
	if (!question && !(key in CORE_LABELS)) return false;
	const type = key === 'email' || key === 'phone' ? key : (question?.type ?? 'text');
	switch (type) {
		case 'email':
			return false;
		case 'phone':
			return (text.match(/\p{Nd}/gu) ?? []).length >= MIN_PHONE_DIGITS;
		case 'number':
			return /\p{Nd}/u.test(removeContacts(text)) && !isQuestion(text);
		case 'choice':
			return question?.options.some((option) => normalize(option) === normalize(text)) ?? false;
		case 'text': {
			const statement = removeContacts(text);
			return isStatement(statement) && (key !== 'name' || countWords(statement) <= MAX_NAME_WORDS);
		}
	}
}

const countWords = (text: string) => normalize(text).split(' ').length;

/** Returns whether a text states something: not a question, a courtesy, a refusal or "let me think". */
const isStatement = (text: string) =>
	/\p{L}{2}|\p{Nd}/u.test(text) &&
	![isQuestion, isSkip, isRefusal, isGreeting, isCourtesy, isPersonRequest, isHesitation].some(
		(predicate) => predicate(text),
	);

/** Finds questions that the AI repeats although the visitor replied. */
export function findRepeatedQuestions(chat: CheckedChat): Finding[] {
	const questions = getAnswers(chat).flatMap((message) =>
		splitSentences(message.text)
			.filter((sentence) => isMarkedQuestion(sentence) && !isOffer(sentence))
			.map((sentence) => ({ message, sentence, words: normalize(sentence) }))
			.filter(({ words }) => words.split(' ').length >= MIN_QUESTION_WORDS),
	);
	const repeatedIds = questions.slice(0, MAX_QUESTIONS).flatMap((repetition, index) => {
		const earlierQuestion = questions
			.slice(0, index)
			.findLast(
				({ words, message }) =>
					message.id < repetition.message.id && isSameQuestion(words, repetition.words),
			);
		return earlierQuestion && isAnswered(chat, earlierQuestion, repetition.message)
			? [repetition.message.id]
			: [];
	});
	return [...new Set(repeatedIds)].map((message_id) => ({
		message_id,
		reason: 'The AI repeats a question that the visitor had replied to.',
	}));
}

/** Returns whether one question ends with the other, such as "Thanks! And what is your budget?" after "What is your budget?". */
const isSameQuestion = (current: string, earlier: string) =>
	` ${current}`.endsWith(` ${earlier}`) || ` ${earlier}`.endsWith(` ${current}`);

/** Returns whether a question was answered: no fallback reply or agent came in between, and the reply was neither a question nor unusable. */
function isAnswered(
	chat: CheckedChat,
	{ message, sentence }: { message: CheckedMessage; sentence: string },
	repetition: CheckedMessage,
): boolean {
	const messagesBetween = chat.messages.filter(({ id }) => id > message.id && id < repetition.id);
	if (messagesBetween.some(({ is_fallback, sender }) => is_fallback || sender === 'agent'))
		return false;
	const replies = findReply(chat, message);
	const text = replies.map((reply) => reply.text).join('\n');
	if (replies.length === 0 || isGreeting(text) || isHesitation(text)) return false;
	if (replies.some((reply) => isQuestion(reply.text))) return false;
	const key = findAskedKey({ ...message, text: sentence });
	if (key === 'email' || key === 'phone') {
		const ids = replies.map(({ id }) => id);
		const hasContact = chat.contacts.some(
			({ type, message_id }) => type === key && ids.includes(message_id),
		);
		return hasContact || isSkip(text) || isRefusal(text);
	}
	const question = chat.site.questions.find((candidate) => candidate.key === key);
	const isFreeText = !question || question.type === 'text';
	const isContact = removeContacts(text) === '';
	return (
		(isFreeText && !isContact) || isSkip(text) || (key !== undefined && isAnswer(chat, key, text))
	);
}

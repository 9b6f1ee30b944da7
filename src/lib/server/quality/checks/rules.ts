import type { CheckRule } from '#lib/contract/check.ts';
import { readLinkAt } from '#lib/markdown/link.ts';
import {
	isCourtesy,
	isParting,
	isPersonRequest,
	isSkip,
	normalize,
} from '#lib/server/ai/connectors/scripted/index.ts';
import {
	getAnswers,
	getBeginning,
	getVisitorMessages,
	type CheckedChat,
	type Finding,
	type Rule,
} from './chat.ts';
import { isComplaint, isRepeatComplaint } from './patterns.ts';
import { findPromisesOutsideHours } from './promises.ts';
import { findKnownValueQuestions, findMissingValues, findRepeatedQuestions } from './questions.ts';

/** The maximum length of an answer; shorter in scripts that write words in one or two characters. */
const MAX_ANSWER_LENGTH = 1_000;
const MAX_DENSE_LENGTH = 400;
const DENSE_SCRIPT = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]/gu;
/** Repetitions with fewer words may be a coincidence. */
const MIN_REPEATED_WORDS = 3;
/** The maximum number of links checked per answer. */
const MAX_LINKS = 20;
/** The maximum number of findings per rule and chat. */
const MAX_FINDINGS = 3;

/** Finds chats that the AI ended without contact details. */
function findCompletionWithoutContact(chat: CheckedChat): Finding[] {
	const { lead, site, channel, completion_source: source } = chat;
	const isByAi = source !== null && source !== 'agent' && source !== 'api';
	if (!isByAi && !chat.is_completion_claimed) return [];
	const isContactRequired =
		site.completion_needs === 'contact' ||
		site.questions.some(({ key, type }) =>
			[key, type].some((name) => /^(?:email|phone)$/.test(name)),
		);
	const hasContact =
		lead?.values.has('email') || lead?.values.has('phone') || Boolean(lead?.contacts?.length);
	if (!isContactRequired || hasContact || channel === 'messenger') return [];
	const latestAnswer = getAnswers(chat).at(-1);
	const reason = 'The AI ends the chat without an email address or phone number.';
	return [{ message_id: latestAnswer?.id ?? null, reason }];
}

/** Finds messages that the visitor repeats, or in which they say that they already answered. */
function findRepetitions(chat: CheckedChat): Finding[] {
	const visitorMessages = getVisitorMessages(chat).map((message) => ({
		...message,
		words: normalize(message.text),
	}));
	const answers = getAnswers(chat);
	return visitorMessages.flatMap(({ id, text, words }, index) => {
		if (isRepeatComplaint(getBeginning(text))) {
			return [{ message_id: id, reason: 'The visitor says that they have already answered.' }];
		}
		const earlierMessage = visitorMessages
			.slice(0, index)
			.findLast((earlier) => earlier.words === words);
		// A message sent twice before any answer is a double click.
		const isRepeated =
			earlierMessage && answers.some((answer) => answer.id > earlierMessage.id && answer.id < id);
		return isRepeated && isDistinctive(chat, text)
			? [{ message_id: id, reason: 'The visitor sends the same message again.' }]
			: [];
	});
}

/** Returns whether a text is unlikely to be repeated by chance: not a courtesy such as "thank you so much", nor an option of a question. */
function isDistinctive({ site }: CheckedChat, text: string): boolean {
	const words = normalize(text);
	const isOption = site.questions.some(({ options }) =>
		options.some((option) => normalize(option) === words),
	);
	const isPolite = isCourtesy(text) || isParting(text) || isSkip(text);
	return words.split(' ').length >= MIN_REPEATED_WORDS && !isOption && !isPolite;
}

const findComplaints: Rule = (chat) =>
	getVisitorMessages(chat)
		.filter(({ text }) => isComplaint(getBeginning(text)))
		.map(({ id }) => ({ message_id: id, reason: 'The visitor complained about an answer.' }));

/** Finds a request for a person that was followed by neither a handoff nor a message from an agent. */
function findUnmetRequests(chat: CheckedChat): Finding[] {
	const request = getVisitorMessages(chat).find(({ text }) => isPersonRequest(getBeginning(text)));
	if (!request) return [];
	const hasHandoff = chat.handoffs.some((at) => at >= request.at);
	const isAnswered = chat.messages.some(({ sender, id }) => sender === 'agent' && id > request.id);
	if (hasHandoff || isAnswered) return [];
	return [
		{
			message_id: request.id,
			reason: 'The visitor asked for a person, but no handoff was requested.',
		},
	];
}

const findLongAnswers: Rule = (chat) =>
	getAnswers(chat).flatMap(({ id, text }) => {
		const prose = text.replace(/\(?https?:\/\/[^\s)]+\)?/g, '').trim();
		const isLong =
			prose.length > MAX_ANSWER_LENGTH ||
			(prose.match(DENSE_SCRIPT) ?? []).length > MAX_DENSE_LENGTH;
		const reason = `The AI’s answer has ${prose.length.toLocaleString('en')} characters.`;
		return isLong ? [{ message_id: id, reason }] : [];
	});

/** Matches values that workflows send in place of an answer. */
const PLACEHOLDER =
	/^(?:null|undefined|nan|none|n\/?a|nil|true|false|error|empty|no (?:response|output|reply|answer)|object(?: object)?)$/i;
/** Matches quotes and brackets before a value. */
const OPENING_MARKS = /^["'`{([<\s]+/;
/** Matches quotes and brackets after a value. The lookbehind keeps the time linear: a run of marks is tried once. */
const CLOSING_MARKS = /(?<!["'`})\]>.\s])["'`})\]>.\s]+$/;
/** Matches an expression that was not evaluated. */
const TEMPLATE =
	/\{\{[^}]{0,300}\}\}|\$\{[a-z_][\w.]{0,100}\}|\$json\b|\$\('|\[(?:your|company|customer|visitor|user|first|last|full)[ _]?name\]|<\/?(?:reply|output|answer|response)>/i;

const findEmptyAnswers: Rule = (chat) =>
	getAnswers(chat).flatMap(({ id, text }) => {
		const content = text.trim().replace(OPENING_MARKS, '').replace(CLOSING_MARKS, '');
		const hasWords = /[\p{L}\p{Nd}\p{Extended_Pictographic}]/u.test(content);
		const isEmpty = !hasWords || PLACEHOLDER.test(content) || TEMPLATE.test(text);
		return isEmpty
			? [{ message_id: id, reason: 'The AI’s answer contains no text for a visitor.' }]
			: [];
	});

/** Returns the hosts of the links that the widget shows in a text. */
function findLinkedHosts(text: string): string[] {
	return [...text.matchAll(/\[|https?:\/\/|www\./gi)].slice(0, MAX_LINKS).flatMap(({ index }) => {
		const href = readLinkAt(text, index)?.href ?? '';
		return /^https?:/.test(href) ? [new URL(href).hostname.toLowerCase()] : [];
	});
}

const isWithinHost = (host: string, ownHost: string) =>
	host === ownHost || host.endsWith(`.${ownHost}`);

/** Finds links to a host that is neither the site's nor one that the visitor mentioned. */
const findForeignLinks: Rule = (chat) => {
	const { own_hosts } = chat;
	if (own_hosts.length === 0) return [];
	const visitorText = getVisitorMessages(chat)
		.map(({ text }) => text.toLowerCase())
		.join('\n');
	return getAnswers(chat).flatMap(({ id, text }) => {
		const foreignHost = findLinkedHosts(text).find((host) => {
			const name = host.replace(/^www\./, '');
			return (
				!own_hosts.some((ownHost) => isWithinHost(name, ownHost)) && !visitorText.includes(name)
			);
		});
		return foreignHost === undefined
			? []
			: [
					{
						message_id: id,
						reason: `The AI links to ${foreignHost}, which is not one of the site’s hosts.`,
					},
				];
	});
};

/** The rules by name. The language rule is created once its detector is loaded. */
const RULES: Record<Exclude<CheckRule, 'wrong_language'>, Rule> = {
	asked_known: findKnownValueQuestions,
	value_missing: findMissingValues,
	repeated_question: findRepeatedQuestions,
	completed_without_contact: findCompletionWithoutContact,
	promise_outside_hours: findPromisesOutsideHours,
	visitor_repeats: findRepetitions,
	visitor_complains: findComplaints,
	person_wanted: findUnmetRequests,
	answer_too_long: findLongAnswers,
	answer_empty: findEmptyAnswers,
	foreign_link: findForeignLinks,
};

/** Returns the findings of a rule in a chat: at most one per message and three in total. */
export function applyRule(rule: CheckRule, chat: CheckedChat, languageRule: Rule): Finding[] {
	const findings = (rule === 'wrong_language' ? languageRule : RULES[rule])(chat);
	const distinct = new Map(findings.map((finding) => [finding.message_id, finding]));
	return [...distinct.values()].slice(0, MAX_FINDINGS);
}

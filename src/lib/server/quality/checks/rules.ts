import type { CheckRule } from '#lib/contract/check.ts';
import { linkAt } from '#lib/markdown/link.ts';
import {
	isCourtesy,
	isParting,
	isPersonRequest,
	isSkip,
	normalize,
} from '#lib/server/ai/connectors/scripted/index.ts';
import {
	answersOf,
	beginningOf,
	visitorMessagesOf,
	type CheckedChat,
	type Finding,
	type Rule,
} from './chat.ts';
import { complains, saysItAgain } from './patterns.ts';
import { findPromisesOutsideHours } from './promises.ts';
import { findAskedKnown, findMissingValues, findRepeatedQuestions } from './questions.ts';

/** Characters that a visitor still reads in a chat; fewer in scripts that write a word in one or two. */
const MAX_ANSWER_LENGTH = 1_000;
const MAX_DENSE_LENGTH = 400;
const DENSE = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]/gu;
/** Words or letters from which on a repetition is no coincidence. */
const MIN_REPEATED_WORDS = 3;
/** Of one answer. */
const MAX_LINKS = 20;
/** Of one rule in a chat: more would only repeat the point. */
const MAX_FINDINGS = 3;

/** The AI ended the chat, and nobody can reply. */
function findCompletionWithoutContact(chat: CheckedChat): Finding[] {
	const { lead, site, channel, completion_source: source } = chat;
	const isByAi = source !== null && source !== 'agent' && source !== 'api';
	if (!isByAi && !chat.is_completion_claimed) return [];
	const wantsContact =
		site.completion_needs === 'contact' ||
		site.questions.some(({ key, type }) =>
			[key, type].some((one) => /^(?:email|phone)$/.test(one)),
		);
	const hasContact =
		lead?.values.has('email') || lead?.values.has('phone') || Boolean(lead?.contacts?.length);
	if (!wantsContact || hasContact || channel === 'messenger') return [];
	const last = answersOf(chat).at(-1);
	const reason = 'The AI ends the chat without an email address or phone number.';
	return [{ message_id: last?.id ?? null, reason }];
}

/** The visitor repeats a message, or says that they already answered. */
function findRepetitions(chat: CheckedChat): Finding[] {
	const said = visitorMessagesOf(chat).map((message) => ({
		...message,
		words: normalize(message.text),
	}));
	const answers = answersOf(chat);
	return said.flatMap(({ id, text, words }, index) => {
		if (saysItAgain(beginningOf(text))) {
			return [{ message_id: id, reason: 'The visitor says that they have already answered.' }];
		}
		const before = said.slice(0, index).findLast((earlier) => earlier.words === words);
		// Sent twice before an answer, it is a double click.
		const isRepeated = before && answers.some((answer) => answer.id > before.id && answer.id < id);
		return isRepeated && isDistinct(chat, text)
			? [{ message_id: id, reason: 'The visitor sends the same message again.' }]
			: [];
	});
}

/** Whether nobody says a text twice by chance: not "thank you so much", and no option of a question. */
function isDistinct({ site }: CheckedChat, text: string): boolean {
	const words = normalize(text);
	const isOption = site.questions.some(({ options }) =>
		options.some((option) => normalize(option) === words),
	);
	const isPolite = isCourtesy(text) || isParting(text) || isSkip(text);
	return words.split(' ').length >= MIN_REPEATED_WORDS && !isOption && !isPolite;
}

const findComplaints: Rule = (chat) =>
	visitorMessagesOf(chat)
		.filter(({ text }) => complains(beginningOf(text)))
		.map(({ id }) => ({ message_id: id, reason: 'The visitor complains about the answers.' }));

/** The visitor asks for a person, and from then on no one was called and no one wrote. */
function findUnmetRequests(chat: CheckedChat): Finding[] {
	const asked = visitorMessagesOf(chat).find(({ text }) => isPersonRequest(beginningOf(text)));
	if (!asked) return [];
	const isCalled = chat.handoffs.some((at) => at >= asked.at);
	const isAnswered = chat.messages.some(({ sender, id }) => sender === 'agent' && id > asked.id);
	if (isCalled || isAnswered) return [];
	return [
		{
			message_id: asked.id,
			reason: 'The visitor asked for a person, but no handoff was requested.',
		},
	];
}

const findLongAnswers: Rule = (chat) =>
	answersOf(chat).flatMap(({ id, text }) => {
		const prose = text.replace(/\(?https?:\/\/[^\s)]+\)?/g, '').trim();
		const isLong =
			prose.length > MAX_ANSWER_LENGTH || (prose.match(DENSE) ?? []).length > MAX_DENSE_LENGTH;
		const reason = `The AI’s answer has ${prose.length.toLocaleString('en')} characters.`;
		return isLong ? [{ message_id: id, reason }] : [];
	});

/** What a workflow writes in place of an answer. */
const PLACEHOLDER =
	/^(?:null|undefined|nan|none|n\/?a|nil|true|false|error|empty|no (?:response|output|reply|answer)|object(?: object)?)$/i;
/** Quotes and brackets around a value. The lookbehind keeps the time linear: a run of marks is tried once. */
const OPENING = /^["'`{([<\s]+/;
const CLOSING = /(?<!["'`})\]>.\s])["'`})\]>.\s]+$/;
/** An expression that was not evaluated. */
const TEMPLATE = /\{\{[^}]{0,300}\}\}|\$json\b|\$\('|<\/?(?:reply|output|answer|response)>/i;

const findEmptyAnswers: Rule = (chat) =>
	answersOf(chat).flatMap(({ id, text }) => {
		const bare = text.trim().replace(OPENING, '').replace(CLOSING, '');
		const hasWords = /[\p{L}\p{Nd}\p{Extended_Pictographic}]/u.test(bare);
		const isEmpty = !hasWords || PLACEHOLDER.test(bare) || TEMPLATE.test(text);
		return isEmpty ? [{ message_id: id, reason: 'The AI’s answer is no text for a visitor.' }] : [];
	});

/** Hosts of the links that the widget shows in a text. */
function linkedHosts(text: string): string[] {
	return [...text.matchAll(/\[|https?:\/\/|www\./gi)].slice(0, MAX_LINKS).flatMap(({ index }) => {
		const href = linkAt(text, index)?.href ?? '';
		return /^https?:/.test(href) ? [new URL(href).hostname.toLowerCase()] : [];
	});
}

const isWithin = (host: string, own: string) => host === own || host.endsWith(`.${own}`);

/** The AI links to a host that is neither the site's nor one that the visitor mentioned. */
const findForeignLinks: Rule = (chat) => {
	const { own_hosts } = chat;
	if (own_hosts.length === 0) return [];
	const said = visitorMessagesOf(chat)
		.map(({ text }) => text.toLowerCase())
		.join('\n');
	return answersOf(chat).flatMap(({ id, text }) => {
		const foreign = linkedHosts(text).find((host) => {
			const name = host.replace(/^www\./, '');
			return !own_hosts.some((own) => isWithin(name, own)) && !said.includes(name);
		});
		return foreign === undefined
			? []
			: [
					{
						message_id: id,
						reason: `The AI links to ${foreign}, which is not one of the site’s hosts.`,
					},
				];
	});
};

/** The rules by name. The rule for languages is made once its detector is loaded. */
const RULES: Record<Exclude<CheckRule, 'wrong_language'>, Rule> = {
	asked_known: findAskedKnown,
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

/** Returns what a rule finds in a chat, once per message and at most three times. */
export function applyRule(rule: CheckRule, chat: CheckedChat, wrongLanguage: Rule): Finding[] {
	const findings = (rule === 'wrong_language' ? wrongLanguage : RULES[rule])(chat);
	const distinct = new Map(findings.map((finding) => [finding.message_id, finding]));
	return [...distinct.values()].slice(0, MAX_FINDINGS);
}

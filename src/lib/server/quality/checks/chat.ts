import type { Channel, CompletionSource, CompletionStatus, Sender } from '#lib/contract/common.ts';
import { cleanInput } from '#lib/server/ai/connectors/scripted/index.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';
import type { LeadValues } from '#lib/server/leads/unchecked.ts';

/** A message as the rules read it. */
export interface CheckedMessage {
	id: number;
	sender: Sender;
	text: string;
	at: Date;
	is_fallback: boolean;
	/** The key of the question that the message asks, if the AI reported it. */
	asked: string | null;
	/** The ID of the newest visitor message that the AI knew when it wrote this message; null if unknown. */
	answers_through: number | null;
}

export interface VisitorContact {
	type: 'email' | 'phone';
	value: string;
	message_id: number;
}

/** A finished chat with the data that the rules compare it with. */
export interface CheckedChat {
	site: Pick<SiteRow, 'business_hours' | 'completion_needs' | 'completion_phrases' | 'questions'>;
	/** The hosts that the AI may link to; empty if none are known. */
	own_hosts: readonly string[];
	channel: Channel;
	completion_status: CompletionStatus;
	completion_source: CompletionSource | null;
	is_completion_claimed: boolean;
	lead: LeadValues | null;
	/** The email addresses and phone numbers that the visitor gave, in message order. */
	contacts: readonly VisitorContact[];
	/** The times at which handoffs were requested. */
	handoffs: readonly Date[];
	/** Oldest first. */
	messages: readonly CheckedMessage[];
}

/** A problem that a rule found. */
export interface Finding {
	/** The message with the problem; null if it concerns the whole chat. */
	message_id: number | null;
	/** The problem, in a sentence for reviewers. */
	reason: string;
}

export type Rule = (chat: CheckedChat) => Finding[];

/** Returns the AI's messages, without fallback replies. */
export const getAnswers = ({ messages }: CheckedChat): CheckedMessage[] =>
	messages.filter(({ sender, is_fallback }) => sender === 'ai' && !is_fallback);

export const getVisitorMessages = ({ messages }: CheckedChat): CheckedMessage[] =>
	messages.filter(({ sender }) => sender === 'visitor');

/** Returns the visitor's messages after a message, up to the next message by anyone else. */
export function findReply({ messages }: CheckedChat, { id }: CheckedMessage): CheckedMessage[] {
	const laterMessages = messages.filter(
		(message) => message.id > id && message.sender !== 'system',
	);
	const end = laterMessages.findIndex(({ sender }) => sender !== 'visitor');
	return end < 0 ? laterMessages : laterMessages.slice(0, end);
}

/** The maximum length of a message that rules read. */
export const MAX_TEXT_LENGTH = 4_000;

/** Returns the part of a message that the rules read. */
export const toReadableText = (text: string): string => cleanInput(text, MAX_TEXT_LENGTH);

/** The maximum number of sentences read per message. */
const MAX_SENTENCES = 60;

/** Splits a text into sentences with their punctuation. */
export const splitSentences = (text: string): string[] =>
	text
		.split(/(?<=[.!?…؟。！？])\s+|\n+/u, MAX_SENTENCES)
		.map((sentence) => sentence.trim())
		.filter((sentence) => sentence !== '');

/** Returns the part of a message that states what its sender wants; longer text is usually pasted. */
export const getBeginning = (text: string): string => text.slice(0, 400);

export const isMarkedQuestion = (sentence: string) => /[?？؟]["”»)*_]*$/u.test(sentence);

import type { Channel, CompletionSource, CompletionStatus, Sender } from '#lib/contract/common.ts';
import { readable } from '#lib/server/ai/connectors/scripted/index.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';
import type { LeadValues } from '#lib/server/leads/unchecked.ts';

/** A message as the rules read it. */
export interface CheckedMessage {
	id: number;
	sender: Sender;
	text: string;
	at: Date;
	is_fallback: boolean;
	/** The key of the question that it asks, if the AI reported it. */
	asked: string | null;
	/** The newest visitor message that the AI knew when it wrote this; null if it is unknown. */
	answers_through: number | null;
}

export interface GivenContact {
	type: 'email' | 'phone';
	value: string;
	message_id: number;
}

/** A finished chat with what the rules compare it with. */
export interface CheckedChat {
	site: Pick<SiteRow, 'business_hours' | 'completion_needs' | 'completion_phrases' | 'questions'>;
	/** The hosts that the AI may link to; empty if none are known. */
	own_hosts: readonly string[];
	channel: Channel;
	completion_status: CompletionStatus;
	completion_source: CompletionSource | null;
	is_completion_claimed: boolean;
	lead: LeadValues | null;
	/** The email addresses and phone numbers that the visitor gave, in the order of the messages. */
	contacts: readonly GivenContact[];
	/** When people were called into the chat. */
	handoffs: readonly Date[];
	/** Oldest first. */
	messages: readonly CheckedMessage[];
}

/** A fault that a rule found. */
export interface Finding {
	/** The message at fault; null if the fault is of the whole chat. */
	message_id: number | null;
	/** What is wrong, in a sentence for reviewers. */
	reason: string;
}

export type Rule = (chat: CheckedChat) => Finding[];

/** Returns what the AI wrote, without fallback replies. */
export const answersOf = ({ messages }: CheckedChat): CheckedMessage[] =>
	messages.filter(({ sender, is_fallback }) => sender === 'ai' && !is_fallback);

export const visitorMessagesOf = ({ messages }: CheckedChat): CheckedMessage[] =>
	messages.filter(({ sender }) => sender === 'visitor');

/** Returns the visitor's messages from one message up to the next that isn't the visitor's, joined by newlines. */
export function replyTo({ messages }: CheckedChat, { id }: CheckedMessage): CheckedMessage[] {
	const after = messages.filter((message) => message.id > id && message.sender !== 'system');
	const end = after.findIndex(({ sender }) => sender !== 'visitor');
	return end < 0 ? after : after.slice(0, end);
}

/** The length to which rules read a message. */
export const MAX_TEXT_LENGTH = 4_000;

/** Returns what the rules read of a message. */
export const readableText = (text: string): string => readable(text, MAX_TEXT_LENGTH);

/** More sentences of one message are not read. */
const MAX_SENTENCES = 60;

/** Splits a text into sentences with their punctuation. */
export const sentencesOf = (text: string): string[] =>
	text
		.split(/(?<=[.!?…؟。！？])\s+|\n+/u, MAX_SENTENCES)
		.map((sentence) => sentence.trim())
		.filter((sentence) => sentence !== '');

/** The part of a message in which its sender says what they want; longer ones are pasted. */
export const beginningOf = (text: string): string => text.slice(0, 400);

export const isQuestionMark = (sentence: string) => /[?？؟]["”»)*_]*$/u.test(sentence);

import type { Channel } from '#lib/contract/common.ts';
import type { CallReport, TurnNote } from '#lib/contract/connector.ts';
import type { LeadInput } from '#lib/contract/lead.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { EventName } from '#lib/server/core/events.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';
import type { HistoryMessage, TurnOutcome, TurnTrace } from '../connectors/connector.ts';

/** One call to the AI for one chat session, claimed by this process. */
export interface Turn {
	turn_id: string;
	chat_session_id: number;
	session_id: string;
	/** True in a test chat, which is left out of statistics and alerts. */
	is_test: boolean;
	action: 'start' | 'message';
	channel: Channel;
	connector: SiteRow['connector']['type'];
	/** The site, with the connector that answers this turn and this visitor's greeting. */
	site: SiteRow;
	/** The challenger that answers; null for the champion. */
	challenger_id: number | null;
	/** Whether this is the champion's first turn after the guard ended the trial of the chat's challenger. */
	is_newly_returned: boolean;
	context: VisitorContext;
	/** The lead's known values: core fields and answers, by key. */
	lead: Record<string, string>;
	/** The newest earlier messages; empty for the scripted connector, which reads all of them. */
	history: HistoryMessage[];
	handoff_missed: boolean;
	/** Whether the built-in AI answers instead of the site's, which has failed. */
	is_rescue: boolean;
	/** Whether the chat's previous turn failed. */
	previous_turn_failed: boolean;
	/** Whether the AI claimed completion earlier although values that the site requires are missing. */
	completion_claimed: boolean;
	/** The visitor's messages since the last turn, joined by newlines; empty for the greeting. */
	message: string;
	/** The ID of the newest visitor message that the turn answers; null for the greeting. */
	message_id: number | null;
	/** The time in the queue, in ms. */
	queued_ms?: number;
}

/** Returns whether the turn is a fixed greeting, which calls no AI and is sent regardless of its time in the queue. */
export const isFixedGreeting = ({ action, site }: Turn) =>
	action === 'start' && site.greeting !== null;

/** A turn that this process is running, with the reply written so far. */
export interface RunningTurn {
	turn: Turn;
	text: string;
	seq: number;
	abort: AbortController;
	/** Whether the reply is discarded, because an agent took over or the chat session was deleted. */
	isDropped: boolean;
}

/** Events that discard the running turn, because a person takes over or the chat session was deleted. */
export const DROPPING_EVENTS = new Set<EventName>([
	'agent.joined',
	'handoff.requested',
	'session.deleted',
]);

/** Discards the reply of a running turn. */
export function drop(running: RunningTurn): void {
	running.isDropped = true;
	running.abort.abort();
}

/** A row of `ai_traces` without its keys. */
export interface StoredTrace {
	request: string | null;
	response: string | null;
	request_bytes: number;
	response_bytes: number;
	content_type: string | null;
	queued_ms: number | null;
	first_byte_ms: number | null;
	total_ms: number;
}

/** The result of a turn: the reply to store, and the record of the call. */
export interface TurnResult {
	outcome: TurnOutcome;
	/** The reply; empty if there is none. For a fallback, the part of the AI's answer that the visitor has already seen. */
	text: string;
	is_fallback: boolean;
	/** Whether the built-in AI wrote the reply after the site's AI failed. */
	is_rescue: boolean;
	completed: boolean;
	lead: LeadInput;
	quick_replies: string[];
	/** The key of the question that the reply asks. */
	asked: string | null;
	/** The AI's request for a person; the reason may be empty. */
	handoff: { reason: string } | null;
	version: string | null;
	/** A question from the visitor that the AI could not answer. */
	unanswered: string | null;
	booking_url: string | null;
	/** Keys and values of the answer that could not be used. */
	notes: TurnNote[];
	/** Why the turn failed, for agents. */
	detail: string | null;
	trace: TurnTrace;
	/** The report of the call, in test chats. */
	report?: CallReport;
	/** The trace of the call, in other chats. */
	call?: StoredTrace;
}

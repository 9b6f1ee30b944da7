import type { ConnectorTrial } from '#lib/contract/connector.ts';
import type { LeadInput } from '#lib/contract/lead.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { SiteRow } from '#lib/server/sites/unchecked.ts';
import type { TurnOutcome, TurnTrace } from '../connectors/connector.ts';

/** One call of the AI for one chat session, claimed by this process. */
export interface Turn {
	turn_id: string;
	chat_session_id: number;
	session_id: string;
	/** Of a chat of the team with the AI, which is in no figure and alarms nobody. */
	is_test: boolean;
	action: 'start' | 'message';
	connector: SiteRow['connector']['type'];
	site: SiteRow;
	context: VisitorContext;
	/** What the visitor wrote since the last turn, joined by newlines. */
	message: string;
	/** The newest visitor message that the turn answers; null for the greeting. */
	message_id: number | null;
}

/** How a turn ended: what is stored and shown, and what is kept of the call. */
export interface TurnResult {
	outcome: TurnOutcome;
	/** What is stored as the reply; empty: nothing. Of a fallback: what was shown before it. */
	text: string;
	is_fallback: boolean;
	completed: boolean;
	lead: LeadInput;
	quick_replies: string[];
	/** Why it failed, for agents. */
	detail: string | null;
	trace: TurnTrace;
	/** Of a test chat: what was seen on the wire. */
	trial?: ConnectorTrial;
}

/** A lease is renewed every two seconds; a process that missed this many has died. */
export const LEASE_SECONDS = 12;
export const RENEW_MS = 2_000;

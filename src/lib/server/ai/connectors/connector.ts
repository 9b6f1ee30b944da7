import type { Message } from '#lib/contract/message.ts';
import type { LeadInput } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';
import type { TurnOutcome } from '#lib/contract/turn.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';

export type { TurnOutcome };

/** The input of a connector for one turn. */
export interface Conversation {
	session_id: string;
	turn_id: string;
	action: 'start' | 'message';
	/** Marks test calls, so that a workflow can skip its CRM. */
	is_test?: boolean;
	/** The visitor's messages since the last turn, joined by newlines; empty for `start`. */
	message: string;
	/** The newest visitor message of this turn. */
	message_id: number | null;
	site: { key: string; name: string; completion_phrase: string; questions: Question[] };
	context: VisitorContext;
	/** Loads the lead's known values: core fields and answers, by key. */
	lead(): Promise<Record<string, string>>;
	/** Loads all messages of the chat session, oldest first. */
	history(): Promise<Message[]>;
	signal: AbortSignal;
}

/** The result of a turn. */
export interface Outcome {
	text: string;
	completed?: boolean;
	lead?: LeadInput;
	quick_replies?: string[];
}

/** Facts of the call, stored with the turn. */
export interface TurnTrace {
	http_status?: number;
	/** The recognized answer format, such as `json.output` or `n8n-stream`. */
	shape?: string;
	execution_id?: string;
	/** The AI has begun to answer; never set for answers that Frontdesk generates. */
	has_begun?: boolean;
	retries: number;
}

/** A failed turn. `message` is for agents and logs, never for visitors. */
export class ConnectorError extends Error {
	override name = 'ConnectorError';
	readonly outcome: TurnOutcome;
	/** The part of the reply that the visitor had seen before the failure; empty if none. */
	readonly partial: string;

	constructor(
		outcome: TurnOutcome,
		message: string,
		extra: { partial?: string; cause?: unknown } = {},
	) {
		super(message, { cause: extra.cause });
		this.outcome = outcome;
		this.partial = extra.partial ?? '';
	}
}

/** Yields chunks of the reply as they arrive and returns the outcome. Throws ConnectorError. */
export type Connector = (
	conversation: Conversation,
	trace: TurnTrace,
) => AsyncGenerator<string, Outcome, void>;

import type { Message } from '#lib/contract/message.ts';
import type { LeadInput } from '#lib/contract/lead.ts';
import type { Question } from '#lib/contract/site.ts';
import type { TurnOutcome } from '#lib/contract/turn.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';

export type { TurnOutcome };

/** What a connector is given for one turn. */
export interface Conversation {
	session_id: string;
	turn_id: string;
	action: 'start' | 'message';
	/** A test: the workflow is told, so that it can leave its CRM alone. */
	is_test?: boolean;
	/** What the visitor wrote since the last turn, joined by newlines; empty for `start`. */
	message: string;
	/** The newest visitor message of this turn. */
	message_id: number | null;
	site: { key: string; name: string; completion_phrase: string; questions: Question[] };
	context: VisitorContext;
	/** The lead as it is known now: core fields and answers by key. */
	lead(): Promise<Record<string, string>>;
	/** All messages of the chat session, oldest first. */
	history(): Promise<Message[]>;
	signal: AbortSignal;
}

/** What a connector says at the end of a turn. */
export interface Outcome {
	text: string;
	completed?: boolean;
	lead?: LeadInput;
	quick_replies?: string[];
}

/** What is kept of the call for the turn's record. */
export interface TurnTrace {
	http_status?: number;
	/** Which answer shape was understood, for example `json.output` or `n8n-stream`. */
	shape?: string;
	execution_id?: string;
	/** A first piece of text has come; not of answers that are made here. */
	has_begun?: boolean;
	retries: number;
}

/** A failed turn. `message` is for agents and logs, never for visitors. */
export class ConnectorError extends Error {
	override name = 'ConnectorError';
	readonly outcome: TurnOutcome;
	/** What came before it failed, if anything was shown already. */
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

/** Yields pieces of the answer's text as they come; returns the outcome; throws ConnectorError. */
export type Connector = (
	conversation: Conversation,
	trace: TurnTrace,
) => AsyncGenerator<string, Outcome, void>;

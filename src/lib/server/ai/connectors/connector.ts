import type { Channel } from '#lib/contract/common.ts';
import { DEFAULT_COMPLETION_PHRASE } from '#lib/contract/constants.ts';
import type { WidgetLanguage } from '#lib/contract/frame.ts';
import type { Message } from '#lib/contract/message.ts';
import { listMissingForCompletion } from '#lib/contract/session.ts';
import type { Question } from '#lib/contract/site.ts';
import type { CompletionNeeds } from '#lib/contract/site-settings.ts';
import type { TurnOutcome } from '#lib/contract/turn.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { OutboundTimeouts } from '#lib/server/core/outbound/index.ts';
import type { SideFields } from './reply/side-fields.ts';

export type { TurnOutcome };

/** An earlier message in the form that is sent to the AI. */
export interface HistoryMessage {
	id: number;
	sender: 'user' | 'ai' | 'agent';
	/** The agent's name; absent for other senders. */
	name?: string;
	message: string;
	timestamp: string;
}

/** The input of a connector for one turn. */
export interface Conversation {
	session_id: string;
	turn_id: string;
	action: 'start' | 'message';
	channel: Channel;
	/** Marks test calls, so that a workflow can skip its CRM. */
	is_test: boolean;
	/** The visitor's messages since the last turn, joined by newlines; empty for `start`. */
	message: string;
	/** The ID of this turn's newest visitor message; null for `start`. */
	message_id: number | null;
	site: {
		key: string;
		name: string;
		completion_phrase: string;
		questions: Question[];
		completion_needs: CompletionNeeds;
	};
	context: VisitorContext;
	/** The language to write to the visitor in: the site's, or the browser's. */
	language: WidgetLanguage;
	/** The lead's known values: core fields and answers, by key. */
	lead: Record<string, string>;
	/** The newest earlier messages, oldest first, without those of this turn. Empty for the scripted connector. */
	history: HistoryMessage[];
	/** Whether a person was requested and no one took over. */
	handoff_missed: boolean;
	business_hours_open: boolean;
	/** Whether a reply announced completion although required answers are missing. */
	completion_claimed: boolean;
	/** Loads all messages of the chat session, oldest first. */
	loadTranscript(): Promise<Message[]>;
	signal: AbortSignal;
}

type SiteSettings = Omit<Conversation['site'], 'completion_phrase'> & {
	completion_phrases: string[];
};

/** Returns the site settings that a connector receives. */
export const toConversationSite = (site: SiteSettings): Conversation['site'] => ({
	key: site.key,
	name: site.name,
	completion_phrase: site.completion_phrases[0] ?? DEFAULT_COMPLETION_PHRASE,
	questions: site.questions,
	completion_needs: site.completion_needs,
});

/**
 * Returns the keys of unanswered required questions, in the site's order. After a completion claim, also returns the keys
 * of the other values that the site requires for completion.
 */
export function getMissingKeys({
	site,
	lead,
	completion_claimed,
}: Pick<Conversation, 'site' | 'lead' | 'completion_claimed'>): string[] {
	const required = site.questions.filter(({ key, is_required }) => is_required && !lead[key]);
	const { name = null, email = null, phone = null, company = null } = lead;
	const values = { name, email, phone, company, answers: lead };
	const needed = completion_claimed
		? listMissingForCompletion(site.completion_needs, site.questions, values)
		: [];
	return [...new Set([...required.map(({ key }) => key), ...needed])];
}

/** The result of a turn. */
export interface Outcome extends Omit<SideFields, 'execution_id' | 'workflow_version'> {
	text: string;
}

/** The default time limits of a turn, in milliseconds. */
export const DEFAULT_TIMEOUTS: OutboundTimeouts = {
	firstByte: 60_000,
	idle: 25_000,
	total: 120_000,
};

/** Formats a question as one line of a model's instructions. */
export const describeQuestion = ({ key, label, is_required, options }: Question): string =>
	`- ${key}: ${label}${is_required ? ' (required)' : ''}${options.length ? ` [${options.join(' | ')}]` : ''}`;

/** Details of the call that are stored with the turn. */
export interface TurnTrace {
	http_status?: number;
	/** The recognized answer format, such as `json.output` or `n8n-stream`. */
	shape?: string;
	execution_id?: string;
	/** Whether the AI has started to answer; never set for answers that Frontdesk generates. */
	has_begun?: boolean;
	retries: number;
}

/** A failed turn. `message` is for agents and logs, never for visitors. */
export class ConnectorError extends Error {
	override name = 'ConnectorError';
	readonly outcome: TurnOutcome;
	/** The part of the reply that the visitor had seen before the failure; empty if none. */
	readonly partial: string;
	/** The status and reason of a refusal with no known cause. The message adds only that the call was refused. */
	readonly refusal: string | undefined;

	constructor(
		outcome: TurnOutcome,
		message: string,
		extra: { partial?: string; cause?: unknown; refusal?: string | undefined } = {},
	) {
		super(message, { cause: extra.cause });
		this.outcome = outcome;
		this.partial = extra.partial ?? '';
		this.refusal = extra.refusal;
	}
}

/** Yields chunks of the reply as they arrive and returns the outcome. Throws ConnectorError. */
export type Connector = (
	conversation: Conversation,
	trace: TurnTrace,
) => AsyncGenerator<string, Outcome, void>;

import type { z } from 'zod';
import type { Lead } from './lead.ts';

/**
 * The sockets of `/agents` that receive an event: the whole team, admins, holders of a scope, watchers of the chat session,
 * the sockets of the payload's user, or all sockets. `connection` events are sent to a socket directly and never published.
 */
export type AgentAudience =
	| 'team'
	| 'admins'
	| 'leads:read'
	| 'errors:read'
	| 'quality:read'
	| 'watchers'
	| 'user'
	| 'everyone'
	| 'connection';

/**
 * The sockets of `/widget` that receive an event. `session` means the sockets of the payload's chat session. `view` limits
 * the payload to what a visitor may see. `sign-out` closes the sockets instead.
 */
type VisitorAudience<Payload> =
	| 'session'
	| 'sign-out'
	| 'everyone'
	| 'connection'
	| { view: z.ZodType; present(payload: Payload): object };

/** Determines when a subscribed endpoint gets a delivery. */
export interface Webhook<Payload> {
	label: string;
	hint: string;
	/** Identifies the occurrence. An endpoint gets one delivery per webhook and key. */
	key(payload: Payload, lead: Lead | null): string | number;
	/** Whether the occurrence is delivered. By default, all are. */
	when?(payload: Payload): boolean;
	/** Whether the occurrence is delivered, given its lead. */
	whenLead?(lead: Lead | null): boolean;
	/**
	 * Orders the deliveries of one lead to one endpoint: each is sent once the previous one was accepted or has failed.
	 * A `start` begins the chain. An `amend` is delivered only after a `start`, and an `end` undoes the `start`.
	 */
	chain?: 'start' | 'amend' | 'end';
	/** Combines the occurrences within this time into one delivery with the latest contents. */
	gatherMs?: number;
}

export const ACTIVITY_ICONS = [
	'start',
	'agent',
	'ai',
	'complete',
	'archive',
	'review',
	'lead',
	'note',
	'delivery',
	'export',
	'link',
] as const;
export type ActivityIcon = (typeof ACTIVITY_ICONS)[number];

/** The audit entry data available to descriptions: who acted, and what changed. */
export interface LoggedAction {
	actor: { name: string };
	detail: Record<string, unknown>;
}

/** The description of an action on screen. */
export interface Wording {
	/** The audit log's text after the actor's name. `{target}`, always last, is replaced by the target's name. */
	audit?: string | ((detail: LoggedAction['detail']) => string);
	/** The chat view's icon and text after the actor's name, for actions on one chat session. */
	activity?: readonly [ActivityIcon, string | ((act: LoggedAction) => string)];
}

type NeedsSession<Payload> = Payload extends
	{ session_id: string } | { session: { session_id: string } }
	? unknown
	: { visitor?: 'everyone' | 'connection'; agents?: Exclude<AgentAudience, 'watchers'> };
type NeedsUser<Payload> = Payload extends { user_id: number }
	? unknown
	: { agents?: Exclude<AgentAudience, 'user'> };

/** The declaration of an event apart from its name and payload. */
export interface EventOptions<Payload> extends Wording {
	agents?: AgentAudience;
	visitor?: VisitorAudience<Payload>;
	/** Webhooks by the name that endpoints subscribe to. */
	webhooks?: Record<string, Webhook<Payload>>;
}

/** Declares an event with a payload. Without an audience, it stays inside the process. */
export const defineEvent = <
	Schema extends z.ZodType,
	const Options extends EventOptions<z.infer<Schema>>,
>(
	payload: Schema,
	options: Options & NeedsSession<z.infer<Schema>> & NeedsUser<z.infer<Schema>>,
): { payload: Schema } & Options => ({ payload, ...options });

/** Declares an action that only the audit log records. */
export const defineAction = (
	audit: NonNullable<Wording['audit']>,
	activity?: NonNullable<Wording['activity']>,
): Pick<Wording, 'activity'> & { audit: NonNullable<Wording['audit']> } => ({
	audit,
	...(activity && { activity }),
});

import type { z } from 'zod';
import type { Lead } from './lead.ts';

/**
 * The sockets of `/agents` that receive an event: everybody of the team, admins, holders of a scope, those who watch the
 * chat session, all sockets of the payload's user. `connection`: the socket itself is sent it, nobody publishes it.
 */
export type AgentAudience =
	| 'team'
	| 'admins'
	| 'leads:read'
	| 'errors:read'
	| 'watchers'
	| 'user'
	| 'everyone'
	| 'connection';

/**
 * The sockets of `/widget`: `session` are the visitor's of the payload's chat session. `view` is what a visitor may see of
 * the payload where that is less than all of it. `sign-out` closes the sockets instead.
 */
export type VisitorAudience<Payload> =
	| 'session'
	| 'sign-out'
	| 'everyone'
	| 'connection'
	| { view: z.ZodType; present(payload: Payload): object };

/** When an endpoint that subscribed to a webhook gets a delivery. */
export interface Webhook<Payload> {
	label: string;
	hint: string;
	/** Identifies the occurrence: an endpoint gets one delivery per webhook and key. */
	key(payload: Payload, lead: Lead | null): string | number;
	/** Whether the occurrence counts; every one does by default. */
	when?(payload: Payload, lead: Lead | null): boolean;
}

export type ActivityIcon =
	| 'start'
	| 'agent'
	| 'ai'
	| 'complete'
	| 'archive'
	| 'review'
	| 'lead'
	| 'note'
	| 'delivery'
	| 'export'
	| 'link';

/** An act as the wordings below see it: who did it, and what changed. */
export interface Act {
	actor: { name: string };
	detail: Record<string, unknown>;
}

/** How people read of an act. */
export interface Wording {
	/** The audit log's words after the actor's name; `{target}`, last, stands for what it was done to. */
	audit?: string | ((detail: Act['detail']) => string);
	/** The chat view's icon and words after the actor's name, for acts on one chat session. */
	activity?: readonly [ActivityIcon, string | ((act: Act) => string)];
}

type NeedsSession<Payload> = Payload extends
	{ session_id: string } | { session: { session_id: string } }
	? unknown
	: { visitor?: 'everyone' | 'connection'; agents?: Exclude<AgentAudience, 'watchers'> };
type NeedsUser<Payload> = Payload extends { user_id: number }
	? unknown
	: { agents?: Exclude<AgentAudience, 'user'> };

/** Everything that is declared of one event beside its name. */
export interface EventOptions<Payload> extends Wording {
	agents?: AgentAudience;
	visitor?: VisitorAudience<Payload>;
	/** Deliveries by the name that endpoints subscribe to. */
	webhooks?: Record<string, Webhook<Payload>>;
	/** Announces acts on a chat session that have no live event of their own. */
	announcesActs?: true;
}

/** An event that is published with a payload; without an audience it stays inside the process. */
export const event = <
	Schema extends z.ZodType,
	const Options extends EventOptions<z.infer<Schema>>,
>(
	payload: Schema,
	options: Options & NeedsSession<z.infer<Schema>> & NeedsUser<z.infer<Schema>>,
): { payload: Schema } & Options => ({ payload, ...options });

/** An act that only the audit log records: no payload, no audience. */
export const act = (
	audit: NonNullable<Wording['audit']>,
	activity?: NonNullable<Wording['activity']>,
): Pick<Wording, 'activity'> & { audit: NonNullable<Wording['audit']> } => ({
	audit,
	...(activity && { activity }),
});

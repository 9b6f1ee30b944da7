import type { AutomationError, ErrorGroup } from '#lib/contract/automation-error.ts';
import type { AuditAction } from '#lib/contract/audit-entry.ts';
import type { Delivery } from '#lib/contract/delivery.ts';
import type { Lead } from '#lib/contract/lead.ts';
import type { Mail } from '#lib/contract/mail.ts';
import type { ReplyDelta, ReplyStarted, TypingChanged } from '#lib/contract/live.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Note } from '#lib/contract/note.ts';
import type { Replay } from '#lib/contract/test-chat.ts';
import type { Review, ReviewLockChange } from '#lib/contract/review.ts';
import type { Session } from '#lib/contract/session.ts';
import type { Site } from '#lib/contract/site.ts';

/** Facts, by the one name that they have on the bus, on sockets and in webhooks. */
export interface Events {
	'session.created': { session: Session };
	'session.updated': { session: Session };
	'session.completed': { session: Session };
	'session.abandoned': { session: Session };
	'session.deleted': { session_id: string };
	'message.created': { session_id: string; message: Message };
	'lead.updated': { session_id: string; lead: Lead };
	'note.created': { session_id: string; note: Note };
	'note.updated': { session_id: string; note: Note };
	'note.deleted': { session_id: string; note_id: number };
	'review.submitted': { session_id: string; review: Review };
	'review.queued': { session_id: string };
	'review.lock_changed': ReviewLockChange;
	'lead.overdue': { session_id: string; lead: Lead };
	'delivery.updated': { delivery: Delivery };
	'error.recorded': { error: AutomationError; group: ErrorGroup };
	'error.resolved': { group: ErrorGroup };
	'error.reopened': { group: ErrorGroup };
	/** A turn of a test chat has ended, and what was seen of it is kept. */
	'trial.finished': { session_id: string; turn_id: string };
	'replay.updated': { replay: Replay; user_id: number };
	'mail.updated': { mail: Mail };
	/** Somebody did something that the audit log remembers. */
	'audit.added': { action: AuditAction };
	/** Auth sessions of theirs have ended, or mean something else now. */
	'user.signed_out': { user_id: number };
	/** The tokens of a chat session were revoked: sockets that they opened are closed. */
	'visitor.signed_out': { session_id: string };
	'site.updated': { site: Site };
	'agent.joined': { session_id: string; name: string };
	'agent.left': { session_id: string };
	'reply.started': ReplyStarted;
	'reply.delta': ReplyDelta;
	'reply.finished': { session_id: string; reply_id: string; message: Message | null };
	'typing.changed': TypingChanged;
	/** Inside one process: the AI owes an answer. */
	'turn.due': { session_id: string; chat_session_id: number; site_id: number };
	/** Inside one process: what Facebook sent waits to be handled; a message waits to be sent there. */
	'messenger.received': Record<never, never>;
	'messenger.queued': Record<never, never>;
	/** Inside one process: a connection to the database broke. */
	'database.lost': Record<never, never>;
	/** Facts may have been missed: every client catches up. */
	'live.resumed': Record<never, never>;
	'visitor.presence': { session_id: string; is_online: boolean; page_url: string | null };
}
export type EventName = keyof Events;
export type AppEvent = { [K in EventName]: { name: K; payload: Events[K] } }[EventName];

type Recorder<Context, K extends EventName> = (ctx: Context, payload: Events[K]) => Promise<void>;
type Listener = (event: AppEvent) => void;

/**
 * Two ways to react: `onRecorded` runs inside the transaction that the fact belongs to (the outbox);
 * `onPublished` runs after it has committed (live screens) and must not throw.
 */
export class EventBus<Context> {
	#recorders = new Map<EventName, Recorder<Context, never>[]>();
	#listeners = new Set<Listener>();

	onRecorded<K extends EventName>(name: K, recorder: Recorder<Context, K>): void {
		this.#recorders.set(name, [...(this.#recorders.get(name) ?? []), recorder]);
	}

	/** Gives the function that ends the subscription. */
	onPublished(listener: Listener): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	async recorded(ctx: Context, event: AppEvent): Promise<void> {
		const recorders = this.#recorders.get(event.name) ?? [];
		for (const recorder of recorders) await recorder(ctx, event.payload as never);
	}

	publish(event: AppEvent): void {
		for (const listener of this.#listeners) listener(event);
	}
}

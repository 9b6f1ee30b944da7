import type { ReplyDelta } from '#lib/contract/message.ts';
import { createContext } from 'svelte';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';
import type { Session } from '#lib/contract/session.ts';

/** An AI reply that is streaming. */
export interface Reply {
	reply_id: string;
	text: string;
	/** The sequence number of the next delta. */
	next_seq: number;
}

/** Appends a delta to a reply. Returns `gap` when an earlier delta is missing, and the reply unchanged for a duplicate. */
export function appendDelta(reply: Reply | undefined, delta: ReplyDelta): Reply | 'gap' {
	const current =
		reply?.reply_id === delta.reply_id
			? reply
			: { reply_id: delta.reply_id, text: '', next_seq: 0 };
	if (delta.seq > current.next_seq) return 'gap';
	if (delta.seq < current.next_seq) return current;
	return { ...current, text: current.text + delta.text, next_seq: delta.seq + 1 };
}

const TYPISTS = ['visitor', 'ai', 'agent'] as const;
type Typist = (typeof TYPISTS)[number];

/** The maximum number of chat sessions whose visitor's presence is kept. */
const MAX_PRESENCES = 1000;

/** The live state of chat sessions: streaming replies, typing, and which visitors are online. */
export class LiveChats {
	readonly replies = new SvelteMap<string, Reply>();
	readonly presence = new SvelteMap<string, { is_online: boolean; page_url: string | null }>();
	readonly #live: LiveSocket;
	/** Who is typing, as chat session id and typist. Several may type in one chat at once. */
	readonly #typing = new SvelteSet<string>();
	#watched = new Map<string, number>();
	#subscribing = new Set<string>();

	constructor(live: LiveSocket) {
		this.#live = live;
	}

	/** Applies the socket's events until the returned function is called. */
	follow(): () => void {
		const stops = [
			this.#live.subscribe((events) => events.forEach((event) => this.#apply(event))),
			this.#live.onConnected(() => {
				this.replies.clear();
				this.#typing.clear();
				for (const id of this.#watched.keys()) void this.#subscribe(id);
			}),
		];
		return () => stops.forEach((stop) => stop());
	}

	isTyping(id: string, typist: Typist): boolean {
		return this.#typing.has(`${id} ${typist}`);
	}

	/** Subscribes to a chat session's replies and typing until the returned function is called. */
	watch(id: string): () => void {
		const count = this.#watched.get(id) ?? 0;
		this.#watched.set(id, count + 1);
		if (count === 0) void this.#subscribe(id);
		return () => this.#unwatch(id);
	}

	#unwatch(id: string): void {
		const count = (this.#watched.get(id) ?? 1) - 1;
		if (count > 0) {
			this.#watched.set(id, count);
			return;
		}
		this.#watched.delete(id);
		this.replies.delete(id);
		for (const typist of TYPISTS) this.#stopTyping(id, typist);
		this.#live.request('session:unwatch', { session_id: id }).catch(() => undefined);
	}

	/** Subscribes and loads the partial reply; after a failure, the next reconnect retries. */
	async #subscribe(id: string): Promise<void> {
		if (this.#subscribing.has(id)) return;
		this.#subscribing.add(id);
		try {
			const { reply } = await this.#live.request('session:watch', { session_id: id });
			const known = this.replies.get(id);
			const isAhead =
				known?.reply_id === reply?.reply_id && (known?.next_seq ?? 0) >= (reply?.next_seq ?? 0);
			if (reply && !isAhead && this.#watched.has(id)) this.replies.set(id, reply);
		} catch {
			// Offline, or the chat session was deleted.
		} finally {
			this.#subscribing.delete(id);
		}
	}

	#apply(event: LiveEvent): void {
		switch (event.name) {
			case 'reply.started':
				this.replies.set(event.payload.session_id, {
					reply_id: event.payload.reply_id,
					text: '',
					next_seq: 0,
				});
				return;
			case 'reply.delta':
				this.#addDelta(event.payload);
				return;
			case 'reply.finished':
				if (this.replies.get(event.payload.session_id)?.reply_id === event.payload.reply_id) {
					this.replies.delete(event.payload.session_id);
				}
				this.#stopTyping(event.payload.session_id, 'ai');
				return;
			case 'message.created':
				// The stored message replaces the streamed reply in the same frame.
				if (event.payload.message.sender === 'ai') this.replies.delete(event.payload.session_id);
				this.#stopTyping(event.payload.session_id, event.payload.message.sender);
				return;
			case 'typing.changed':
				if (event.payload.is_typing)
					this.#typing.add(`${event.payload.session_id} ${event.payload.sender}`);
				else this.#stopTyping(event.payload.session_id, event.payload.sender);
				return;
			case 'visitor.presence':
				this.#setPresence(event.payload);
				return;
			case 'presence.listed':
				this.presence.clear();
				for (const visitor of event.payload.visitors) {
					this.#setPresence({ ...visitor, is_online: true });
				}
				return;
			default:
				return;
		}
	}

	#addDelta(delta: ReplyDelta): void {
		const reply = appendDelta(this.replies.get(delta.session_id), delta);
		if (reply === 'gap') void this.#subscribe(delta.session_id);
		else this.replies.set(delta.session_id, reply);
	}

	#stopTyping(id: string, sender: string): void {
		this.#typing.delete(`${id} ${sender}`);
	}

	#setPresence({
		session_id,
		...presence
	}: {
		session_id: string;
		is_online: boolean;
		page_url: string | null;
	}) {
		this.presence.delete(session_id);
		this.presence.set(session_id, presence);
		if (this.presence.size <= MAX_PRESENCES) return;
		const [oldest] = this.presence.keys();
		if (oldest !== undefined) this.presence.delete(oldest);
	}
}

export const [getLiveChats, setLiveChats] = createContext<LiveChats>();

/** Without presence data, a chat session counts as live for this long after its last activity. */
const LIVE_FALLBACK_MS = 3 * 60_000;

/** Returns whether a visitor is online: by their presence if known, else by the chat session's last activity. */
export function isLive(
	session: Session,
	presence: { is_online: boolean } | undefined,
	now: number,
): boolean {
	if (presence) return presence.is_online;
	return (
		session.completion_status === 'in_progress' &&
		now - Date.parse(session.last_activity_at) < LIVE_FALLBACK_MS
	);
}

import { createContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { ReplyDelta } from '#lib/contract/live.ts';
import type { Fact } from './facts.ts';
import type { LiveSocket } from './live-socket.svelte.ts';
import { withDelta, type Reply } from '#lib/client/chat/replies.ts';

type Typist = 'visitor' | 'ai' | 'agent';

/** Chat sessions whose visitor came or went are remembered up to this number. */
const MAX_PRESENCES = 1000;

/** What goes on in chat sessions at this moment: replies being written, who is typing, who is on the page. */
export class LiveChats {
	readonly replies = new SvelteMap<string, Reply>();
	readonly typing = new SvelteMap<string, Typist>();
	readonly presence = new SvelteMap<string, { is_online: boolean; page_url: string | null }>();
	readonly #live: LiveSocket;
	#watched = new Map<string, number>();
	#asking = new Set<string>();

	constructor(live: LiveSocket) {
		this.#live = live;
	}

	/** Follows the socket until the returned function is called. */
	follow(): () => void {
		const stops = [
			this.#live.subscribe((facts) => facts.forEach((fact) => this.#apply(fact))),
			this.#live.onConnected(() => {
				this.replies.clear();
				this.typing.clear();
				for (const id of this.#watched.keys()) void this.#ask(id);
			}),
		];
		return () => stops.forEach((stop) => stop());
	}

	/** Has the server tell of a chat session's replies and typing until the returned function is called. */
	watch(id: string): () => void {
		const count = this.#watched.get(id) ?? 0;
		this.#watched.set(id, count + 1);
		if (count === 0) void this.#ask(id);
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
		this.typing.delete(id);
		this.#live.request('session:unwatch', { session_id: id }).catch(() => undefined);
	}

	/** Watches, and takes the reply as far as it has come; a failure is made good by the next connection. */
	async #ask(id: string): Promise<void> {
		if (this.#asking.has(id)) return;
		this.#asking.add(id);
		try {
			const { reply } = await this.#live.request('session:watch', { session_id: id });
			const known = this.replies.get(id);
			const isAhead =
				known?.reply_id === reply?.reply_id && (known?.next_seq ?? 0) >= (reply?.next_seq ?? 0);
			if (reply && !isAhead && this.#watched.has(id)) this.replies.set(id, reply);
		} catch {
			// Offline, or the chat session is gone.
		} finally {
			this.#asking.delete(id);
		}
	}

	#apply(fact: Fact): void {
		switch (fact.name) {
			case 'reply.started':
				this.replies.set(fact.payload.session_id, {
					reply_id: fact.payload.reply_id,
					text: '',
					next_seq: 0,
				});
				return;
			case 'reply.delta':
				this.#addDelta(fact.payload);
				return;
			case 'reply.finished':
				if (this.replies.get(fact.payload.session_id)?.reply_id === fact.payload.reply_id) {
					this.replies.delete(fact.payload.session_id);
				}
				this.#stopTyping(fact.payload.session_id, 'ai');
				return;
			case 'message.created':
				// The stored message takes the reply's place in the same frame.
				if (fact.payload.message.sender === 'ai') this.replies.delete(fact.payload.session_id);
				this.#stopTyping(fact.payload.session_id, fact.payload.message.sender);
				return;
			case 'typing.changed':
				if (fact.payload.is_typing) this.typing.set(fact.payload.session_id, fact.payload.sender);
				else this.#stopTyping(fact.payload.session_id, fact.payload.sender);
				return;
			case 'visitor.presence':
				this.#setPresence(fact.payload);
				return;
			case 'presence.told':
				this.presence.clear();
				for (const visitor of fact.payload.visitors) {
					this.#setPresence({ ...visitor, is_online: true });
				}
				return;
			default:
				return;
		}
	}

	#addDelta(delta: ReplyDelta): void {
		const reply = withDelta(this.replies.get(delta.session_id), delta);
		if (reply === 'gap') void this.#ask(delta.session_id);
		else this.replies.set(delta.session_id, reply);
	}

	#stopTyping(id: string, sender: string): void {
		if (this.typing.get(id) === sender) this.typing.delete(id);
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

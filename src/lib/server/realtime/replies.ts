import { replyDelta, replyStarted, type PartialReply } from '#lib/contract/message.ts';
import type { App } from '../core/context.ts';
import type { OutgoingEvent } from './broadcast.ts';

/** Longer than any AI may pause: the process that streamed such a reply has crashed. */
const STALE_MS = 180_000;

interface RemoteReply extends PartialReply {
	updated_at: number;
}

/** Tracks the replies that are streaming now, in this process and, through the relay, in others. */
export class Replies {
	readonly #app: App;
	/** Replies from other processes by chat session, the least recently updated first. */
	readonly #remote = new Map<string, RemoteReply>();

	constructor(app: App) {
		this.#app = app;
		// This process may finish a reply whose process has crashed.
		app.events.onPublished(({ name, payload }) => {
			if (name === 'reply.finished') this.#remote.delete(payload.session_id);
		});
	}

	/** Returns the text of a chat session's streaming reply up to now; null when none is streaming. */
	partialReply(sessionId: string): PartialReply | null {
		const own = this.#app.turns.getPartialReply(sessionId);
		const remote = this.#remote.get(sessionId);
		if (own || !remote) return own;
		const { reply_id, text, next_seq } = remote;
		return { reply_id, text, next_seq };
	}

	/** Applies an event that another process sends to its visitors. */
	receive({ namespace, name, payload }: OutgoingEvent): void {
		if (namespace !== '/widget') return;
		if (name === 'reply.started') this.#start(payload);
		else if (name === 'reply.delta') this.#append(payload);
		else if (name === 'reply.finished' && 'session_id' in payload) {
			this.#remote.delete(String(payload.session_id));
		}
	}

	/** Discards the replies from other processes, for when deltas may have been missed. */
	reset(): void {
		this.#remote.clear();
	}

	#start(payload: object): void {
		const { data } = replyStarted.safeParse(payload);
		if (data) this.#store(data.session_id, { reply_id: data.reply_id, text: '', next_seq: 0 });
	}

	#append(payload: object): void {
		const { data } = replyDelta.safeParse(payload);
		const reply = data && this.#remote.get(data.session_id);
		if (!reply || reply.reply_id !== data.reply_id) return;
		const { session_id, reply_id, seq, text } = data;
		if (seq === reply.next_seq) {
			this.#store(session_id, { reply_id, text: reply.text + text, next_seq: seq + 1 });
		} else if (seq > reply.next_seq) this.#remote.delete(session_id);
	}

	#store(sessionId: string, reply: PartialReply): void {
		const now = Date.now();
		this.#remote.delete(sessionId);
		this.#remote.set(sessionId, { ...reply, updated_at: now });
		for (const [id, { updated_at }] of this.#remote) {
			if (updated_at > now - STALE_MS) break;
			this.#remote.delete(id);
		}
	}
}

import { replyDelta, replyStarted, type PartialReply } from '#lib/contract/message.ts';
import type { App } from '../core/context.ts';
import type { OutgoingEvent } from './broadcast.ts';

/** Longer than any AI may be silent: the process that wrote such a reply has died. */
const STALE_MS = 180_000;

interface Heard extends PartialReply {
	heard_at: number;
}

/** The replies that are being written now: by this process, and by others as far as the relay tells of them. */
export class Replies {
	readonly #app: App;
	/** By chat session, the one longest silent first. */
	readonly #heard = new Map<string, Heard>();

	constructor(app: App) {
		this.#app = app;
		// A reply whose process died may be finished by this one.
		app.events.onPublished(({ name, payload }) => {
			if (name === 'reply.finished') this.#heard.delete(payload.session_id);
		});
	}

	/** What somebody who comes in the middle of a reply has missed of it; null when none is being written. */
	soFar(sessionId: string): PartialReply | null {
		const own = this.#app.turns.soFar(sessionId);
		const heard = this.#heard.get(sessionId);
		if (own || !heard) return own;
		const { reply_id, text, next_seq } = heard;
		return { reply_id, text, next_seq };
	}

	/** What another process tells its visitors. */
	heard({ namespace, name, payload }: OutgoingEvent): void {
		if (namespace !== '/widget') return;
		if (name === 'reply.started') this.#started(payload);
		else if (name === 'reply.delta') this.#written(payload);
		else if (name === 'reply.finished' && 'session_id' in payload) {
			this.#heard.delete(String(payload.session_id));
		}
	}

	/** Pieces may have been missed. */
	forget(): void {
		this.#heard.clear();
	}

	#started(payload: object): void {
		const { data } = replyStarted.safeParse(payload);
		if (data) this.#keep(data.session_id, { reply_id: data.reply_id, text: '', next_seq: 0 });
	}

	#written(payload: object): void {
		const { data } = replyDelta.safeParse(payload);
		const known = data && this.#heard.get(data.session_id);
		if (!known || known.reply_id !== data.reply_id) return;
		const { session_id, reply_id, seq, text } = data;
		if (seq === known.next_seq) {
			this.#keep(session_id, { reply_id, text: known.text + text, next_seq: seq + 1 });
		} else if (seq > known.next_seq) this.#heard.delete(session_id);
	}

	#keep(sessionId: string, reply: PartialReply): void {
		const now = Date.now();
		this.#heard.delete(sessionId);
		this.#heard.set(sessionId, { ...reply, heard_at: now });
		for (const [id, { heard_at }] of this.#heard) {
			if (heard_at > now - STALE_MS) break;
			this.#heard.delete(id);
		}
	}
}

import type { ReplyDelta, PartialReply } from '#lib/contract/message.ts';
import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';

/** A streaming reply. Its text is shown only while no delta is missing. */
export interface Reply {
	reply_id: string;
	text: string;
	next_seq: number;
	is_whole: boolean;
}

/** A notice between two messages in the log. */
export interface Note {
	after: number;
	text: string;
}

// Messages can arrive out of order, so an older one may still be missing when a newer one is known.
const OVERLAP = 4;

/** The state of one chat session. Doesn't render or send anything. */
export class Conversation {
	session: WidgetSession | null = null;
	/** Ordered by id. */
	messages: WidgetMessage[] = [];
	notes: Note[] = [];
	reply: Reply | null = null;
	is_agent_typing = false;

	/** Applies what the server sends after each connect. Returns the new messages. */
	started(session: WidgetSession, messages: WidgetMessage[]): WidgetMessage[] {
		if (this.session && this.session.session_id !== session.session_id) this.reset();
		this.session = session;
		return messages.filter((message) => this.add(message));
	}

	/** Inserts a message in order. Returns false if it is already known. */
	add(message: WidgetMessage): boolean {
		let at = this.messages.length;
		while (at > 0 && (this.messages[at - 1]?.id ?? 0) > message.id) at--;
		if (this.messages[at - 1]?.id === message.id) return false;
		this.messages.splice(at, 0, message);
		if (message.sender === 'ai') this.reply = null;
		if (message.sender === 'agent') this.is_agent_typing = false;
		return true;
	}

	/** The id after which to request missed messages. */
	get known_until(): number | undefined {
		return this.messages[this.messages.length - OVERLAP]?.id;
	}

	get newest(): WidgetMessage | undefined {
		return this.messages[this.messages.length - 1];
	}

	replyStarted(reply_id: string): void {
		if (this.reply?.reply_id === reply_id) return;
		this.reply = { reply_id, text: '', next_seq: 0, is_whole: true };
	}

	replyDelta({ reply_id, seq, text }: ReplyDelta): void {
		this.replyStarted(reply_id);
		const { reply } = this;
		if (!reply || seq < reply.next_seq) return;
		if (seq > reply.next_seq) reply.is_whole = false;
		reply.next_seq = seq + 1;
		reply.text += text;
	}

	/** Applies the server's copy of the streaming reply, after deltas may have been missed. */
	partialReply(reply: PartialReply | null): void {
		if (!reply || this.#isStored(reply)) return;
		const known = this.reply?.reply_id === reply.reply_id ? this.reply : null;
		if (known?.is_whole && known.next_seq >= reply.next_seq) return;
		this.reply = { ...reply, is_whole: true };
	}

	/** Whether a reply has already arrived as a message: around the time it is stored, the server may send both. */
	#isStored({ text }: PartialReply): boolean {
		const { newest } = this;
		return newest?.sender === 'ai' && text !== '' && newest.message.startsWith(text.trim());
	}

	/** Replaces the streaming reply with the message, or discards it if null. Returns true if the message is new. */
	replyFinished(reply_id: string, message: WidgetMessage | null): boolean {
		if (this.reply?.reply_id === reply_id) this.reply = null;
		return message !== null && this.add(message);
	}

	agentChanged(agent: string | null, agent_photo: string | null, text: string): void {
		if (!this.session || this.session.agent === agent) return;
		this.session = { ...this.session, agent, agent_photo };
		this.is_agent_typing = false;
		this.notes.push({ after: this.newest?.id ?? 0, text });
	}

	/** Called on disconnect: deltas of a reply may be missed from now on. */
	interrupted(): void {
		if (this.reply) this.reply.is_whole = false;
		this.is_agent_typing = false;
	}

	reset(): void {
		this.session = null;
		this.messages = [];
		this.notes = [];
		this.reply = null;
		this.is_agent_typing = false;
	}
}

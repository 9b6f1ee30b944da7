import type { ReplyDelta, PartialReply } from '#lib/contract/message.ts';
import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';

/** A streaming reply. Its text is shown only while no delta is missing. */
export interface Reply {
	reply_id: string;
	text: string;
	next_seq: number;
	isComplete: boolean;
}

/** A notice between two messages in the log. */
export interface Note {
	after: number;
	text: string;
}

// Requests for missed messages repeat the last few: messages can arrive out of order, so an older one may still be missing.
const OVERLAP_COUNT = 4;

/** The state of one chat session. Doesn't render or send anything. */
export class Conversation {
	session: WidgetSession | null = null;
	/** Ordered by id. */
	messages: WidgetMessage[] = [];
	notes: Note[] = [];
	reply: Reply | null = null;
	/** The name of the agent who is typing. */
	typist: string | null = null;
	/** How far the visitor's clock is behind the server's, in ms. */
	clockLagMs = 0;

	/** Applies what the server sends after each connect. Returns the new messages. */
	applyStart(session: WidgetSession, messages: WidgetMessage[]): WidgetMessage[] {
		if (this.session && this.session.session_id !== session.session_id) this.reset();
		this.session = session;
		return messages.filter((message) => this.add(message));
	}

	/** Inserts a message in order. Returns false if it is already known. */
	add(message: WidgetMessage): boolean {
		let index = this.messages.length;
		while (index > 0 && (this.messages[index - 1]?.id ?? 0) > message.id) index--;
		if (this.messages[index - 1]?.id === message.id) return false;
		this.messages.splice(index, 0, message);
		if (message.sender === 'ai') this.reply = null;
		if (message.sender === 'agent') this.setTyping(message.author, false);
		return true;
	}

	/** The id after which to request missed messages. */
	get resumeAfterId(): number | undefined {
		return this.messages[this.messages.length - OVERLAP_COUNT]?.id;
	}

	get latest(): WidgetMessage | undefined {
		return this.messages[this.messages.length - 1];
	}

	startReply(reply_id: string): void {
		if (this.reply?.reply_id === reply_id) return;
		this.reply = { reply_id, text: '', next_seq: 0, isComplete: true };
	}

	applyDelta({ reply_id, seq, text }: ReplyDelta): void {
		this.startReply(reply_id);
		const { reply } = this;
		if (!reply || seq < reply.next_seq) return;
		if (seq > reply.next_seq) reply.isComplete = false;
		reply.next_seq = seq + 1;
		reply.text += text;
	}

	/** Applies the server's copy of the streaming reply, after deltas may have been missed. */
	applyPartialReply(reply: PartialReply | null): void {
		if (!reply || this.#isStored(reply)) return;
		const current = this.reply?.reply_id === reply.reply_id ? this.reply : null;
		if (current?.isComplete && current.next_seq >= reply.next_seq) return;
		this.reply = { ...reply, isComplete: true };
	}

	/** Returns whether a reply has already arrived as a message. Around the time it is stored, the server may send both. */
	#isStored({ text }: PartialReply): boolean {
		const { latest } = this;
		return latest?.sender === 'ai' && text !== '' && latest.message.startsWith(text.trim());
	}

	/** Replaces the streaming reply with the message, or discards it if null. Returns true if the message is new. */
	finishReply(reply_id: string, message: WidgetMessage | null): boolean {
		if (this.reply?.reply_id === reply_id) this.reply = null;
		return message !== null && this.add(message);
	}

	setAgent(agent: string | null, agent_photo: string | null, text: string): void {
		if (!this.session || this.session.agent === agent) return;
		this.session = { ...this.session, agent, agent_photo };
		this.typist = null;
		this.notes.push({ after: this.latest?.id ?? 0, text });
	}

	/** Two agents may be typing; the latest one is shown. */
	setTyping(author: string | null, isTyping: boolean): void {
		if (isTyping) this.typist = author ?? '';
		else if (this.typist === (author ?? '')) this.typist = null;
	}

	/** Call on disconnect, after which deltas of the streaming reply may be missed. */
	markInterrupted(): void {
		if (this.reply) this.reply.isComplete = false;
		this.typist = null;
	}

	reset(): void {
		this.session = null;
		this.messages = [];
		this.notes = [];
		this.reply = null;
		this.typist = null;
	}
}

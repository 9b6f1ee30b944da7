import type { ReplyDelta, PartialReply } from '#lib/contract/message.ts';
import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';

/** An answer that is being written. It is shown as text only while no piece is missing. */
export interface Reply {
	reply_id: string;
	text: string;
	next_seq: number;
	is_whole: boolean;
}

/** A notice between two messages of the log. */
export interface Note {
	after: number;
	text: string;
}

// Events may come in another order than ids: a message may be missing that is older than the newest.
const OVERLAP = 4;

/** What is known of one chat session: nothing here draws or sends. */
export class Conversation {
	session: WidgetSession | null = null;
	/** Ordered by id. */
	messages: WidgetMessage[] = [];
	notes: Note[] = [];
	reply: Reply | null = null;
	is_agent_typing = false;

	/** Takes what the server says after every connect; returns the messages that were not known. */
	started(session: WidgetSession, messages: WidgetMessage[]): WidgetMessage[] {
		if (this.session && this.session.session_id !== session.session_id) this.reset();
		this.session = session;
		return messages.filter((message) => this.add(message));
	}

	/** Adds a message once, at its place; false when it is known. */
	add(message: WidgetMessage): boolean {
		let at = this.messages.length;
		while (at > 0 && (this.messages[at - 1]?.id ?? 0) > message.id) at--;
		if (this.messages[at - 1]?.id === message.id) return false;
		this.messages.splice(at, 0, message);
		if (message.sender === 'ai') this.reply = null;
		if (message.sender === 'agent') this.is_agent_typing = false;
		return true;
	}

	/** The id after which to ask for what was missed. */
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

	/** What the server has of the answer that is being written, after pieces may have been missed. */
	partialReply(reply: PartialReply | null): void {
		if (!reply || this.#isStored(reply)) return;
		const known = this.reply?.reply_id === reply.reply_id ? this.reply : null;
		if (known?.is_whole && known.next_seq >= reply.next_seq) return;
		this.reply = { ...reply, is_whole: true };
	}

	/** Whether a reply has come as a message already: the server may tell of both in the moment of storing it. */
	#isStored({ text }: PartialReply): boolean {
		const { newest } = this;
		return newest?.sender === 'ai' && text !== '' && newest.message.startsWith(text.trim());
	}

	/** The whole message stands in for what was streamed; null drops it. Returns true when the message is new. */
	replyFinished(reply_id: string, message: WidgetMessage | null): boolean {
		if (this.reply?.reply_id === reply_id) this.reply = null;
		return message !== null && this.add(message);
	}

	agentChanged(agent: string | null, text: string): void {
		if (!this.session || this.session.agent === agent) return;
		this.session = { ...this.session, agent };
		this.is_agent_typing = false;
		this.notes.push({ after: this.newest?.id ?? 0, text });
	}

	/** The connection is gone, and pieces of an answer may pass unheard. */
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

import type { WidgetEvents } from '#lib/contract/live.ts';
import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';
import type { Socket } from 'socket.io-client';
import type { Conversation } from './conversation.ts';

interface SocketListeners {
	conversation: Conversation;
	onMessage(message: WidgetMessage): void;
	onSession(session: WidgetSession): void;
	onAgentChange(agent: string | null, photo: string | null): void;
	/** Called with a complete reply that wasn't on screen before. */
	onReply(message: WidgetMessage): void;
	/** Called while the AI or an agent is writing, so more events will follow. */
	onActivity(): void;
	/** Called when the server reports that events may have been lost. */
	onResume(): void;
}

/** Applies the server's events to the conversation. */
export function subscribeToSocket(
	socket: Pick<Socket<WidgetEvents>, 'on'>,
	listeners: SocketListeners,
): void {
	const { conversation } = listeners;
	socket.on('disconnect', () => conversation.markInterrupted());
	socket.on('live.resumed', () => listeners.onResume());
	socket.on('message.created', ({ message }) => listeners.onMessage(message));
	socket.on('session.updated', ({ session }) => listeners.onSession(session));
	socket.on('reply.started', ({ reply_id }) => {
		conversation.startReply(reply_id);
		listeners.onActivity();
	});
	socket.on('reply.delta', (delta) => {
		conversation.applyDelta(delta);
		listeners.onActivity();
	});
	socket.on('reply.finished', ({ reply_id, message }) => {
		if (conversation.finishReply(reply_id, message) && message) listeners.onReply(message);
		listeners.onActivity();
	});
	socket.on('typing.changed', ({ sender, author, is_typing }) => {
		if (sender !== 'agent') return;
		conversation.setTyping(author, is_typing);
		listeners.onActivity();
	});
	socket.on('agent.joined', ({ name, photo }) => listeners.onAgentChange(name, photo));
	socket.on('agent.left', () => listeners.onAgentChange(null, null));
}

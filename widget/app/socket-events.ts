import type { WidgetEvents } from '#lib/contract/live.ts';
import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';
import type { Socket } from 'socket.io-client';
import type { Conversation } from './conversation.ts';

interface SocketListeners {
	conversation: Conversation;
	received(message: WidgetMessage): void;
	updated(session: WidgetSession): void;
	agentChanged(agent: string | null, photo: string | null): void;
	/** A complete reply that wasn't on screen before. */
	answered(message: WidgetMessage): void;
	/** The AI or an agent is at work: more events will follow. */
	active(): void;
	/** Events may have been missed. */
	missed(): void;
}

/** Applies the server's events to the conversation. */
export function subscribeToSocket(
	socket: Pick<Socket<WidgetEvents>, 'on'>,
	listeners: SocketListeners,
): void {
	const { conversation } = listeners;
	socket.on('disconnect', () => conversation.interrupted());
	socket.on('live.resumed', () => listeners.missed());
	socket.on('message.created', ({ message }) => listeners.received(message));
	socket.on('session.updated', ({ session }) => listeners.updated(session));
	socket.on('reply.started', ({ reply_id }) => {
		conversation.replyStarted(reply_id);
		listeners.active();
	});
	socket.on('reply.delta', (delta) => {
		conversation.replyDelta(delta);
		listeners.active();
	});
	socket.on('reply.finished', ({ reply_id, message }) => {
		if (conversation.replyFinished(reply_id, message) && message) listeners.answered(message);
		listeners.active();
	});
	socket.on('typing.changed', ({ sender, is_typing }) => {
		if (sender !== 'agent') return;
		conversation.is_agent_typing = is_typing;
		listeners.active();
	});
	socket.on('agent.joined', ({ name, photo }) => listeners.agentChanged(name, photo));
	socket.on('agent.left', () => listeners.agentChanged(null, null));
}

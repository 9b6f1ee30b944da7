import type { WidgetEvents } from '#lib/contract/live.ts';
import type { WidgetMessage, WidgetSession } from '#lib/contract/widget.ts';
import type { Socket } from 'socket.io-client';
import type { Conversation } from './conversation.ts';

interface Hearing {
	conversation: Conversation;
	received(message: WidgetMessage): void;
	updated(session: WidgetSession): void;
	agentChanged(agent: string | null): void;
	/** A whole answer that was not there before. */
	answered(message: WidgetMessage): void;
	/** Somebody is at it: more will follow. */
	heard(): void;
	/** Events may have been missed. */
	missed(): void;
}

/** Takes what the server says unasked into the conversation. */
export function hear(socket: Pick<Socket<WidgetEvents>, 'on'>, hearing: Hearing): void {
	const { conversation } = hearing;
	socket.on('disconnect', () => conversation.interrupted());
	socket.on('live.resumed', () => hearing.missed());
	socket.on('message.created', ({ message }) => hearing.received(message));
	socket.on('session.updated', ({ session }) => hearing.updated(session));
	socket.on('reply.started', ({ reply_id }) => {
		conversation.replyStarted(reply_id);
		hearing.heard();
	});
	socket.on('reply.delta', (delta) => {
		conversation.replyDelta(delta);
		hearing.heard();
	});
	socket.on('reply.finished', ({ reply_id, message }) => {
		if (conversation.replyFinished(reply_id, message) && message) hearing.answered(message);
		hearing.heard();
	});
	socket.on('typing.changed', ({ sender, is_typing }) => {
		if (sender !== 'agent') return;
		conversation.is_agent_typing = is_typing;
		hearing.heard();
	});
	socket.on('agent.joined', ({ name }) => hearing.agentChanged(name));
	socket.on('agent.left', () => hearing.agentChanged(null));
}

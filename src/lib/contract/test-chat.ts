import { z } from 'zod';
import { completionStatus, sessionId, timestamp } from './common.ts';
import { connectorTrial, connectorType } from './connector.ts';
import { lead } from './lead.ts';
import { message } from './message.ts';
import { session } from './session.ts';
import { siteKey } from './site.ts';
import { messageText } from './text.ts';
import { turnOutcome } from './turn.ts';

/** A chat of the team with a site's AI: a chat session of channel `test`. */
export const testChatInput = z.strictObject({ site: siteKey }).meta({ id: 'TestChatInput' });
export const testMessageInput = z
	.strictObject({ message: messageText, client_message_id: z.uuid().optional() })
	.meta({ id: 'TestMessageInput' });
export type TestMessageInput = z.input<typeof testMessageInput>;

/** One turn of a test chat, with what was seen of it. */
const testTurn = z.object({
	turn_id: z.uuid(),
	action: z.enum(['start', 'message']),
	connector: connectorType,
	/** The newest visitor message that it answers. */
	message_id: z.number().int().nullable(),
	started_at: timestamp,
	/** null while it runs. */
	outcome: turnOutcome.nullable(),
	trial: connectorTrial.nullable(),
});
export type TestTurn = z.infer<typeof testTurn>;

export const testChat = z
	.object({
		session,
		lead: lead.nullable(),
		messages: z.array(message),
		turns: z.array(testTurn),
	})
	.meta({ id: 'TestChat' });
export type TestChat = z.infer<typeof testChat>;

/** The visitor's side of a stored chat, said again to the AI of today. */
export const REPLAY_MOST_MESSAGES = 50;
export const replayStatus = z.enum(['running', 'done', 'cancelled', 'failed']);
export const replayStart = z.strictObject({ session_id: sessionId }).meta({ id: 'ReplayStart' });
export const replay = z
	.object({
		id: z.number().int(),
		/** The stored chat; null when it was deleted meanwhile. */
		source_session_id: sessionId.nullable(),
		/** The test chat. */
		session_id: sessionId,
		status: replayStatus,
		/** How many of the visitor's messages were said again so far, and of how many. */
		sent: z.number().int(),
		total: z.number().int(),
		created_at: timestamp,
		finished_at: timestamp.nullable(),
	})
	.meta({ id: 'Replay' });
export type Replay = z.infer<typeof replay>;

/** One of the two chats that are compared. */
const replaySide = z.object({
	session_id: sessionId,
	completion_status: completionStatus,
	messages: z.array(message),
	/** Lead fields by their keys, those that are known. */
	lead: z.record(z.string(), z.string()),
	turns: z.number().int(),
	failures: z.number().int(),
	/** Milliseconds that the AI took in all its turns. */
	ai_ms: z.number().int(),
});
export type ReplaySide = z.infer<typeof replaySide>;

export const replayComparison = z
	.object({ replay, then: replaySide.nullable(), now: replaySide })
	.meta({ id: 'ReplayComparison' });
export type ReplayComparison = z.infer<typeof replayComparison>;

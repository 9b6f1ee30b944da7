import { z } from 'zod';
import { completionStatus, sessionId, timestamp } from './common.ts';
import { callReport, connectorType } from './connector.ts';
import { lead } from './lead.ts';
import { message } from './message.ts';
import { session } from './session.ts';
import { siteKey } from './site.ts';
import { messageText } from './text.ts';
import { turnOutcome } from './turn.ts';

/** The site's AI that answers: its champion by default, or the challenger on trial. */
const testedArm = z.enum(['champion', 'challenger']);
export type TestedArm = z.infer<typeof testedArm>;

/** Starts a chat session on the channel `test` between the team and a site's AI. */
export const testChatInput = z
	.strictObject({ site: siteKey, arm: testedArm.optional() })
	.meta({ id: 'TestChatInput' });
export const testMessageInput = z
	.strictObject({ message: messageText, client_message_id: z.uuid().optional() })
	.meta({ id: 'TestMessageInput' });
export type TestMessageInput = z.input<typeof testMessageInput>;

/** One turn of a test chat, with its trace. */
const testTurn = z.object({
	turn_id: z.uuid(),
	action: z.enum(['start', 'message']),
	connector: connectorType,
	/** The latest visitor message that the turn replies to. */
	message_id: z.number().int().nullable(),
	started_at: timestamp,
	/** Null while the turn is running. */
	outcome: turnOutcome.nullable(),
	trial: callReport.nullable(),
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

/** The maximum number of visitor messages that a replay sends. */
export const MAX_REPLAY_MESSAGES = 50;
export const replayStatus = z.enum(['running', 'done', 'cancelled', 'failed']);
export const replayStart = z
	.strictObject({ session_id: sessionId, arm: testedArm.optional() })
	.meta({ id: 'ReplayStart' });
/** A replay sends the visitor's messages of a stored chat to the current AI. */
export const replay = z
	.object({
		id: z.number().int(),
		/** The stored chat. Null if it was deleted. */
		source_session_id: sessionId.nullable(),
		/** The test chat. */
		session_id: sessionId,
		status: replayStatus,
		/** The number of the visitor's messages sent so far, and in total. */
		sent: z.number().int(),
		total: z.number().int(),
		created_at: timestamp,
		finished_at: timestamp.nullable(),
	})
	.meta({ id: 'Replay' });
export type Replay = z.infer<typeof replay>;

/** One of the two compared chats. */
const replaySide = z.object({
	session_id: sessionId,
	completion_status: completionStatus,
	messages: z.array(message),
	/** The known lead fields, by key. */
	lead: z.record(z.string(), z.string()),
	turns: z.number().int(),
	failures: z.number().int(),
	/** The total duration of the turns, in milliseconds. */
	ai_ms: z.number().int(),
});
export type ReplaySide = z.infer<typeof replaySide>;

export const replayComparison = z
	.object({ replay, then: replaySide.nullable(), now: replaySide })
	.meta({ id: 'ReplayComparison' });
export type ReplayComparison = z.infer<typeof replayComparison>;

import { z } from 'zod';
import { sessionId, timestamp } from './common.ts';

/** The context for an AI, in the format that existing workflows rely on. The sender of a visitor's message is `user` here. */
export const conversation = z
	.object({
		session_id: sessionId,
		conversation_history: z.array(
			z.object({
				id: z.number().int(),
				message: z.string(),
				timestamp,
				sender: z.enum(['user', 'ai', 'agent', 'system']),
			}),
		),
		session_metadata: z.object({
			total_messages: z.number().int(),
			ai_messages_count: z.number().int(),
			user_messages_count: z.number().int(),
			/** The time of the first message returned. Null if there are none. */
			session_start: timestamp.nullable(),
			session_end: timestamp.nullable(),
			excluded_last_ai_message: z.boolean(),
		}),
		last_ai_message: z.string().nullable(),
		ai_message_time: timestamp.nullable(),
	})
	.meta({ id: 'Conversation' });
export type Conversation = z.infer<typeof conversation>;

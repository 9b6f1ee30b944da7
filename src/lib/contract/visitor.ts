import { z } from 'zod';
import { sessionId } from './common.ts';
import { session } from './session.ts';
import { trimmedString } from './text.ts';

const bySession = z.strictObject({
	/** A chat session's public or numeric id, which selects its visitor and all their chats. */
	session_id: z.union([sessionId, z.string().regex(/^\d{1,15}$/)]),
	/** Selects this chat only. */
	only_this_chat: z.boolean().default(false),
});
const byEmail = z.strictObject({ email: trimmedString(254) });
const byPhone = z.strictObject({ phone: trimmedString(40) });

/** Identifies a visitor by a chat session, or by a lead's email or phone number. */
export const visitorInput = z.union([bySession, byEmail, byPhone]).meta({ id: 'VisitorInput' });
export type VisitorInput = z.input<typeof visitorInput>;
export type Visitor = z.output<typeof visitorInput>;

/** Guards against accidental erasure. */
const confirm = z.literal('erase', 'must be "erase", because this cannot be undone');
export const eraseInput = z
	.union([bySession.extend({ confirm }), byEmail.extend({ confirm }), byPhone.extend({ confirm })])
	.meta({ id: 'EraseInput' });
export type EraseInput = z.input<typeof eraseInput>;

/** The latest 100 chat sessions of a visitor, newest first, and the total count. */
export const visitorChats = z
	.object({ count: z.number().int(), items: z.array(session) })
	.meta({ id: 'VisitorChats' });
export type VisitorChats = z.infer<typeof visitorChats>;

/** The number of records erased. All zero if there were none. */
export const erased = z
	.object({
		sessions: z.number().int(),
		messages: z.number().int(),
		leads: z.number().int(),
		deliveries: z.number().int(),
		mails: z.number().int(),
		errors: z.number().int(),
	})
	.meta({ id: 'Erased' });
export type Erased = z.infer<typeof erased>;

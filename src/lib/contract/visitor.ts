import { z } from 'zod';
import { sessionId } from './common.ts';
import { session } from './session.ts';
import { trimmedString } from './text.ts';

const ofSession = z.strictObject({
	/** A chat session's public or numeric id: whoever wrote there, with all their chats. */
	session_id: z.union([sessionId, z.string().regex(/^\d{1,15}$/)]),
	/** Leaves the person's other chats alone. */
	only_this_chat: z.boolean().default(false),
});
const ofEmail = z.strictObject({ email: trimmedString(254) });
const ofPhone = z.strictObject({ phone: trimmedString(40) });

/** One visitor: by a chat session, or by the e-mail or phone number of a lead. */
export const visitorInput = z.union([ofSession, ofEmail, ofPhone]).meta({ id: 'VisitorInput' });
export type VisitorInput = z.input<typeof visitorInput>;
export type Visitor = z.output<typeof visitorInput>;

/** What cannot be undone is asked for by its name. */
const confirm = z.literal('erase', 'say "erase": nobody can bring it back');
export const eraseInput = z
	.union([ofSession.extend({ confirm }), ofEmail.extend({ confirm }), ofPhone.extend({ confirm })])
	.meta({ id: 'EraseInput' });
export type EraseInput = z.input<typeof eraseInput>;

/** The chat sessions of a visitor, newest first, at most 100 of them, and how many there are. */
export const visitorChats = z
	.object({ count: z.number().int(), items: z.array(session) })
	.meta({ id: 'VisitorChats' });
export type VisitorChats = z.infer<typeof visitorChats>;

/** How much was erased; all zero when there was nothing (left). */
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

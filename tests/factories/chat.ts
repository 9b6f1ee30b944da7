import type { Channel } from '#lib/contract/common.ts';
import type { LeadInput } from '#lib/contract/lead.ts';
import type { Session } from '#lib/contract/session.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import { asSystem, type Ctx } from '#lib/server/core/context.ts';
import { updateLead } from '#lib/server/leads/index.ts';
import { sendVisitorMessage } from '#lib/server/conversations/messages/index.ts';
import { startSession } from '#lib/server/conversations/sessions/index.ts';

/** Creates a chat session with messages from the visitor, and with a lead if `lead` is set. */
export async function createChat(
	ctx: Ctx,
	values: {
		site?: string;
		channel?: Channel;
		messages?: string[];
		lead?: LeadInput;
		context?: VisitorContext;
	} = {},
): Promise<Session> {
	const { site = 'default', channel, messages = ['Hello'], lead, context } = values;
	const { session } = await startSession(ctx, { site, context }, { channel });
	const { id: chat_session_id, session_id } = session;
	for (const message of messages) {
		await sendVisitorMessage(asSystem(ctx), { chat_session_id, session_id, message });
	}
	if (lead) await updateLead(asSystem(ctx), { session_id }, { fields: lead, source: 'ai' });
	return session;
}

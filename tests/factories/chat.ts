import type { Channel } from '../../src/lib/contract/common';
import type { LeadInput } from '../../src/lib/contract/lead';
import type { Session } from '../../src/lib/contract/session';
import { asSystem, type Ctx } from '../../src/lib/server/context';
import { updateLead } from '../../src/lib/server/leads';
import { sendVisitorMessage } from '../../src/lib/server/messages';
import { startSession } from '../../src/lib/server/sessions';

/** A chat session with what the visitor wrote, and its lead when fields are given. */
export async function makeChat(
	ctx: Ctx,
	values: { site?: string; channel?: Channel; messages?: string[]; lead?: LeadInput } = {},
): Promise<Session> {
	const { site = 'default', channel, messages = ['Hello'], lead } = values;
	const { session } = await startSession(ctx, { site }, { channel });
	const { id: chat_session_id, session_id } = session;
	for (const message of messages) {
		await sendVisitorMessage(asSystem(ctx), { chat_session_id, session_id, message });
	}
	if (lead) await updateLead(asSystem(ctx), { session_id }, { fields: lead, source: 'ai' });
	return session;
}

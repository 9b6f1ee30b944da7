import { visitorInput, type Visitor, type VisitorInput } from '#lib/contract/visitor.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireRecentSignIn, requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { writeSessionJson } from '#lib/server/conversations/transcripts/unchecked.ts';
import { findHeld } from './held.ts';
import { findChats } from './internal.ts';

/**
 * All that is held of one visitor as one JSON object, written piece by piece: every chat with messages, lead, notes,
 * reviews, pages seen, deliveries, mails and what was done with it. Throws NotFound, Invalid, Conflict at once.
 */
export async function exportVisitor(
	ctx: Ctx,
	input: VisitorInput,
): Promise<AsyncGenerator<string, void, void>> {
	requireTeam(ctx, 'sessions:read');
	requireRecentSignIn(ctx);
	const visitor = parse(visitorInput, input);
	const ids = await findChats(ctx, visitor);
	if (ids.length === 0) throw notFound(`${namedBy(visitor)} that this visitor is known by`);
	await audit(ctx, { action: 'visitor.exported', detail: { chats: ids.length } });
	return write(ctx, ids);
}

const namedBy = (visitor: Visitor) =>
	'session_id' in visitor ? 'a chat' : 'email' in visitor ? 'an e-mail' : 'a phone number';

async function* write(ctx: Ctx, ids: number[]) {
	yield `{"exported_at":${JSON.stringify(ctx.app.clock())},"chats":[`;
	let comma = '';
	for (const id of ids) {
		const chat = await findChat(ctx, id);
		if (!chat) continue;
		yield comma;
		yield* chat;
		comma = ',';
	}
	yield ']}\n';
}

/** Undefined for a chat that was deleted meanwhile. */
async function findChat(ctx: Ctx, id: number) {
	const held = await findHeld(ctx, id);
	try {
		return held && (await writeSessionJson(ctx, String(id), { ...held }));
	} catch (error) {
		if (error instanceof AppError && error.code === 'not_found') return undefined;
		throw error;
	}
}

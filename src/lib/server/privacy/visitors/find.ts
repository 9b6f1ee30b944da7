import { desc, inArray } from 'drizzle-orm';
import {
	visitorInput,
	type Visitor,
	type VisitorChats,
	type VisitorInput,
} from '#lib/contract/visitor.ts';
import {
	presentSession,
	resolveSession,
	selectSessions,
} from '#lib/server/conversations/sessions/unchecked.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { chat_sessions } from '#lib/server/core/db/schema/index.ts';
import { AppError, conflict } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import {
	findChatsOfPerson,
	findStoredPhones,
	normalizeEmail,
} from '#lib/server/leads/unchecked.ts';

const MAX_ITEMS = 100;
/** An email or phone number in more chats than this doesn't identify one person. */
const MAX_CHATS = 5_000;

/**
 * Returns a visitor's chat sessions, newest first, at most 100, and their total number. Throws `invalid` for a malformed
 * email or phone number, and `conflict` when more than 5,000 chats or several phone numbers match.
 */
export async function findVisitor(ctx: Ctx, input: VisitorInput): Promise<VisitorChats> {
	requireTeam(ctx, 'sessions:read');
	const ids = await findChats(ctx, parse(visitorInput, input));
	const rows = await selectSessions(ctx.db)
		.where(inArray(chat_sessions.id, ids.slice(0, MAX_ITEMS)))
		.orderBy(desc(chat_sessions.id));
	return { count: ids.length, items: rows.map(presentSession) };
}

/**
 * Returns the row ids of a visitor's chat sessions, the named one first; none for an unknown visitor. Throws like
 * `findVisitor`. Doesn't check permissions.
 */
export async function findChats(ctx: Ctx, visitor: Visitor): Promise<number[]> {
	const ids = await findChatIds(ctx, visitor);
	if (ids.length <= MAX_CHATS) return ids;
	throw conflict(
		`more than ${MAX_CHATS} chats share this email or phone number; choose single chats instead`,
	);
}

async function findChatIds(ctx: Ctx, visitor: Visitor): Promise<number[]> {
	if ('session_id' in visitor) {
		const id = await findId(ctx, visitor.session_id);
		if (id === undefined) return [];
		const others = visitor.only_this_chat
			? []
			: await findChatsOfPerson(ctx, { chat_session_id: id }, MAX_CHATS + 1);
		// The chat itself may have no lead, and then isn't among the others.
		return [...new Set([id, ...others])];
	}
	if ('email' in visitor) {
		const email = normalizeEmail(visitor.email) ?? rejectInvalid('email');
		return findChatsOfPerson(ctx, { email }, MAX_CHATS + 1);
	}
	const [phones, ...others] =
		(await findStoredPhones(ctx, visitor.phone)) ?? rejectInvalid('phone');
	if (others.length > 0) {
		throw conflict(
			'several phone numbers match; enter the number with its country code and extension',
		);
	}
	return phones === undefined ? [] : findChatsOfPerson(ctx, { phones }, MAX_CHATS + 1);
}

async function findId(ctx: Ctx, id: string): Promise<number | undefined> {
	try {
		return (await resolveSession(ctx, id)).id;
	} catch (error) {
		if (error instanceof AppError && error.code === 'not_found') return undefined;
		throw error;
	}
}

function rejectInvalid(path: 'email' | 'phone'): never {
	const message = path === 'email' ? 'not an email address' : 'not a phone number';
	throw new AppError('invalid', message, { errors: [{ path, message }] });
}

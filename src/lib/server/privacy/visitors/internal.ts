import type { Visitor } from '#lib/contract/visitor.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError, conflict } from '#lib/server/core/errors.ts';
import {
	findChatsOfPerson,
	findStoredPhones,
	normalizeEmail,
} from '#lib/server/leads/unchecked.ts';
import { resolveSession } from '#lib/server/conversations/sessions/unchecked.ts';

/** Nobody chats so often: an address that so many leads have is no one person's. */
const MOST_CHATS = 5_000;

/**
 * Row ids of the chat sessions of a visitor, the one that was named before the others; none for whoever is unknown. Throws Invalid for what is no
 * email address or phone number, Conflict where too many chats share it or several numbers match.
 */
export async function findChats(ctx: Ctx, visitor: Visitor): Promise<number[]> {
	const ids = await chatsOf(ctx, visitor);
	if (ids.length <= MOST_CHATS) return ids;
	throw conflict(`more than ${MOST_CHATS} chats share an address with this one; name single chats`);
}

async function chatsOf(ctx: Ctx, visitor: Visitor): Promise<number[]> {
	if ('session_id' in visitor) {
		const id = await findId(ctx, visitor.session_id);
		if (id === undefined) return [];
		const others = visitor.only_this_chat
			? []
			: await findChatsOfPerson(ctx, { chat_session_id: id }, MOST_CHATS + 1);
		// Who left no address has one chat, and no lead perhaps.
		return [...new Set([id, ...others])];
	}
	if ('email' in visitor) {
		const email = normalizeEmail(visitor.email) ?? refuse('email');
		return findChatsOfPerson(ctx, { email }, MOST_CHATS + 1);
	}
	const [phones, ...others] = (await findStoredPhones(ctx, visitor.phone)) ?? refuse('phone');
	if (others.length > 0) {
		throw conflict('several phone numbers match; write it with its country code and extension');
	}
	return phones === undefined ? [] : findChatsOfPerson(ctx, { phones }, MOST_CHATS + 1);
}

async function findId(ctx: Ctx, id: string): Promise<number | undefined> {
	try {
		return (await resolveSession(ctx, id)).id;
	} catch (error) {
		if (error instanceof AppError && error.code === 'not_found') return undefined;
		throw error;
	}
}

function refuse(path: 'email' | 'phone'): never {
	const message = path === 'email' ? 'not an e-mail address' : 'not a phone number';
	throw new AppError('invalid', message, { errors: [{ path, message }] });
}

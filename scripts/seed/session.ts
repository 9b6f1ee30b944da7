import type { Message } from '#lib/contract/message.ts';
import type { chat_sessions, messages } from '#lib/server/core/db/schema/index.ts';
import { DAY } from './calendar.ts';
import { getCompletionAt, type Chat, type SeedMessage } from './chat.ts';
import { assignArm } from './challenger.ts';
import { getTurnVersion } from './turn.ts';

export type SessionRow = typeof chat_sessions.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;

export const toMessageRow = (chat: Chat, message: SeedMessage): MessageRow => ({
	id: message.id,
	chat_session_id: chat.id,
	sender: message.by,
	message: message.text,
	user_id: message.user?.id ?? null,
	author_name: null,
	client_message_id: null,
	external_id: null,
	turn_id: message.turn?.turn_id ?? null,
	is_fallback: message.is_fallback,
	quick_replies: message.quick_replies,
	booking_url: null,
	created_at: message.at,
});

export const presentMessage = (chat: Chat, message: SeedMessage): Message => ({
	id: message.id,
	session_id: chat.session_id,
	sender: message.by,
	message: message.text,
	timestamp: message.at.toISOString(),
	author: message.user?.name ?? null,
	client_message_id: null,
	external_id: null,
	is_fallback: message.is_fallback,
	quick_replies: message.quick_replies,
});

/** Returns the chat session as the server would have stored it at `until`. */
export function toSessionRow(chat: Chat, until: Date, idleMinutes: number): SessionRow {
	const messages = chat.messages.filter(({ at }) => at <= until);
	const lastMessage = messages.at(-1);
	const arm = assignArm(chat);
	const lastVisitorMessage = messages.findLast(({ by }) => by === 'visitor');
	const countMessagesBy = (by: SeedMessage['by']) =>
		messages.filter((message) => message.by === by).length;
	const turns = chat.turns.filter(({ finished_at }) => finished_at <= until);
	const completion = getCompletionAt(chat, until);
	const withdrawal = chat.withdrawal && chat.withdrawal.at <= until ? chat.withdrawal : null;
	const hasHappened = (at: Date | null) => at !== null && at <= until;
	const takeover = chat.takeover && chat.takeover.at <= until ? chat.takeover : null;
	const isHandedBack = Boolean(takeover?.handed_back_at && takeover.handed_back_at <= until);
	const last_activity_at = lastMessage?.at ?? chat.created_at;
	const isIdle = until.getTime() - last_activity_at.getTime() > idleMinutes * 60_000;
	const lastTurn = turns.at(-1);
	const answeredMessage = isHandedBack
		? lastVisitorMessage
		: (lastTurn?.answers ?? lastTurn?.after);
	return {
		id: chat.id,
		public_id: chat.session_id,
		site_id: chat.site.id,
		channel: chat.channel,
		completion_status: completion ? 'complete' : isIdle ? 'abandoned' : 'in_progress',
		completion_source: completion?.source ?? null,
		completion_claimed_at: hasHappened(chat.claimed_at) ? chat.claimed_at : null,
		completion_undone_at: withdrawal?.at ?? null,
		completions_undone: withdrawal ? 1 : 0,
		archive_status: 'active',
		qa_status: 'unchecked',
		review_queued_at: null,
		review_queued_because: null,
		review_drawn_at: null,
		checked_through_at: completion || isIdle ? last_activity_at : null,
		is_flagged: false,
		ai_engaged: turns.some(({ outcome, answers }) => outcome === 'ok' && answers !== null),
		ai_paused: takeover !== null && !isHandedBack,
		assignee_id: takeover && !isHandedBack ? takeover.by.id : null,
		agent_name: null,
		handoff_deadline_at: null,
		is_handoff_missed: false,
		is_rescued: hasHappened(chat.rescued_at),
		version: turns[0] ? getTurnVersion(chat, turns[0]) : null,
		challenger_id: arm && (chat.site.challenger?.id ?? null),
		arm,
		visitor_hash: null,
		client_session_id: null,
		token_version: 0,
		context: chat.context,
		pages: chat.pages,
		message_count: messages.length,
		visitor_message_count: countMessagesBy('visitor'),
		ai_message_count: countMessagesBy('ai'),
		last_message_id: lastMessage?.id ?? null,
		last_message_sender: lastMessage?.by ?? null,
		last_message_preview: lastMessage ? Array.from(lastMessage.text).slice(0, 200).join('') : null,
		last_message_at: lastMessage?.at ?? null,
		last_visitor_message_id: lastVisitorMessage?.id ?? null,
		answered_through_id: answeredMessage?.id ?? null,
		is_awaiting_reply: false,
		turn_id: null,
		turn_lease_until: null,
		last_question: null,
		greeting_variant: chat.greeting_variant,
		consent_version: null,
		consented_at: null,
		reply_until:
			chat.channel === 'messenger' && lastVisitorMessage
				? new Date(lastVisitorMessage.at.getTime() + DAY)
				: null,
		created_at: chat.created_at,
		last_activity_at,
		completed_at: completion?.at ?? null,
		archived_at: null,
	};
}

import type { Message } from '#lib/contract/message.ts';
import type { chat_sessions, messages } from '#lib/server/core/db/schema/index.ts';
import { DAY } from './calendar.ts';
import { completionAt, type Chat, type SeedMessage } from './chat.ts';
import { armOf } from './challenger.ts';
import { versionOf } from './turn.ts';

export type SessionRow = typeof chat_sessions.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;

export const messageRow = (chat: Chat, message: SeedMessage): MessageRow => ({
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

/** Returns the chat session's row as the server would have stored it by `until`. */
export function sessionRow(chat: Chat, until: Date, idleMinutes: number): SessionRow {
	const messages = chat.messages.filter(({ at }) => at <= until);
	const last = messages.at(-1);
	const arm = armOf(chat);
	const lastVisitorMessage = messages.findLast(({ by }) => by === 'visitor');
	const count = (by: SeedMessage['by']) => messages.filter((message) => message.by === by).length;
	const turns = chat.turns.filter(({ finished_at }) => finished_at <= until);
	const completed = completionAt(chat, until);
	const undone = chat.undone && chat.undone.at <= until ? chat.undone : null;
	const isSoFar = (at: Date | null) => at !== null && at <= until;
	const taken = chat.taken_over && chat.taken_over.at <= until ? chat.taken_over : null;
	const isHandedBack = Boolean(taken?.handed_back_at && taken.handed_back_at <= until);
	const last_activity_at = last?.at ?? chat.created_at;
	const isIdle = until.getTime() - last_activity_at.getTime() > idleMinutes * 60_000;
	const lastTurn = turns.at(-1);
	const answered = isHandedBack ? lastVisitorMessage : (lastTurn?.answers ?? lastTurn?.after);
	return {
		id: chat.id,
		public_id: chat.session_id,
		site_id: chat.site.id,
		channel: chat.channel,
		completion_status: completed ? 'complete' : isIdle ? 'abandoned' : 'in_progress',
		completion_source: completed?.source ?? null,
		completion_claimed_at: isSoFar(chat.claimed_at) ? chat.claimed_at : null,
		completion_undone_at: undone?.at ?? null,
		completions_undone: undone ? 1 : 0,
		archive_status: 'active',
		qa_status: 'unchecked',
		review_queued_at: null,
		review_queued_because: null,
		review_drawn_at: null,
		checked_through_at: completed || isIdle ? last_activity_at : null,
		is_flagged: false,
		ai_engaged: turns.some(({ outcome, answers }) => outcome === 'ok' && answers !== null),
		ai_paused: taken !== null && !isHandedBack,
		assignee_id: taken && !isHandedBack ? taken.by.id : null,
		agent_name: null,
		handoff_deadline_at: null,
		is_handoff_missed: false,
		is_rescued: isSoFar(chat.rescued_at),
		version: turns[0] ? versionOf(chat, turns[0]) : null,
		challenger_id: arm && (chat.site.challenger?.id ?? null),
		arm,
		visitor_hash: null,
		client_session_id: null,
		token_version: 0,
		context: chat.context,
		pages: chat.pages,
		message_count: messages.length,
		visitor_message_count: count('visitor'),
		ai_message_count: count('ai'),
		last_message_id: last?.id ?? null,
		last_message_sender: last?.by ?? null,
		last_message_preview: last ? Array.from(last.text).slice(0, 200).join('') : null,
		last_message_at: last?.at ?? null,
		last_visitor_message_id: lastVisitorMessage?.id ?? null,
		answered_through_id: answered?.id ?? null,
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
		completed_at: completed?.at ?? null,
		archived_at: null,
	};
}

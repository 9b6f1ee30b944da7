import type { Message } from '#lib/contract/message.ts';
import type { chat_sessions, messages } from '#lib/server/core/db/schema/index.ts';
import { DAY } from './calendar.ts';
import type { Chat, SeedMessage } from './chat.ts';

export type SessionRow = typeof chat_sessions.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;

export const messageRow = (chat: Chat, said: SeedMessage): MessageRow => ({
	id: said.id,
	chat_session_id: chat.id,
	sender: said.by,
	message: said.text,
	user_id: said.user?.id ?? null,
	client_message_id: null,
	external_id: null,
	turn_id: said.turn?.turn_id ?? null,
	is_fallback: said.is_fallback,
	quick_replies: said.quick_replies,
	created_at: said.at,
});

export const presentMessage = (chat: Chat, said: SeedMessage): Message => ({
	id: said.id,
	session_id: chat.session_id,
	sender: said.by,
	message: said.text,
	timestamp: said.at.toISOString(),
	author: said.user?.name ?? null,
	client_message_id: null,
	external_id: null,
	is_fallback: said.is_fallback,
	quick_replies: said.quick_replies,
});

/** Returns the chat session's row as the verbs would have left it at a time. */
export function sessionRow(chat: Chat, until: Date, idleMinutes: number): SessionRow {
	const said = chat.messages.filter(({ at }) => at <= until);
	const last = said.at(-1);
	const newest = said.findLast(({ by }) => by === 'visitor');
	const count = (by: SeedMessage['by']) => said.filter((message) => message.by === by).length;
	const turns = chat.turns.filter(({ finished_at }) => finished_at <= until);
	const completed = chat.completed && chat.completed.at <= until ? chat.completed : null;
	const taken = chat.taken_over && chat.taken_over.at <= until ? chat.taken_over : null;
	const isBack = Boolean(taken?.handed_back_at && taken.handed_back_at <= until);
	const last_activity_at = last?.at ?? chat.created_at;
	const isIdle = until.getTime() - last_activity_at.getTime() > idleMinutes * 60_000;
	const lastTurn = turns.at(-1);
	const answered = isBack ? newest : (lastTurn?.answers ?? lastTurn?.after);
	return {
		id: chat.id,
		public_id: chat.session_id,
		site_id: chat.site.id,
		channel: chat.channel,
		completion_status: completed ? 'complete' : isIdle ? 'abandoned' : 'in_progress',
		completion_source: completed?.source ?? null,
		archive_status: 'active',
		qa_status: 'unchecked',
		review_queued_at: null,
		review_queued_because: null,
		review_drawn_at: null,
		ai_engaged: turns.some(({ outcome, answers }) => outcome === 'ok' && answers !== null),
		ai_paused: taken !== null && !isBack,
		assignee_id: taken && !isBack ? taken.by.id : null,
		client_session_id: null,
		token_version: 0,
		context: chat.context,
		pages: chat.pages,
		message_count: said.length,
		visitor_message_count: count('visitor'),
		ai_message_count: count('ai'),
		last_message_id: last?.id ?? null,
		last_message_sender: last?.by ?? null,
		last_message_preview: last ? Array.from(last.text).slice(0, 200).join('') : null,
		last_message_at: last?.at ?? null,
		last_visitor_message_id: newest?.id ?? null,
		answered_through_id: answered?.id ?? null,
		is_awaiting_reply: false,
		turn_id: null,
		turn_lease_until: null,
		last_question: null,
		greeting_variant: chat.greeting_variant,
		consent_version: null,
		consented_at: null,
		reply_until:
			chat.channel === 'messenger' && newest ? new Date(newest.at.getTime() + DAY) : null,
		created_at: chat.created_at,
		last_activity_at,
		completed_at: completed?.at ?? null,
		archived_at: null,
	};
}

import type { chat_flags } from '#lib/server/core/db/schema/index.ts';
import { HOUR } from './calendar.ts';
import type { Chat } from './chat.ts';
import type { Fault } from './faults.ts';
import type { LeadRow } from './lead.ts';
import { Random } from './random.ts';
import type { ReviewRow } from './reviews.ts';
import { pickMember, type Team } from './team.ts';

type FlagRow = Omit<typeof chat_flags.$inferSelect, 'id'>;

interface EndedChat {
	endedAt: Date;
	lead: LeadRow | undefined;
	reviews: readonly ReviewRow[];
	now: Date;
}

/** Generates the flags of an ended chat, with the verdicts of its reviews. */
export function generateFlags(
	chat: Chat,
	team: Team,
	{ endedAt, lead, reviews, now }: EndedChat,
): FlagRow[] {
	const random = new Random(`flags ${chat.session_id}`);
	const isConfirmed = reviews.some(({ qa_status }) => qa_status === 'issue');
	const verdict = reviews.length === 0 ? null : isConfirmed ? 'confirmed' : 'rejected';
	const dismissed_at = new Date(endedAt.getTime() + random.int(1, 9) * HOUR);
	const isDismissed = verdict === 'rejected' && dismissed_at < now && random.chance(0.4);
	const by = pickMember(random, team.agents);
	return findFaults(chat, lead).map(({ message_id, rule, reason }) => ({
		chat_session_id: chat.id,
		site_id: chat.site.id,
		source: 'rule',
		rule,
		message_id,
		reason,
		verdict,
		dismissed_at: isDismissed ? dismissed_at : null,
		dismissed_by_id: isDismissed ? by.id : null,
		dismissed_by: isDismissed ? by.name : null,
		created_at: endedAt,
	}));
}

/** Lists the fault added to the chat, and a completion by the AI without contact details. */
function findFaults(
	{ messages, completion, channel }: Chat,
	lead: LeadRow | undefined,
): (Fault & { message_id: number | null })[] {
	const faults = messages.flatMap(({ id, fault }) => (fault ? [{ ...fault, message_id: id }] : []));
	if (completion?.source !== 'live' || channel === 'messenger' || lead?.email || lead?.phone)
		return faults;
	const lastAnswer = messages.findLast(({ by, is_fallback }) => by === 'ai' && !is_fallback);
	const reason = 'The AI ends the chat without an email address or phone number.';
	return [
		...faults,
		{ rule: 'completed_without_contact', reason, message_id: lastAnswer?.id ?? null },
	];
}

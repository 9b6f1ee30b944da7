import type { Transcript } from '#lib/contract/session.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { runReads } from '#lib/server/core/db/reads.ts';
import { readDeliveries } from '#lib/server/delivery/webhooks/unchecked.ts';
import { readLead, readOutcome } from '#lib/server/leads/unchecked.ts';
import { readFlags } from '#lib/server/quality/checks/unchecked.ts';
import { readReviews } from '#lib/server/quality/reviews/unchecked.ts';
import { readQuestions } from '#lib/server/sites/unchecked.ts';
import { readUsers } from '#lib/server/team/users/unchecked.ts';
import { readHandoffs } from '../handoffs/unchecked.ts';
import { readMessages } from '../messages/unchecked.ts';
import { readNotes } from '../notes/unchecked.ts';
import { getSession, type SessionHandle } from '../sessions/index.ts';
import { readPages, readSessionsOfPerson } from '../sessions/unchecked.ts';
import { readActivity } from './list-activity.ts';

const MAX_DELIVERIES = 20;
const MAX_NOTES = 200;
const MAX_ACTIVITY = 100;

/** Returns a chat session with its lead, messages, reviews, flags and the pages that the visitor saw. Throws `not_found`. */
export async function getTranscript(ctx: Ctx, id: string): Promise<Transcript> {
	requireTeam(ctx, 'sessions:read');
	const session = await getSession(ctx, id);
	return { session, ...(await runReads(ctx.db, readTranscript(session))) };
}

/**
 * Returns everything that the page of one chat session shows, and the users it can be assigned to, in two statements.
 * Throws `not_found`.
 */
export async function openChat(ctx: Ctx, id: string) {
	requireTeam(ctx, 'sessions:read');
	requireTeam(ctx, 'leads:read');
	const session = await getSession(ctx, id);
	const { session_id } = session;
	const { questions, deliveries, notes, activity, others, users, ...parts } = await runReads(
		ctx.db,
		{
			...readTranscript(session),
			questions: readQuestions(session.id),
			deliveries: readDeliveries({ session_id, limit: MAX_DELIVERIES }),
			notes: readNotes(session, { limit: MAX_NOTES }),
			activity: readActivity(session, { limit: MAX_ACTIVITY }),
			others: readSessionsOfPerson(session),
			users: readUsers(),
		},
	);
	return {
		chat: {
			transcript: { session, ...parts },
			questions: questions.map(({ key, label, is_required }) => ({ key, label, is_required })),
			deliveries: deliveries.items,
			notes: notes.items,
			activity: activity.items,
			others,
		},
		team: users.filter((user) => user.is_active).map(({ id, name }) => ({ id, name })),
	};
}

/** Reads everything that is stored with a chat session, and that its transcript and exports show, besides its messages. */
export const readParts = (session: SessionHandle) => ({
	lead: readLead(session),
	outcome: readOutcome(session),
	reviews: readReviews(session),
	flags: readFlags(session),
	handoffs: readHandoffs(session),
	pages: readPages(session.id),
});

const readTranscript = (session: SessionHandle) => ({
	...readParts(session),
	messages: readMessages(session),
});

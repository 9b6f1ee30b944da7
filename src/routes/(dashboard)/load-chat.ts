import type { Ctx } from '#lib/server/core/context.ts';
import { listNotes } from '#lib/server/conversations/notes/index.ts';
import { shown } from '#lib/server/pages.ts';
import { listSessionsOfPerson } from '#lib/server/conversations/sessions/index.ts';
import { getSite } from '#lib/server/sites/index.ts';
import { getTranscript, listActivity } from '#lib/server/conversations/transcripts/index.ts';
import { listUsers } from '#lib/server/team/users/index.ts';
import { listDeliveries } from '#lib/server/delivery/webhooks/index.ts';

/** Everything that is shown of one chat session, and who may be given it; for each page that shows one. */
export async function loadChat(ctx: Ctx, id: string) {
	const transcript = await shown(getTranscript(ctx, id));
	const { session_id, site } = transcript.session;
	const [{ questions }, deliveries, notes, activity, others, users] = await Promise.all([
		shown(getSite(ctx, { key: site })),
		shown(listDeliveries(ctx, { session_id, limit: 20 })),
		shown(listNotes(ctx, session_id, { limit: 200 })),
		shown(listActivity(ctx, session_id, { limit: 100 })),
		shown(listSessionsOfPerson(ctx, session_id)),
		shown(listUsers(ctx)),
	]);
	return {
		chat: {
			transcript,
			questions: questions.map(({ key, label, is_required }) => ({ key, label, is_required })),
			deliveries: deliveries.items,
			notes: notes.items,
			activity: activity.items,
			others,
		},
		team: users.filter((user) => user.is_active).map(({ id, name }) => ({ id, name })),
	};
}

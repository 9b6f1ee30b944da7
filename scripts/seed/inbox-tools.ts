import type { Ctx } from '#lib/server/core/context.ts';
import { canned_replies, saved_filters } from '#lib/server/core/db/schema/index.ts';
import { DAY } from './calendar.ts';
import type { Team } from './team.ts';

const CANNED_REPLIES = [
	['Hello', 'Hello {name}, I’m stepping in for our assistant. How can I help?'],
	['Business hours', 'We’re here Monday through Friday, 8 a.m. to 6 p.m.'],
	['Call back', 'Can I call you? What’s the best number and time?'],
	[
		'Photos',
		'Could you send two or three photos to our email address? That helps us see what you need.',
	],
	['Goodbye', 'Thank you for writing to us. Have a good day!'],
] as const;

/** Creates canned replies and saved filters. */
export async function createInboxTools({ db }: Ctx, team: Team, now: Date): Promise<void> {
	const created_at = new Date(now.getTime() - 80 * DAY);
	const [existing] = await db.select({ id: canned_replies.id }).from(canned_replies).limit(1);
	if (!existing) {
		const replies = CANNED_REPLIES.map(([title, text]) => ({
			title,
			text,
			created_at,
			updated_at: created_at,
		}));
		await db.insert(canned_replies).values(replies);
	}
	await db
		.insert(saved_filters)
		.values([
			{
				user_id: team.admin.id,
				name: 'Dental: to review',
				filter: { site: 'lakeside-dental', qa_status: 'unchecked', completion_status: 'complete' },
			},
			{ user_id: team.admin.id, name: 'Open issues', filter: { qa_status: 'issue' } },
		])
		.onConflictDoNothing();
}

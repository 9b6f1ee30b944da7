import { z } from 'zod';
import {
	archiveStatus,
	channel,
	completionSource,
	completionStatus,
	filterText,
	flag,
	pageQuery,
	qaStatus,
	searchWords,
	sender,
	sessionId,
	timestamp,
} from './common.ts';
import { lead } from './lead.ts';
import { message } from './message.ts';
import { review } from './review.ts';
import { seenPage, visitorContext } from './visitor-context.ts';

export const person = z.object({ id: z.number().int(), name: z.string() }).meta({ id: 'Person' });

/** The people of the team who have a chat session open now; none when `people` is empty. */
export const openChat = z.object({ session_id: sessionId, people: z.array(person) });
export type OpenChat = z.infer<typeof openChat>;

/** Where searched words are found: plain text, and the places of the words in it (UTF-16, `end` excluded). */
const searchMatch = z
	.object({
		/** The message; null when the words are in the lead. */
		message_id: z.number().int().nullable(),
		text: z.string(),
		ranges: z.array(z.object({ start: z.number().int(), end: z.number().int() })),
	})
	.meta({ id: 'SearchMatch' });
export type SearchMatch = z.infer<typeof searchMatch>;

/** A chat session as lists, the API and live events show it. */
export const session = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		/** The site's key and name. */
		site: z.string(),
		site_name: z.string(),
		channel,
		completion_status: completionStatus,
		completion_source: completionSource.nullable(),
		archive_status: archiveStatus,
		qa_status: qaStatus,
		/** The AI has answered at least one message of the visitor. */
		ai_engaged: z.boolean(),
		/** A person has taken over; the AI is silent. */
		ai_paused: z.boolean(),
		assignee: person.nullable(),
		/** The lead's name when it is known. */
		visitor_name: z.string().nullable(),
		/** The lead has an e-mail address or a telephone number. */
		has_contact: z.boolean(),
		message_count: z.number().int(),
		visitor_message_count: z.number().int(),
		ai_message_count: z.number().int(),
		last_message: z
			.object({ id: z.number().int(), sender, message: z.string(), timestamp })
			.nullable(),
		context: visitorContext,
		created_at: timestamp,
		/** Time of the last message, or of creation before there is one; lists are ordered by it. */
		last_activity_at: timestamp,
		completed_at: timestamp.nullable(),
		archived_at: timestamp.nullable(),
		/** Which version of the site's consent text the visitor agreed to, and when. */
		consent: z.object({ version: timestamp, accepted_at: timestamp }).nullable(),
		/** Of a Messenger conversation: until when it can be written to; Facebook allows 24 hours after the visitor's last message. */
		reply_until: timestamp.optional(),
		/** Only in a list that was searched with `q`. */
		match: searchMatch.optional(),
	})
	.meta({ id: 'Session' });
export type Session = z.infer<typeof session>;

export const sessionFilter = z.object({
	site: filterText.optional(),
	channel: channel.optional(),
	completion_status: completionStatus.optional(),
	archive_status: archiveStatus.optional(),
	qa_status: qaStatus.optional(),
	ai_engaged: flag.optional(),
	/** A user's id, or `none`. */
	assignee: z.union([z.literal('none'), z.coerce.number().int().positive()]).optional(),
	/** Words to find in messages and leads. */
	q: searchWords.optional(),
	/** Created at or after / before. */
	from: timestamp.optional(),
	to: timestamp.optional(),
});
export const sessionListQuery = sessionFilter.extend(pageQuery.shape);
export type SessionListQuery = z.input<typeof sessionListQuery>;

/** No view of the inbox is counted further. */
export const MOST_COUNTED = 1_000;

/** How many chat sessions the inbox's views have, each counted up to 1,000. */
export const sessionCounts = z
	.object({
		active: z.number().int(),
		in_progress: z.number().int(),
		complete: z.number().int(),
		/** Complete, and nobody has reviewed it. */
		to_review: z.number().int(),
	})
	.meta({ id: 'SessionCounts' });
export type SessionCounts = z.infer<typeof sessionCounts>;
export const sessionCountsQuery = sessionFilter.pick({ site: true });

export const sessionPatch = z
	.strictObject({
		archive_status: archiveStatus.optional(),
		/** `complete` is final: a chat session never leaves it. */
		completion_status: completionStatus.optional(),
		/** A user's id, or null to give the chat session back. */
		assignee: z.number().int().positive().nullable().optional(),
	})
	.refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
	.meta({ id: 'SessionPatch' });
export type SessionPatch = z.infer<typeof sessionPatch>;

/** A chat session with everything that belongs to it. */
export const transcript = z
	.object({
		session,
		lead: lead.nullable(),
		messages: z.array(message),
		reviews: z.array(review),
		/** Where the visitor has been while the chat went on, oldest first; the last 50. */
		pages: z.array(seenPage),
	})
	.meta({ id: 'Transcript' });
export type Transcript = z.infer<typeof transcript>;

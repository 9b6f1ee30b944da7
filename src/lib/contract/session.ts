import { z } from 'zod';
import { isTimeZone } from './calendar.ts';
import { arm } from './challenger.ts';
import { flag } from './check.ts';
import {
	archiveStatus,
	channel,
	completionSource,
	completionStatus,
	filterText,
	queryBoolean,
	pageQuery,
	qaStatus,
	searchQuery,
	sender,
	sessionId,
	anyTimestamp,
	timestamp,
	urlInteger,
} from './common.ts';
import { handoff } from './handoff.ts';
import { CORE_LEAD_FIELDS, MAX_COUNT } from './constants.ts';
import { lead, type Lead, leadOutcome } from './lead.ts';
import { message } from './message.ts';
import { review } from './review.ts';
import type { CompletionNeeds } from './site-settings.ts';
import type { Question } from './site.ts';
import { trimmedString } from './text.ts';
import { seenPage, visitorContext } from './visitor-context.ts';

export const person = z.object({ id: z.number().int(), name: z.string() }).meta({ id: 'Person' });

/** The users who have a chat session open. */
export const openChat = z.object({ session_id: sessionId, people: z.array(person) });
export type OpenChat = z.infer<typeof openChat>;

/** A search result: text, and the ranges of the matched words in UTF-16 code units (`end` is exclusive). */
const searchMatch = z
	.object({
		/** The matched message. Null if the lead matched. */
		message_id: z.number().int().nullable(),
		text: z.string(),
		ranges: z.array(z.object({ start: z.number().int(), end: z.number().int() })),
	})
	.meta({ id: 'SearchMatch' });
export type SearchMatch = z.infer<typeof searchMatch>;

/** A chat session as lists, the API and live events return it. */
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
		/** Whether the AI claimed completion, but details that the site requires are missing. */
		completion_claimed: z.boolean(),
		/** The number of times that the chat's completion was undone. */
		completions_undone: z.number().int(),
		archive_status: archiveStatus,
		qa_status: qaStatus,
		/** Whether the AI has replied to at least one message from the visitor. */
		ai_engaged: z.boolean(),
		/** Whether the AI is paused because an agent has taken over or a handoff is open. */
		ai_paused: z.boolean(),
		assignee: person.nullable(),
		/** The name of the person who has taken over. Null while the AI answers or the visitor waits for a person. */
		agent: z.string().nullable(),
		/** The path of the agent's photo. Null if there is none. */
		agent_photo: z.string().nullable(),
		/** The deadline of an open handoff. Null if there is none. */
		handoff_deadline_at: timestamp.nullable(),
		/** Whether the built-in AI answers because the site's AI failed in this chat. */
		is_rescued: z.boolean(),
		/** The version of the AI that answered first, as reported or else a digest of its settings. Null if none answered. */
		version: z.string().nullable(),
		/** The AI that the chat was assigned to. Null if it began while the site had no challenger. */
		arm: arm.nullable(),
		/** The lead's name, if known. */
		visitor_name: z.string().nullable(),
		/** Whether the lead has an email address or phone number. */
		has_contact: z.boolean(),
		/** The lead's score, 0 to 100. Null without a lead. */
		lead_score: z.number().int().nullable(),
		message_count: z.number().int(),
		visitor_message_count: z.number().int(),
		ai_message_count: z.number().int(),
		last_message: z
			.object({
				id: z.number().int(),
				sender,
				message: z.string(),
				timestamp,
				/** The name of the agent who wrote the message. Null for other senders. */
				author: z.string().nullable(),
			})
			.nullable(),
		context: visitorContext,
		created_at: timestamp,
		/** The time of the last message, or of creation if there is none. Lists are ordered by it. */
		last_activity_at: timestamp,
		completed_at: timestamp.nullable(),
		archived_at: timestamp.nullable(),
		/** The version of the site's consent text that the visitor agreed to, and when. */
		consent: z.object({ version: timestamp, accepted_at: timestamp }).nullable(),
		/** Messenger only: when the reply window closes, 24 hours after the visitor's last message. */
		reply_until: timestamp.optional(),
		/** Only in lists filtered by `q`. */
		match: searchMatch.optional(),
	})
	.meta({ id: 'Session' });
export type Session = z.infer<typeof session>;

/**
 * Why a chat session needs attention: the visitor is waiting for a person, or the chat is in progress and was rescued by the
 * built-in AI (`rescued`), claimed complete without the required details (`claimed`), or had its completion undone
 * (`withdrawn`).
 */
const sessionAttention = z.enum(['waiting', 'rescued', 'claimed', 'withdrawn']);
export type SessionAttention = z.infer<typeof sessionAttention>;

export const sessionFilter = z.object({
	site: filterText.optional(),
	channel: channel.optional(),
	completion_status: completionStatus.optional(),
	attention: sessionAttention.optional(),
	archive_status: archiveStatus.optional(),
	qa_status: qaStatus.optional(),
	ai_engaged: queryBoolean.optional(),
	/** A user's id, or `none`. */
	assignee: z.union([z.literal('none'), urlInteger(1)]).optional(),
	/** Searches messages and leads. */
	q: searchQuery.optional(),
	/** Created at or after `from` and before `to`. */
	from: anyTimestamp.optional(),
	to: anyTimestamp.optional(),
});
export const sessionListQuery = sessionFilter.extend(pageQuery.shape);
export type SessionListQuery = z.input<typeof sessionListQuery>;

export { MAX_COUNT };

/** The number of chat sessions per inbox view, each up to 1,000. */
export const sessionCounts = z
	.object({
		active: z.number().int(),
		/** Chats whose visitor is waiting for a person. */
		waiting: z.number().int(),
		in_progress: z.number().int(),
		/** Assigned to the requesting user; 0 for API keys. */
		mine: z.number().int(),
		complete: z.number().int(),
		/** Complete and not yet reviewed. */
		to_review: z.number().int(),
	})
	.meta({ id: 'SessionCounts' });
export type SessionCounts = z.infer<typeof sessionCounts>;
export const sessionCountsQuery = sessionFilter.pick({ site: true });

export const sessionPatch = z
	.strictObject({
		archive_status: archiveStatus.optional(),
		/** `complete` is final, unless its completion is undone. */
		completion_status: completionStatus.optional(),
		/** A user's id, or null to unassign. */
		assignee: z.number().int().positive().nullable().optional(),
	})
	.refine((patch) => Object.keys(patch).length > 0, 'nothing to change')
	.meta({ id: 'SessionPatch' });
export type SessionPatch = z.infer<typeof sessionPatch>;

/** Why the completion of a chat session is undone. */
export const undoCompletionInput = z
	.strictObject({ reason: trimmedString(500) })
	.meta({ id: 'UndoCompletionInput' });
export type UndoCompletionInput = z.input<typeof undoCompletionInput>;

/** A chat session with everything that belongs to it. */
export const transcript = z
	.object({
		session,
		lead: lead.nullable(),
		outcome: leadOutcome,
		messages: z.array(message),
		reviews: z.array(review),
		/** Flags from automatic checks, in the order of the messages. */
		flags: z.array(flag),
		/** Handoffs, oldest first. */
		handoffs: z.array(handoff),
		/** The last 50 pages the visitor viewed during the chat, oldest first. */
		pages: z.array(seenPage),
	})
	.meta({ id: 'Transcript' });
export type Transcript = z.infer<typeof transcript>;

/** A signed link that continues a chat session on another device. */
export const resumeLink = z
	.object({ url: z.url(), expires_at: timestamp })
	.meta({ id: 'ResumeLink' });
export type ResumeLink = z.infer<typeof resumeLink>;

/** The file format of an exported chat session. */
const exportFormat = z.enum(['txt', 'json', 'csv']);
export type ExportFormat = z.infer<typeof exportFormat>;

const timeZone = z
	.string()
	.max(64)
	.refine(isTimeZone, 'expected a time zone such as Europe/Berlin');

export const exportQuery = z.object({
	format: exportFormat.default('txt'),
	/** The time zone of timestamps in the text format. */
	time_zone: timeZone.default('UTC'),
});
export type ExportQuery = z.input<typeof exportQuery>;

type Values = Pick<Lead, (typeof CORE_LEAD_FIELDS)[number] | 'answers'>;

/**
 * Returns the keys of the values that the lead still needs before an AI can complete the chat, in the site's order. If it
 * needs a contact, returns both `email` and `phone`, although either is enough.
 */
export function listMissingForCompletion(
	needs: CompletionNeeds,
	questions: readonly Pick<Question, 'key' | 'is_required'>[],
	lead: Values | null,
): string[] {
	const isKnown = (key: string) => {
		const core = CORE_LEAD_FIELDS.find((field) => field === key);
		return Boolean(core ? lead?.[core] : lead?.answers[key]);
	};
	switch (needs) {
		case 'nothing':
			return [];
		case 'contact':
			return ['email', 'phone'].some(isKnown) ? [] : ['email', 'phone'];
		case 'required_questions':
			return questions.flatMap(({ key, is_required }) =>
				is_required && !isKnown(key) ? [key] : [],
			);
	}
}

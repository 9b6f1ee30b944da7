import { z } from 'zod';
import { sessionId, timestamp } from './common.ts';
import { fieldError } from './problem.ts';
import { cleanString } from './text.ts';

/** Where a lead's value came from; an agent's edit wins over every program. */
const leadSource = z.enum(['ai', 'api', 'detected', 'identify', 'agent']);
export type LeadSource = z.infer<typeof leadSource>;

export const CORE_LEAD_FIELDS = ['name', 'email', 'phone', 'company'] as const;
export type CoreLeadField = (typeof CORE_LEAD_FIELDS)[number];

/** The rules of the score, as the admin sees them: what it is worth to know a field. Together 100. */
export const LEAD_SCORE = {
	email: 25,
	phone: 25,
	name: 10,
	company: 10,
	/** Shared evenly by the site's required questions; a site that requires nothing gives it whole. */
	required_answers: 30,
} as const;

const leadProvenance = z.object({
	source: leadSource,
	/** The message that the value came from, when there is one. */
	message_id: z.number().int().nullable(),
	at: timestamp,
});
export type LeadProvenance = z.infer<typeof leadProvenance>;

/** What is known of the visitor: one row per chat session. */
export const lead = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		name: z.string().nullable(),
		email: z.string().nullable(),
		phone: z.string().nullable(),
		/** The phone number as people read it, such as `+49 170 1234567 ext. 12`. */
		phone_display: z.string().nullable(),
		company: z.string().nullable(),
		/** The other questions' answers by key. */
		answers: z.record(z.string(), z.string()),
		/** Field name (core field or answer key) → where its value came from. */
		provenance: z.record(z.string(), leadProvenance),
		/** 0 to 100. */
		score: z.number().int(),
		/** Until when a person has promised to be in touch; null before the chat is complete. */
		promise_due_at: timestamp.nullable(),
		/** When somebody of the team was first in touch after that, and who. */
		first_contact_at: timestamp.nullable(),
		first_contact_by: z.string().nullable(),
		created_at: timestamp,
		updated_at: timestamp,
	})
	.meta({ id: 'Lead' });
export type Lead = z.infer<typeof lead>;

export const leadFieldName = cleanString(64, 1);
/** One value as text; null clears it. */
export const leadFieldValue = z
	.union([z.string(), z.number(), z.boolean()])
	.transform(String)
	.pipe(cleanString(2000))
	.nullable();

/** As many fields are read of one object. */
export const MAX_LEAD_FIELDS = 60;

/** Fields that are values: core fields and, by any other key, answers. null clears a value. */
export const leadInput = z.record(leadFieldName, leadFieldValue);
export type LeadInput = z.infer<typeof leadInput>;

/** Fields to merge, each judged by itself: text, a number or a boolean; null clears a value. */
export const leadFields = z
	.record(z.string(), z.unknown())
	.refine(
		(fields) => Object.keys(fields).length <= MAX_LEAD_FIELDS,
		`at most ${MAX_LEAD_FIELDS} fields`,
	)
	.meta({ id: 'LeadInput' });
export type LeadFields = z.infer<typeof leadFields>;

/** The lead as it is now. `rejected` names the fields whose values could not be used; absent when there are none. */
export const leadUpdate = lead
	.extend({ rejected: z.array(fieldError).optional() })
	.meta({ id: 'LeadUpdate' });
export type LeadUpdate = z.infer<typeof leadUpdate>;

export const leadContactInput = z
	.strictObject({
		/** False takes it back. */
		contacted: z.boolean(),
	})
	.meta({ id: 'LeadContactInput' });
export type LeadContactInput = z.infer<typeof leadContactInput>;

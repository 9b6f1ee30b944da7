import { z } from 'zod';
import { filterText, pageQuery, searchWords, sessionId, timestamp } from './common';
import { cleanString } from './text';

/** Where a lead's value came from; an agent's edit wins over every program. */
export const leadSource = z.enum(['ai', 'api', 'detected', 'identify', 'agent']);
export type LeadSource = z.infer<typeof leadSource>;

export const CORE_LEAD_FIELDS = ['name', 'email', 'phone', 'company'] as const;
export type CoreLeadField = (typeof CORE_LEAD_FIELDS)[number];

export const leadProvenance = z.object({
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
		company: z.string().nullable(),
		/** The other questions' answers by key. */
		answers: z.record(z.string(), z.string()),
		/** Field name (core field or answer key) → where its value came from. */
		provenance: z.record(z.string(), leadProvenance),
		/** 0 to 100. */
		score: z.number().int(),
		created_at: timestamp,
		updated_at: timestamp,
	})
	.meta({ id: 'Lead' });
export type Lead = z.infer<typeof lead>;

const value = z
	.union([z.string(), z.number(), z.boolean()])
	.transform(String)
	.pipe(cleanString(2000));

/** Fields to merge: core fields and, by any other key, answers. null clears a value. */
export const leadInput = z
	.record(cleanString(64, 1), value.nullable())
	.refine((fields) => Object.keys(fields).length <= 60, 'at most 60 fields')
	.meta({ id: 'LeadInput' });
export type LeadInput = z.infer<typeof leadInput>;

export const leadFilter = z.object({
	site: filterText.optional(),
	/** Words to find in name, e-mail, phone and company. */
	q: searchWords.optional(),
	/** Created at or after / before. */
	from: timestamp.optional(),
	to: timestamp.optional(),
});
export type LeadFilter = z.input<typeof leadFilter>;

export const leadListQuery = leadFilter.extend(pageQuery.shape);
export type LeadListQuery = z.input<typeof leadListQuery>;

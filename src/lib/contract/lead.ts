import { z } from 'zod';
import { sessionId, timestamp } from './common.ts';
import { CORE_LEAD_FIELDS, CURRENCIES, OUTCOME_STAGES } from './constants.ts';
import { fieldError } from './problem.ts';
import { cleanString, trimmedString } from './text.ts';

/** The source of a lead's value. An agent's edit takes precedence over all other sources. */
const leadSource = z.enum(['ai', 'api', 'detected', 'identify', 'agent']);
export type LeadSource = z.infer<typeof leadSource>;

export { CORE_LEAD_FIELDS };
export type CoreLeadField = (typeof CORE_LEAD_FIELDS)[number];

const leadProvenance = z.object({
	source: leadSource,
	/** The message that contained the value, if any. */
	message_id: z.number().int().nullable(),
	at: timestamp,
});
export type LeadProvenance = z.infer<typeof leadProvenance>;

const additionalContact = z.object({
	type: z.enum(['email', 'phone']),
	value: z.string(),
	/** When the contact was first seen. */
	at: timestamp,
});
export type AdditionalContact = z.infer<typeof additionalContact>;

/** The maximum number of additional contacts that a lead keeps. The newest are kept. */
export const MAX_ADDITIONAL_CONTACTS = 20;

/** The contact details and answers of a visitor. There is one lead per chat session. */
export const lead = z
	.object({
		id: z.number().int(),
		session_id: sessionId,
		name: z.string().nullable(),
		email: z.string().nullable(),
		phone: z.string().nullable(),
		/** The phone number formatted for display, such as `+49 170 1234567 ext. 12`. */
		phone_display: z.string().nullable(),
		company: z.string().nullable(),
		/** Answers to other questions, by key. */
		answers: z.record(z.string(), z.string()),
		/** Email addresses and phone numbers besides `email` and `phone`, oldest first. */
		additional_contacts: z.array(additionalContact),
		/** The source of each value, by core field or answer key. */
		provenance: z.record(z.string(), leadProvenance),
		/** 0 to 100. */
		score: z.number().int(),
		/** Incremented whenever a value changes. */
		version: z.number().int(),
		/** When a reply is due. Null until the chat is complete. */
		promise_due_at: timestamp.nullable(),
		/** When the lead was first contacted, and by whom. */
		first_contact_at: timestamp.nullable(),
		first_contact_by: z.string().nullable(),
		created_at: timestamp,
		updated_at: timestamp,
	})
	.meta({ id: 'Lead' });
export type Lead = z.infer<typeof lead>;

export const leadFieldName = cleanString(64, 1);
/** One value as text. Null clears it. */
export const leadFieldValue = z
	.union([z.string(), z.number(), z.boolean()])
	.transform(String)
	.pipe(cleanString(2000))
	.nullable();

/** The maximum number of fields that one object can set. */
export const MAX_LEAD_FIELDS = 60;

/** Valid fields: core fields, and answers under any other key. Null clears a value. */
export const leadInput = z.record(leadFieldName, leadFieldValue);
export type LeadInput = z.infer<typeof leadInput>;

/** Fields to merge, each validated separately: text, a number or a boolean. Null clears a value. */
export const leadFields = z
	.record(z.string(), z.unknown())
	.refine(
		(fields) => Object.keys(fields).length <= MAX_LEAD_FIELDS,
		`at most ${MAX_LEAD_FIELDS} fields`,
	)
	.meta({ id: 'LeadInput' });
export type LeadFields = z.infer<typeof leadFields>;

/** The updated lead. `rejected` lists the fields with invalid values; omitted if there are none. */
export const leadUpdate = lead
	.extend({ rejected: z.array(fieldError).optional() })
	.meta({ id: 'LeadUpdate' });
export type LeadUpdate = z.infer<typeof leadUpdate>;

export const leadContactInput = z
	.strictObject({
		/** False marks the lead as not contacted. */
		contacted: z.boolean(),
	})
	.meta({ id: 'LeadContactInput' });
export type LeadContactInput = z.infer<typeof leadContactInput>;

export const outcomeStage = z.enum(OUTCOME_STAGES);
export type OutcomeStage = z.infer<typeof outcomeStage>;

const currencyCodes = new Set(CURRENCIES);

/** An amount with up to eleven integer digits and four decimals, which a JavaScript number holds exactly. */
const amount = z
	.union([z.number(), z.string().trim().max(20)])
	.transform(String)
	.pipe(
		z
			.string()
			.regex(/^\d{1,11}(\.\d{1,4})?$/, 'enter an amount like 1200 or 1200.50')
			.transform(Number),
	);
const currency = z
	.string()
	.trim()
	.toUpperCase()
	.regex(/^[A-Z]{3}$/, { error: 'enter a currency code like EUR', abort: true })
	.refine((code) => currencyCodes.has(code), 'is not an ISO 4217 currency code');

/** An outcome to record. Null is the same as omitting a field. A value needs its currency. */
export const outcomeInput = z
	.strictObject({
		stage: outcomeStage,
		value: amount.nullish(),
		currency: currency.nullish(),
		reason: trimmedString(500, 0).nullish(),
		/** When it happened. Defaults to now; may lie in the past. */
		at: timestamp.refine((text) => text >= '2000', 'must not be before the year 2000').nullish(),
	})
	.refine(({ value, currency }) => value == null || currency != null, {
		path: ['currency'],
		message: 'specify the currency of the value',
	})
	.meta({ id: 'OutcomeInput' });
export type OutcomeInput = z.input<typeof outcomeInput>;

const recorder = z.object({ type: z.enum(['user', 'api_key', 'system']), name: z.string() });

/** One recorded outcome. */
export const outcome = z
	.object({
		id: z.number().int(),
		stage: outcomeStage,
		/** The value of the deal, exactly as recorded. Null if unknown. */
		value: z.number().nonnegative().nullable(),
		/** ISO 4217. Null without a value. */
		currency: z.string().nullable(),
		reason: z.string().nullable(),
		/** When it happened. */
		at: timestamp,
		/** The person or API key that recorded it, and the time. */
		by: recorder,
		recorded_at: timestamp,
		/** When the outcome was cleared, and by whom. Null if it is current, or another outcome replaced it. */
		cleared: z.object({ at: timestamp, by: recorder }).nullable(),
	})
	.meta({ id: 'Outcome' });
export type Outcome = z.infer<typeof outcome>;

/** The current outcome of a chat session's lead, and the history. `stage` to `at` are null if there is no outcome, or it was cleared. */
export const leadOutcome = z
	.object({
		session_id: sessionId,
		stage: outcomeStage.nullable(),
		value: z.number().nonnegative().nullable(),
		currency: z.string().nullable(),
		reason: z.string().nullable(),
		at: timestamp.nullable(),
		/** Every outcome that was recorded, newest first, at most 100. The first one is the current one, unless it was cleared. */
		history: z.array(outcome),
	})
	.meta({ id: 'LeadOutcome' });
export type LeadOutcome = z.infer<typeof leadOutcome>;

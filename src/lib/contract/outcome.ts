import { z } from 'zod';
import { sessionId, timestamp } from './common.ts';
import { trimmedString } from './text.ts';

/** What became of a lead: worth pursuing, not worth pursuing, a customer, or lost to another offer. */
export const outcomeStage = z.enum(['qualified', 'disqualified', 'won', 'lost']);
export type OutcomeStage = z.infer<typeof outcomeStage>;

/** The ISO 4217 codes that this runtime knows. */
export const CURRENCIES: readonly string[] = Intl.supportedValuesOf('currency');
const isCurrency = new Set(CURRENCIES);

/** An amount of up to eleven digits and four decimals, which a JavaScript number holds exactly. */
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
	.refine((code) => isCurrency.has(code), 'is not an ISO 4217 currency code');

/** An outcome to record. Null is the same as leaving a field out. A value needs its currency. */
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
		message: 'name the currency of the value',
	})
	.meta({ id: 'OutcomeInput' });
export type OutcomeInput = z.input<typeof outcomeInput>;

const recorder = z.object({ type: z.enum(['user', 'api_key', 'system']), name: z.string() });

/** One recorded outcome. */
export const outcome = z
	.object({
		id: z.number().int(),
		stage: outcomeStage,
		/** What the deal is worth, exactly as it was recorded. Null if unknown. */
		value: z.number().nonnegative().nullable(),
		/** ISO 4217. Null without a value. */
		currency: z.string().nullable(),
		reason: z.string().nullable(),
		/** When it happened. */
		at: timestamp,
		/** Who recorded it, and when. */
		by: recorder,
		recorded_at: timestamp,
		/** When it was cleared, and by whom. Null if it is current, or another outcome replaced it. */
		cleared: z.object({ at: timestamp, by: recorder }).nullable(),
	})
	.meta({ id: 'Outcome' });
export type Outcome = z.infer<typeof outcome>;

/** The current outcome of a chat session's lead with its history. All fields are null while there is none, and once it was cleared. */
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

import { z } from 'zod';
import { timestamp } from './common.ts';
import { connector, connectorInput } from './connector.ts';
import { siteKey } from './site.ts';

/** The AI that a chat was assigned to. `returned`: the chat began with the challenger, and the guard returned it to the champion. */
export const arm = z.enum(['champion', 'challenger', 'returned']);
export type Arm = z.infer<typeof arm>;

/** Why a trial ended: `failures` and `suite` are decisions of the guard. */
const challengerEnd = z.enum(['stopped', 'replaced', 'promoted', 'failures', 'suite']);
export type ChallengerEnd = z.infer<typeof challengerEnd>;

/** Why the guard ended the trial. */
const challengerEndDetail = z.object({
	/** The last failure or both pass rates, as readable text. */
	text: z.string(),
	suite_run_id: z.number().int().optional(),
});
export type ChallengerEndDetail = z.infer<typeof challengerEndDetail>;

const SHARE_MESSAGE = 'enter a whole number from 0 to 100';

/** The guard has ended a trial. */
export const challengerReturned = z.object({
	site: siteKey,
	challenger_id: z.number().int(),
	because: z.enum(['failures', 'suite']),
	/** Why the guard ended the trial, as readable text. */
	text: z.string(),
});

/** The settings of a challenger. Omitted secrets keep the challenger's values, or else the champion's. */
export const challengerInput = z
	.strictObject({
		connector: connectorInput,
		/** The percentage of new visitors whose chats the challenger answers. */
		share_percent: z
			.number(SHARE_MESSAGE)
			.int(SHARE_MESSAGE)
			.min(0, SHARE_MESSAGE)
			.max(100, SHARE_MESSAGE),
	})
	.meta({ id: 'ChallengerInput' });
export type ChallengerInput = z.input<typeof challengerInput>;

const challenger = z
	.object({
		id: z.number().int(),
		connector,
		share_percent: z.number().int(),
		started_at: timestamp,
		/** Null while the trial runs. */
		ended_at: timestamp.nullable(),
		ended_because: challengerEnd.nullable(),
		/** The reason why the guard ended the trial. */
		ended_detail: challengerEndDetail.nullable(),
		/** When the challenger's promotion was undone. */
		undone_at: timestamp.nullable(),
	})
	.meta({ id: 'Challenger' });

const rate = z.number().min(0).max(1);
const armFigures = z.object({
	/** The numerator and denominator of `rate`. */
	count: z.number().int(),
	of: z.number().int(),
	/** Null if `of` is 0. */
	rate: rate.nullable(),
	/** Bounds of the 95% Wilson interval. */
	low: rate,
	high: rate,
});
const verdict = z.enum(['challenger', 'champion', 'too_early']);
export type TrialVerdict = z.infer<typeof verdict>;

const measure = z
	.object({
		champion: armFigures,
		challenger: armFigures,
		/** The challenger's rate minus the champion's, with the bounds of Newcombe's 95% interval. Null if either rate is null. */
		difference: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
		/** The better AI; `too_early` while the interval contains 0 or an arm has too few chats. */
		verdict,
	})
	.meta({ id: 'TrialMeasure' });
export type TrialMeasure = z.infer<typeof measure>;

/** The figures of a trial. Chats count for the AI they were assigned to, even if another one answered. */
const trialComparison = z
	.object({
		/** Completed leads with an email address or phone number, per opened chat. */
		leads: measure,
		/** Leads won, per opened chat. */
		won: measure,
		/** Reviews passed, per review. */
		reviews: measure,
		/** Failed answers, per answer; lower is better. */
		failures: measure,
		/** Based on won leads if they are conclusive, otherwise on completed leads. */
		verdict,
	})
	.meta({ id: 'TrialComparison' });
export type TrialComparison = z.infer<typeof trialComparison>;

/** The AIs of a site: its champion, and the challenger on trial. */
export const trial = z
	.object({
		champion: connector,
		/** Whether AI_WEBHOOK_URL sets the champion, which rules out promotions. */
		is_champion_from_environment: z.boolean(),
		/** The challenger on trial, or else the most recent one. Null if there was none. */
		challenger: challenger.nullable(),
		/** Null without a challenger. */
		comparison: trialComparison.nullable(),
		/** Whether the last challenger was promoted and the previous champion can be restored. */
		can_undo: z.boolean(),
	})
	.meta({ id: 'Trial' });
export type Trial = z.infer<typeof trial>;

/** Returns whether visitors are being assigned to a challenger. */
export const isTrialRunning = ({ challenger }: Pick<Trial, 'challenger'>): boolean =>
	challenger?.ended_at === null;

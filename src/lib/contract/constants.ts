// Values that pages need at runtime. Separate from the schemas, so that pages that only show data don't load zod.

/** The maximum length of a message in UTF-16 code units, as the `maxlength` attribute counts them. */
export const MESSAGE_MAX_LENGTH = 4000;

/** How long after entering their password a user may do what requires a recent sign-in. */
export const RECENT_SIGN_IN_MS = 15 * 60_000;

/** The completion phrase of a new site, and of one without any. */
export const DEFAULT_COMPLETION_PHRASE = 'within 24 hours';

export const CORE_LEAD_FIELDS = ['name', 'email', 'phone', 'company'] as const;

/** Returns the text with a capital first letter. */
export const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Returns the label of a lead field that has no question: "roof_size" is "Roof size". */
export const toFieldLabel = (key: string): string =>
	capitalize(key.replaceAll(/[_-]+/g, ' ').trim());

/** Leads that have been overdue for longer are listed last. */
export const LONG_OVERDUE_MS = 7 * 86_400_000;

/** The points that each known field adds to the score. They sum to 100. */
export const LEAD_SCORE = {
	email: 25,
	phone: 25,
	name: 10,
	company: 10,
	/** Split evenly between the site's required questions. Granted in full if the site requires none. */
	required_answers: 30,
} as const;

/** Returns whether a lead can score points for its company: the site asks for the company, or it is known anyway. Otherwise, these points are added to those for required answers. */
export const canScoreCompany = (isKnown: boolean, questions: readonly { key: string }[]): boolean =>
	isKnown || questions.some(({ key }) => key === 'company');

/** The outcome of a lead: worth pursuing, not worth pursuing, became a customer, or lost. */
export const OUTCOME_STAGES = ['qualified', 'disqualified', 'won', 'lost'] as const;

/** The ISO 4217 codes that this runtime knows. */
export const CURRENCIES: readonly string[] = Intl.supportedValuesOf('currency');

/**
 * The states of a lead's deliveries, by priority across endpoints: a lead has the first one that applies. `outdated` comes after
 * `delivered`, because endpoints that don't receive amendments matter only if no other endpoint has the current values.
 */
export const DELIVERY_STATE_PRIORITY = [
	'failed',
	'update_failed',
	'pending',
	'update_pending',
	'updated',
	'delivered',
	'outdated',
	'withdrawn',
] as const;

export const QA_STATUSES = ['unchecked', 'passed', 'issue', 'fixed'] as const;
type QaStatus = (typeof QA_STATUSES)[number];

/** The allowed transitions between review states. Resetting to `unchecked` requires an admin. */
export const REVIEW_TRANSITIONS: Record<QaStatus, readonly QaStatus[]> = {
	unchecked: ['passed', 'issue'],
	passed: ['issue', 'unchecked'],
	issue: ['fixed', 'unchecked'],
	fixed: ['passed', 'issue', 'unchecked'],
};

/** The reasons that a reviewer can select for an issue. The notes give details. */
export const REVIEW_REASONS = [
	'wrong_information',
	'asked_twice',
	'missed_field',
	'too_pushy',
	'wrong_language',
	'ended_early',
	'other',
] as const;

/** Placeholders in a canned reply that the composer fills in. */
export const CANNED_VARIABLES = ['name', 'site', 'agent'] as const;

/** The maximum number of chat sessions that one call can change. */
export const MAX_BULK_SESSIONS = 500;
/** The maximum that is reported for the inbox counts and for the overview's `needs_attention` and `live_chats`. */
export const MAX_COUNT = 1_000;

export const MAX_CASE_LINES = 50;
export const MAX_CASE_CHECKS = 30;

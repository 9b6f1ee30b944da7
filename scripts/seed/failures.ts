import type { TurnOutcome } from '#lib/server/ai/connectors/connector.ts';
import { DAY, HOUR, SECOND } from './calendar.ts';
import type { Random } from './random.ts';
import type { SiteTemplate } from './sites.ts';

/** The result of a simulated AI call. */
export interface Call {
	outcome: TurnOutcome;
	duration_ms: number;
	first_byte_ms: number | null;
	http_status: number | null;
	detail: string | null;
}

const COMMON_FAILURES: readonly (readonly [TurnOutcome, number])[] = [
	['timeout', 5],
	['workflow_error', 4],
	['empty', 2],
	['bad_status', 2],
	['bad_shape', 1],
];

/** Returns the outcome of a failing AI call at this time; `undefined` if the call succeeds, as most do. */
export function pickFailure(
	random: Random,
	{ connector, outages }: SiteTemplate,
	at: Date,
	now: Date,
): TurnOutcome | undefined {
	if (connector === 'scripted') return undefined;
	const elapsedMs = now.getTime() - at.getTime();
	const outage = outages.find(
		({ started_ago_ms, duration_ms }) =>
			elapsedMs <= started_ago_ms && elapsedMs > started_ago_ms - duration_ms,
	);
	if (outage) return random.chance(0.85) ? outage.outcome : undefined;
	return random.chance(0.007) ? random.pickWeighted(COMMON_FAILURES) : undefined;
}

/** Duration, status and message of each failure. */
const FAILURES: Partial<
	Record<TurnOutcome, { median_ms: number; http_status: number | null; detail: string }>
> = {
	timeout: {
		median_ms: 30 * SECOND,
		http_status: null,
		detail:
			'The AI webhook failed: no response within 30 s. Turn on streaming or speed up the workflow. Its executions in n8n show the slow node.',
	},
	workflow_error: {
		median_ms: 3 * SECOND,
		http_status: 500,
		detail:
			'The workflow failed: see its last execution in n8n. (Status 500. It said: "Error in workflow")',
	},
	not_registered: {
		median_ms: SECOND / 2,
		http_status: 404,
		detail:
			'The workflow is not active, or the URL is wrong or a test URL: publish the workflow and copy the production URL of its Webhook node. (Status 404.)',
	},
	bad_status: {
		median_ms: 8 * SECOND,
		http_status: 502,
		detail: 'The proxy in front of the workflow got no answer in time. (Status 502.)',
	},
	bad_shape: {
		median_ms: 2 * SECOND,
		http_status: 200,
		detail:
			'The answer is JSON without a reply: return it as "reply", or as "output" like the AI Agent does.',
	},
};
const EMPTY_REPLY_FAILURE = {
	median_ms: 2 * SECOND,
	http_status: 200,
	detail: 'The AI returned no text.',
};

export function createFailedCall(random: Random, outcome: TurnOutcome): Call {
	const { median_ms, ...failure } = FAILURES[outcome] ?? EMPTY_REPLY_FAILURE;
	const duration_ms =
		outcome === 'timeout' ? median_ms : Math.min(random.around(median_ms), 25 * SECOND);
	return { outcome, duration_ms, first_byte_ms: null, ...failure };
}

/** Failures reported by workflows, as n8n's Error Trigger does. */
export const REPORTS = [
	{
		workflow: 'New lead → CRM',
		node: 'HubSpot: create contact',
		message: 'The service is receiving too many requests from you',
		severity: 'error',
		started_ago_ms: 41 * DAY,
		count: 14,
		isResolved: true,
	},
	{
		workflow: 'New lead → CRM',
		node: 'HubSpot: create contact',
		message: 'Property "budget" does not exist',
		severity: 'error',
		started_ago_ms: 20 * HOUR,
		count: 6,
		isResolved: false,
	},
	{
		workflow: 'Appointments → calendar',
		node: 'Google Calendar',
		message: 'Authorization failed: the credential has expired',
		severity: 'critical',
		started_ago_ms: 5 * DAY,
		count: 9,
		isResolved: false,
	},
	{
		workflow: 'Hartmann: AI agent',
		node: 'Postgres Chat Memory',
		message: 'Connection terminated due to connection timeout',
		severity: 'error',
		started_ago_ms: 31 * DAY,
		count: 22,
		isResolved: true,
	},
	{
		workflow: 'Northbeam: AI agent',
		node: 'AI Agent',
		message: 'Model output did not fit the required format',
		severity: 'warning',
		started_ago_ms: 60 * DAY,
		count: 37,
		isResolved: false,
	},
] as const;

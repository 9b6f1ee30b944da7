import type { Sender } from '#lib/contract/common.ts';
import {
	CORE_LEAD_FIELDS,
	type Lead,
	type LeadOutcome,
	type OutcomeStage,
} from '#lib/contract/lead.ts';
import type { Message } from '#lib/contract/message.ts';
import type { Session } from '#lib/contract/session.ts';
import type { Question } from '#lib/contract/site.ts';
import { CLICK_IDS } from '#lib/contract/tracking.ts';

export const COMPLETION_LABELS = {
	in_progress: 'In progress',
	complete: 'Completed',
	abandoned: 'Abandoned',
} as const;
export const QA_LABELS = {
	unchecked: 'Not reviewed',
	passed: 'Passed',
	issue: 'Issue',
	fixed: 'Fixed',
} as const;
export const ARCHIVE_LABELS = { active: 'Active', archived: 'Archived' } as const;
const CHANNEL_LABELS = { web: 'Web', messenger: 'Facebook Messenger', test: 'Test' } as const;

const SENDER_LABELS: Record<Sender, string> = {
	visitor: 'Visitor',
	ai: 'AI',
	agent: 'Agent',
	system: 'System',
};

/** Returns the name of a message's sender if it is known, else their role. */
export function getSenderName(message: Message, session: Session): string {
	if (message.sender === 'visitor') return session.visitor_name ?? SENDER_LABELS.visitor;
	if (message.sender === 'agent') return message.author ?? SENDER_LABELS.agent;
	return SENDER_LABELS[message.sender];
}

/** Returns the visitor's source as labels and values. */
export function createSourceLines({
	context,
	...session
}: Session): [label: string, value: string][] {
	const campaign = [context.utm_source, context.utm_medium, context.utm_campaign];
	const clicks = CLICK_IDS.filter((id) => context[id]);
	const lines: [string, string | undefined][] = [
		['Site', session.site_name],
		['Channel', CHANNEL_LABELS[session.channel]],
		['Page', context.page_url],
		['Landing page', context.landing_url],
		['Referrer', context.referrer],
		['Campaign', campaign.filter(Boolean).join(' / ')],
		['Search term', context.utm_term],
		['Ad content', context.utm_content],
		['Ad click', clicks.map((id) => `${id} ${context[id] ?? ''}`).join(', ')],
		['Device', context.device],
		['Language', context.language],
		['Time zone', context.time_zone],
	];
	return lines.flatMap(([label, value]) => (value ? [[label, value]] : []));
}

const CORE_LABELS = { name: 'Name', email: 'Email', phone: 'Phone', company: 'Company' };
const ADDITIONAL_CONTACT_LABELS = { email: 'Other email', phone: 'Other phone' };
const NO_ANSWER = 'No answer';

/** Returns core fields, the site's questions, then other answers, as labels and values; missing values are `No answer`. */
export function createLeadLines(
	lead: Lead | null,
	questions: Pick<Question, 'key' | 'label'>[],
): [label: string, value: string][] {
	const questionLabels = new Map(questions.map(({ key, label }) => [key, label]));
	const keys = new Set([
		...CORE_LEAD_FIELDS,
		...questionLabels.keys(),
		...Object.keys(lead?.answers ?? {}),
	]);
	return [...keys].map((key) => {
		const core = CORE_LEAD_FIELDS.find((name) => name === key);
		const label = core ? CORE_LABELS[core] : (questionLabels.get(key) ?? key);
		const value = core ? lead?.[core === 'phone' ? 'phone_display' : core] : lead?.answers[key];
		return [label, value || NO_ANSWER];
	});
}

/** Returns a lead's additional contacts as labels and values. */
export const createContactLines = (lead: Lead | null): [label: string, value: string][] =>
	(lead?.additional_contacts ?? []).map(({ type, value }) => [
		ADDITIONAL_CONTACT_LABELS[type],
		value,
	]);

const OUTCOME_LABELS: Record<OutcomeStage, string> = {
	qualified: 'Qualified',
	disqualified: 'Disqualified',
	won: 'Won',
	lost: 'Lost',
};

/** Returns a lead's outcome as labels and values. */
export function createOutcomeLines({
	stage,
	value,
	currency,
	reason,
}: LeadOutcome): [string, string][] {
	if (stage === null) return [];
	const amount = value === null ? [] : [`${currency ?? ''} ${value}`];
	return [
		['Outcome', [OUTCOME_LABELS[stage], ...amount].join(', ')],
		...(reason === null ? [] : [['Reason', reason] as [string, string]]),
	];
}

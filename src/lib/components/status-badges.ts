import BadgeCheck from '@lucide/svelte/icons/badge-check';
import Ban from '@lucide/svelte/icons/ban';
import Check from '@lucide/svelte/icons/check';
import CircleAlert from '@lucide/svelte/icons/circle-alert';
import CircleDashed from '@lucide/svelte/icons/circle-dashed';
import CircleX from '@lucide/svelte/icons/circle-x';
import Clock from '@lucide/svelte/icons/clock';
import Flag from '@lucide/svelte/icons/flag';
import Headset from '@lucide/svelte/icons/headset';
import Inbox from '@lucide/svelte/icons/inbox';
import LifeBuoy from '@lucide/svelte/icons/life-buoy';
import LoaderCircle from '@lucide/svelte/icons/loader-circle';
import OctagonAlert from '@lucide/svelte/icons/octagon-alert';
import Shuffle from '@lucide/svelte/icons/shuffle';
import ThumbsDown from '@lucide/svelte/icons/thumbs-down';
import ThumbsUp from '@lucide/svelte/icons/thumbs-up';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import Trophy from '@lucide/svelte/icons/trophy';
import Undo2 from '@lucide/svelte/icons/undo-2';
import Wrench from '@lucide/svelte/icons/wrench';
import type { Severity } from '#lib/contract/automation-error.ts';
import type { CompletionStatus, QaStatus } from '#lib/contract/common.ts';
import type { OutcomeStage } from '#lib/contract/lead.ts';
import type { MailStatus } from '#lib/contract/mail.ts';
import type { Session } from '#lib/contract/session.ts';
import type { CaseResultStatus, SuiteRunStatus } from '#lib/contract/suite.ts';
import type { Tone } from './ui/Badge.svelte';
import type { IconComponent } from './ui/icon.ts';

/** The badge of a status, used as `<Badge {...qaBadges[status]} />`. */
interface BadgeProps {
	tone: Tone;
	icon: IconComponent;
	label: string;
	title?: string;
}

const completionBadges: Record<CompletionStatus, BadgeProps> = {
	in_progress: { tone: 'info', icon: LoaderCircle, label: 'In progress' },
	complete: { tone: 'ok', icon: Check, label: 'Completed' },
	abandoned: { tone: 'warn', icon: Clock, label: 'Abandoned' },
};

type SessionState = Pick<
	Session,
	| 'completion_status'
	| 'completion_claimed'
	| 'completions_undone'
	| 'agent'
	| 'handoff_deadline_at'
	| 'is_rescued'
>;

/** Returns a badge for what needs attention in a chat; null if nothing does. */
export function getAttentionBadge(session: SessionState): BadgeProps | null {
	if (session.handoff_deadline_at) return { tone: 'bad', icon: Headset, label: 'Needs a person' };
	if (session.completion_status !== 'in_progress') return null;
	const { agent } = session;
	if (agent) {
		const [label = agent] = agent.split(' ');
		return { tone: 'info', icon: Headset, label, title: `${agent} is answering` };
	}
	if (session.is_rescued) {
		const title = 'The site’s AI failed, so the built-in AI is answering';
		return { tone: 'warn', icon: LifeBuoy, label: 'AI failed', title };
	}
	if (session.completion_claimed) {
		const title = 'The AI ended the chat, but details that the site requires are missing';
		return { tone: 'warn', icon: CircleDashed, label: 'Details missing', title };
	}
	if (session.completions_undone > 0) {
		const title = 'The chat was completed, but its completion was undone';
		return { tone: 'neutral', icon: Undo2, label: 'Completion undone', title };
	}
	return null;
}

/** Returns a chat session's badge: what needs attention, otherwise its completion status. */
export const getSessionBadge = (session: SessionState): BadgeProps =>
	getAttentionBadge(session) ?? completionBadges[session.completion_status];

/** Returns a chat session's badge, or null if it is complete and needs no attention. */
export const getUnfinishedBadge = (session: SessionState): BadgeProps | null =>
	getAttentionBadge(session) ??
	(session.completion_status === 'complete' ? null : completionBadges[session.completion_status]);

export const qaBadges: Record<QaStatus, BadgeProps> = {
	unchecked: { tone: 'neutral', icon: CircleDashed, label: 'Not reviewed' },
	passed: { tone: 'ok', icon: BadgeCheck, label: 'Passed' },
	issue: { tone: 'bad', icon: Flag, label: 'Issue' },
	fixed: { tone: 'accent', icon: Wrench, label: 'Fixed' },
};

export const outcomeBadges: Record<OutcomeStage, BadgeProps> = {
	qualified: { tone: 'info', icon: ThumbsUp, label: 'Qualified' },
	disqualified: { tone: 'neutral', icon: ThumbsDown, label: 'Disqualified' },
	won: { tone: 'ok', icon: Trophy, label: 'Won' },
	lost: { tone: 'bad', icon: CircleX, label: 'Lost' },
};

export const mailBadges: Record<MailStatus, BadgeProps> = {
	outbox: { tone: 'neutral', icon: Inbox, label: 'Outbox' },
	pending: { tone: 'info', icon: Clock, label: 'Pending' },
	sent: { tone: 'ok', icon: Check, label: 'Sent' },
	failed: { tone: 'bad', icon: CircleAlert, label: 'Failed' },
};

export const severityBadges: Record<Severity, BadgeProps> = {
	warning: { tone: 'warn', icon: TriangleAlert, label: 'Warning' },
	error: { tone: 'bad', icon: CircleAlert, label: 'Error' },
	critical: { tone: 'bad', icon: OctagonAlert, label: 'Critical' },
};

/** The badge of a suite run's status. */
export const runBadges = {
	queued: { tone: 'neutral', icon: Clock, label: 'Queued' },
	running: { tone: 'info', icon: LoaderCircle, label: 'Running' },
	passed: { tone: 'ok', icon: Check, label: 'Passed' },
	failed: { tone: 'bad', icon: CircleX, label: 'Failed' },
	error: { tone: 'warn', icon: CircleAlert, label: 'Couldn’t run' },
	cancelled: { tone: 'neutral', icon: Ban, label: 'Canceled' },
} as const satisfies Record<SuiteRunStatus, object>;

/** The badge of a test case's result. */
export const resultBadges = {
	...runBadges,
	flaky: { tone: 'warn', icon: Shuffle, label: 'Flaky' },
} as const satisfies Record<CaseResultStatus, object>;

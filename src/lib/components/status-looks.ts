import BadgeCheck from '@lucide/svelte/icons/badge-check';
import Check from '@lucide/svelte/icons/check';
import CircleAlert from '@lucide/svelte/icons/circle-alert';
import CircleDashed from '@lucide/svelte/icons/circle-dashed';
import Clock from '@lucide/svelte/icons/clock';
import Flag from '@lucide/svelte/icons/flag';
import Inbox from '@lucide/svelte/icons/inbox';
import LoaderCircle from '@lucide/svelte/icons/loader-circle';
import OctagonAlert from '@lucide/svelte/icons/octagon-alert';
import ThumbsDown from '@lucide/svelte/icons/thumbs-down';
import ThumbsUp from '@lucide/svelte/icons/thumbs-up';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import Trophy from '@lucide/svelte/icons/trophy';
import CircleX from '@lucide/svelte/icons/circle-x';
import Wrench from '@lucide/svelte/icons/wrench';
import type { Severity } from '#lib/contract/automation-error.ts';
import type { CompletionStatus, QaStatus } from '#lib/contract/common.ts';
import type { OutcomeStage } from '#lib/contract/outcome.ts';
import type { MailStatus } from '#lib/contract/mail.ts';
import type { Tone } from './ui/Badge.svelte';
import type { IconComponent } from './ui/icon.ts';

/** How a status looks as a badge: `<Badge {...qaLooks[status]} />`. */
interface Look {
	tone: Tone;
	icon: IconComponent;
	label: string;
}

export const completionLooks: Record<CompletionStatus, Look> = {
	in_progress: { tone: 'info', icon: LoaderCircle, label: 'In progress' },
	complete: { tone: 'ok', icon: Check, label: 'Complete' },
	abandoned: { tone: 'warn', icon: Clock, label: 'Abandoned' },
};

export const qaLooks: Record<QaStatus, Look> = {
	unchecked: { tone: 'neutral', icon: CircleDashed, label: 'Unchecked' },
	passed: { tone: 'ok', icon: BadgeCheck, label: 'Passed' },
	issue: { tone: 'bad', icon: Flag, label: 'Issue' },
	fixed: { tone: 'accent', icon: Wrench, label: 'Fixed' },
};

export const outcomeLooks: Record<OutcomeStage, Look> = {
	qualified: { tone: 'info', icon: ThumbsUp, label: 'Qualified' },
	disqualified: { tone: 'neutral', icon: ThumbsDown, label: 'Disqualified' },
	won: { tone: 'ok', icon: Trophy, label: 'Won' },
	lost: { tone: 'bad', icon: CircleX, label: 'Lost' },
};

export const mailLooks: Record<MailStatus, Look> = {
	outbox: { tone: 'neutral', icon: Inbox, label: 'Outbox' },
	pending: { tone: 'info', icon: Clock, label: 'Pending' },
	sent: { tone: 'ok', icon: Check, label: 'Sent' },
	failed: { tone: 'bad', icon: CircleAlert, label: 'Failed' },
};

export const severityLooks: Record<Severity, Look> = {
	warning: { tone: 'warn', icon: TriangleAlert, label: 'Warning' },
	error: { tone: 'bad', icon: CircleAlert, label: 'Error' },
	critical: { tone: 'bad', icon: OctagonAlert, label: 'Critical' },
};

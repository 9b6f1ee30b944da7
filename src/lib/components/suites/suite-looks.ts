import Ban from '@lucide/svelte/icons/ban';
import Check from '@lucide/svelte/icons/check';
import CircleAlert from '@lucide/svelte/icons/circle-alert';
import CircleX from '@lucide/svelte/icons/circle-x';
import Clock from '@lucide/svelte/icons/clock';
import LoaderCircle from '@lucide/svelte/icons/loader-circle';
import Shuffle from '@lucide/svelte/icons/shuffle';
import type { CaseResultStatus, SuiteRunStatus } from '#lib/contract/suite.ts';

/** How a run's status looks as a badge. */
export const runLooks = {
	queued: { tone: 'neutral', icon: Clock, label: 'Queued' },
	running: { tone: 'info', icon: LoaderCircle, label: 'Running' },
	passed: { tone: 'ok', icon: Check, label: 'Passed' },
	failed: { tone: 'bad', icon: CircleX, label: 'Failed' },
	error: { tone: 'warn', icon: CircleAlert, label: 'Couldn’t run' },
	cancelled: { tone: 'neutral', icon: Ban, label: 'Canceled' },
} as const satisfies Record<SuiteRunStatus, object>;

/** How a case's result looks as a badge. */
export const resultLooks = {
	...runLooks,
	flaky: { tone: 'warn', icon: Shuffle, label: 'Flaky' },
} as const satisfies Record<CaseResultStatus, object>;

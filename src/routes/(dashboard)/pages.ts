import BadgeCheck from '@lucide/svelte/icons/badge-check';
import ChartLine from '@lucide/svelte/icons/chart-line';
import FlaskConical from '@lucide/svelte/icons/flask-conical';
import ListChecks from '@lucide/svelte/icons/list-checks';
import House from '@lucide/svelte/icons/house';
import Inbox from '@lucide/svelte/icons/inbox';
import Settings from '@lucide/svelte/icons/settings';
import UserPlus from '@lucide/svelte/icons/user-plus';
import Workflow from '@lucide/svelte/icons/workflow';
import type { IconComponent } from '#lib/components/ui/icon.ts';

export interface PageLink {
	href: string;
	label: string;
	icon: IconComponent;
}

/** The pages in navigation order; on small screens the first four are in the bar. */
export const PAGES: readonly PageLink[] = [
	{ href: '/', label: 'Overview', icon: House },
	{ href: '/inbox', label: 'Inbox', icon: Inbox },
	{ href: '/review', label: 'Review', icon: BadgeCheck },
	{ href: '/leads', label: 'Leads', icon: UserPlus },
	{ href: '/analytics', label: 'Analytics', icon: ChartLine },
	{ href: '/automation', label: 'Automation', icon: Workflow },
	{ href: '/test-ai', label: 'Test AI', icon: FlaskConical },
	{ href: '/suites', label: 'Tests', icon: ListChecks },
];
export const SETTINGS: PageLink = { href: '/settings', label: 'Settings', icon: Settings };

/** Whether a path belongs to a page. */
export const isOn = (path: string, href: string) =>
	path === href || (href !== '/' && path.startsWith(`${href}/`));

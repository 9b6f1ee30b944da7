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

/** The layouts that pages have while their data loads. */
export type PendingLook = 'inbox' | 'list' | 'cards' | 'form' | 'chat';

/** The headings and outlines of pages by route, the longest prefix first. */
const OUTLINES: [route: string, title: string, look: PendingLook][] = [
	['/inbox', 'Inbox', 'inbox'],
	['/leads/[session_id]', 'Lead', 'chat'],
	['/leads', 'Leads', 'list'],
	['/review/[session_id]', 'Review', 'chat'],
	['/review/checks', 'Checks', 'list'],
	['/review', 'Review', 'list'],
	['/analytics', 'Analytics', 'cards'],
	['/automation', 'Automation', 'list'],
	['/test-ai', 'Test AI', 'form'],
	['/suites', 'Tests', 'list'],
	['/settings', 'Settings', 'form'],
	['/', 'Overview', 'cards'],
];
/** Sections whose own layout stays, and shows what it is loading. */
const WITH_LAYOUT = ['/inbox', '/automation', '/settings', '/test-ai'];

const GROUP = '/(dashboard)';

/** Returns what to show of the page that is loading; null while the shown page stays, or none loads. */
export function pendingPage(
	from: string | null,
	to: string | null,
): { title: string; look: PendingLook } | null {
	if (!from?.startsWith(GROUP) || !to?.startsWith(GROUP) || from === to) return null;
	const [left, next] = [from, to].map((route) => route.slice(GROUP.length) || '/');
	if (left === undefined || next === undefined) return null;
	if (WITH_LAYOUT.some((section) => isOn(left, section) && isOn(next, section))) return null;
	const found = OUTLINES.find(([route]) => isOn(next, route));
	return found ? { title: found[1], look: found[2] } : null;
}

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

/** The pages in navigation order. On small screens, the first four are in the tab bar. */
export const PAGES: readonly PageLink[] = [
	{ href: '/', label: 'Overview', icon: House },
	{ href: '/inbox', label: 'Inbox', icon: Inbox },
	{ href: '/review', label: 'Review', icon: BadgeCheck },
	{ href: '/leads', label: 'Leads', icon: UserPlus },
	{ href: '/analytics', label: 'Analytics', icon: ChartLine },
	{ href: '/automation', label: 'Automation', icon: Workflow },
	{ href: '/playground', label: 'Playground', icon: FlaskConical },
	{ href: '/suites', label: 'Tests', icon: ListChecks },
];
export const SETTINGS: PageLink = { href: '/settings', label: 'Settings', icon: Settings };

/** Returns whether a path belongs to a page. */
export const isActivePath = (path: string, href: string) =>
	path === href || (href !== '/' && path.startsWith(`${href}/`));

/** The skeletons that pages show while their data loads. */
export type SkeletonLayout = 'inbox' | 'list' | 'cards' | 'form' | 'chat';

/** The titles and skeletons of pages by route, longest prefix first. */
const SKELETONS: [route: string, title: string, layout: SkeletonLayout][] = [
	['/inbox', 'Inbox', 'inbox'],
	['/leads/[session_id]', 'Lead', 'chat'],
	['/leads', 'Leads', 'list'],
	['/review/[session_id]', 'Review', 'chat'],
	['/review/checks', 'Checks', 'list'],
	['/review', 'Review', 'list'],
	['/analytics', 'Analytics', 'cards'],
	['/automation', 'Automation', 'list'],
	['/playground', 'Playground', 'form'],
	['/suites', 'Tests', 'list'],
	['/settings', 'Settings', 'form'],
	['/', 'Overview', 'cards'],
];
/** Sections whose layout stays and shows its own skeletons. */
const PERSISTENT_SECTIONS = ['/inbox', '/automation', '/settings', '/playground'];

const GROUP = '/(dashboard)';

/** Returns the title and skeleton of the page that is loading; null if there is none or the current layout stays. */
export function getPendingPage(
	from: string | null,
	to: string | null,
): { title: string; layout: SkeletonLayout } | null {
	if (!from?.startsWith(GROUP) || !to?.startsWith(GROUP) || from === to) return null;
	const [current, next] = [from, to].map((route) => route.slice(GROUP.length) || '/');
	if (current === undefined || next === undefined) return null;
	if (
		PERSISTENT_SECTIONS.some(
			(section) => isActivePath(current, section) && isActivePath(next, section),
		)
	)
		return null;
	const skeleton = SKELETONS.find(([route]) => isActivePath(next, route));
	return skeleton ? { title: skeleton[1], layout: skeleton[2] } : null;
}

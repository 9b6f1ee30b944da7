import Bell from '@lucide/svelte/icons/bell';
import Globe from '@lucide/svelte/icons/globe';
import KeyRound from '@lucide/svelte/icons/key-round';
import Mail from '@lucide/svelte/icons/mail';
import MessageCircle from '@lucide/svelte/icons/message-circle';
import MessageSquareText from '@lucide/svelte/icons/message-square-text';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import UserRound from '@lucide/svelte/icons/user-round';
import Users from '@lucide/svelte/icons/users';
import type { Role } from '#lib/contract/api-key.ts';
import type { IconComponent } from '#lib/components/ui/icon.ts';

export interface Section {
	href: string;
	label: string;
	/** The description in the list of sections. */
	text: string;
	/** The heading it is listed under. */
	group: 'Workspace' | 'Account';
	icon: IconComponent;
	/** Hidden from agents, whom the server rejects as well. */
	isForAdmins: boolean;
}

/** The settings sections in navigation order. */
const SECTIONS: readonly Section[] = [
	{
		href: '/settings/sites',
		label: 'Sites',
		text: 'Appearance, questions, AI and delivery of each landing page',
		group: 'Workspace',
		icon: Globe,
		isForAdmins: true,
	},
	{
		href: '/settings/canned-replies',
		label: 'Canned replies',
		text: 'Saved answers for common questions',
		group: 'Workspace',
		icon: MessageSquareText,
		isForAdmins: false,
	},
	{
		href: '/settings/users',
		label: 'Team',
		text: 'Users, roles and invitations',
		group: 'Workspace',
		icon: Users,
		isForAdmins: true,
	},
	{
		href: '/settings/api-keys',
		label: 'API keys',
		text: 'Access for workflows and other software',
		group: 'Workspace',
		icon: KeyRound,
		isForAdmins: true,
	},
	{
		href: '/settings/mail',
		label: 'Email',
		text: 'Email setup and sent emails',
		group: 'Workspace',
		icon: Mail,
		isForAdmins: true,
	},
	{
		href: '/settings/messenger',
		label: 'Messenger',
		text: 'Chats from your Facebook Page',
		group: 'Workspace',
		icon: MessageCircle,
		isForAdmins: true,
	},
	{
		href: '/settings/audit-log',
		label: 'Audit log',
		text: 'Who did what, and when',
		group: 'Workspace',
		icon: ScrollText,
		isForAdmins: true,
	},
	{
		href: '/settings/profile',
		label: 'Profile',
		text: 'Name, password, time zone and theme',
		group: 'Account',
		icon: UserRound,
		isForAdmins: false,
	},
	{
		href: '/settings/notifications',
		label: 'Notifications',
		text: 'Alerts by push and email, quiet hours and your devices',
		group: 'Account',
		icon: Bell,
		isForAdmins: false,
	},
];

export const listSections = (role: Role): Section[] =>
	SECTIONS.filter((section) => role === 'admin' || !section.isForAdmins);

/** Returns the sections by heading, in navigation order. */
export const groupSections = (role: Role): Map<Section['group'], Section[]> =>
	Map.groupBy(listSections(role), ({ group }) => group);

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
	/** One line of meaning, for the list of all sections. */
	text: string;
	icon: IconComponent;
	/** Agents do not see it, and its verbs refuse them. */
	isForAdmins: boolean;
}

/** The sections of the settings, in the order of their navigation. */
const SECTIONS: readonly Section[] = [
	{
		href: '/settings/sites',
		label: 'Sites',
		text: 'Landing pages: look, questions, AI and delivery',
		icon: Globe,
		isForAdmins: true,
	},
	{
		href: '/settings/canned-replies',
		label: 'Canned replies',
		text: 'Answers that the team writes once and uses often',
		icon: MessageSquareText,
		isForAdmins: false,
	},
	{
		href: '/settings/users',
		label: 'Users',
		text: 'Who belongs to the team, and what they may do',
		icon: Users,
		isForAdmins: true,
	},
	{
		href: '/settings/api-keys',
		label: 'API keys',
		text: 'How workflows and other programs sign in',
		icon: KeyRound,
		isForAdmins: true,
	},
	{
		href: '/settings/mail',
		label: 'Mail',
		text: 'What was sent to whom, and through what',
		icon: Mail,
		isForAdmins: true,
	},
	{
		href: '/settings/messenger',
		label: 'Messenger',
		text: 'Conversations of your Facebook page',
		icon: MessageCircle,
		isForAdmins: true,
	},
	{
		href: '/settings/audit-log',
		label: 'Audit log',
		text: 'Who did what, and when',
		icon: ScrollText,
		isForAdmins: true,
	},
	{
		href: '/settings/profile',
		label: 'Profile',
		text: 'Your name, password, time zone, notifications and theme',
		icon: UserRound,
		isForAdmins: false,
	},
];

export const sectionsFor = (role: Role): Section[] =>
	SECTIONS.filter((section) => role === 'admin' || !section.isForAdmins);

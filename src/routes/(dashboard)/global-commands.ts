import Bookmark from '@lucide/svelte/icons/bookmark';
import Globe from '@lucide/svelte/icons/globe';
import Keyboard from '@lucide/svelte/icons/keyboard';
import Monitor from '@lucide/svelte/icons/monitor';
import Moon from '@lucide/svelte/icons/moon';
import Funnel from '@lucide/svelte/icons/funnel';
import Sun from '@lucide/svelte/icons/sun';
import UserPlus from '@lucide/svelte/icons/user-plus';
import UserRound from '@lucide/svelte/icons/user-round';
import { goto } from '$app/navigation';
import { writeFilter } from '#lib/client/inbox/session-filter.ts';
import { type Keys, SHORTCUTS, type Shortcut } from '#lib/client/page/keys.svelte.ts';
import type { Theme } from '#lib/client/page/theme.svelte.ts';
import type { Role } from '#lib/contract/api-key.ts';
import type { SavedFilter } from '#lib/contract/inbox.ts';
import type { Site } from '#lib/contract/site.ts';
import type { Command } from './commands.svelte.ts';
import { PAGES, SETTINGS } from './pages.ts';
import { listSections } from './settings/sections.ts';

/** The layout's data that commands are created from. */
export interface ShellData {
	sites: readonly Site[];
	people: readonly { id: number; name: string }[];
	saved_filters: readonly SavedFilter[];
}

const shortcuts: readonly Shortcut[] = SHORTCUTS;
const showChats = (query: string) => goto(`/inbox${query}`);

const inviteCommand: Command = {
	id: 'invite',
	label: 'Invite teammate',
	group: 'Settings',
	icon: UserPlus,
	run: () => goto('/settings/users?invite'),
};

/** Returns the commands available on every page: pages, settings, saved filters, sites and people. */
export function createGlobalCommands(
	{ sites, people, saved_filters }: ShellData,
	role: Role,
): Command[] {
	return [
		...[...PAGES, SETTINGS].map(({ href, label, icon }) => ({
			id: `page ${href}`,
			label,
			group: 'Pages',
			icon,
			keys: shortcuts.find((shortcut) => shortcut.href === href)?.keys,
			run: () => goto(href),
		})),
		...listSections(role).map(({ href, label, text, icon }) => ({
			id: `settings ${href}`,
			label,
			group: 'Settings',
			keywords: text,
			icon,
			run: () => goto(href),
		})),
		...(role === 'admin' ? [inviteCommand] : []),
		...saved_filters.map(({ id, name, filter }) => ({
			id: `filter ${id}`,
			label: name,
			group: 'Saved filters',
			icon: Bookmark,
			run: () => showChats(writeFilter(filter)),
		})),
		...sites.map(({ key, name }) => ({
			id: `site ${key}`,
			label: `Chats on ${name}`,
			group: 'Sites',
			icon: Funnel,
			run: () => showChats(writeFilter({ site: key })),
		})),
		...(role === 'admin' ? sites : []).map(({ key, name }) => ({
			id: `site settings ${key}`,
			label: `${name} settings`,
			group: 'Sites',
			icon: Globe,
			run: () => goto(`/settings/sites/${encodeURIComponent(key)}`),
		})),
		...people.map(({ id, name }) => ({
			id: `person ${id}`,
			label: `Chats assigned to ${name}`,
			group: 'Team',
			icon: UserRound,
			run: () => showChats(writeFilter({ assignee: id })),
		})),
	];
}

/** Returns a command for each theme. */
export const createThemeCommands = (theme: Theme): Command[] =>
	(
		[
			['light', 'Light theme', Sun],
			['dark', 'Dark theme', Moon],
			['system', 'System theme', Monitor],
		] as const
	).map(([choice, label, icon]) => ({
		id: `theme ${choice}`,
		label,
		group: 'Appearance',
		icon,
		run: () => theme.setChoice(choice),
	}));

/** Returns commands for the shortcuts that the page handles, except those already offered. */
export function createActionCommands(keys: Keys, offered: readonly Command[]): Command[] {
	return keys.commands
		.filter(({ id }) => !offered.some((command) => command.id === id))
		.map(({ id, description, where, keys: shortcutKeys }) => ({
			id,
			label: description,
			group: where === 'Everywhere' ? 'Actions' : `This ${where.toLowerCase()}`,
			icon: Keyboard,
			keys: shortcutKeys,
			run: () => keys.run(id),
		}));
}

import MessageCircle from '@lucide/svelte/icons/message-circle';
import Search from '@lucide/svelte/icons/search';
import UserPlus from '@lucide/svelte/icons/user-plus';
import { goto } from '$app/navigation';
import { api, call } from '#lib/client/api/call.ts';
import { getVisitorName } from '#lib/client/format/names.ts';
import { writeFilter } from '#lib/client/inbox/session-filter.ts';
import type { LeadItem } from '#lib/contract/lead-list.ts';
import type { Session } from '#lib/contract/session.ts';
import type { Command } from './commands.svelte.ts';
import { getLeadName } from './leads/lead-row.ts';

const DEBOUNCE_MS = 200;
const MIN_LENGTH = 2;

/** Searches leads and chats on the server for the command menu. */
export class PaletteSearch {
	/** Empty until the current search has ended, so that no outdated results are shown. */
	results = $state.raw<readonly Command[]>([]);
	isPending = $state(false);
	#timer: ReturnType<typeof setTimeout> | undefined;
	#searchId = 0;

	/** Searches for the text; calls back when the results are set, unless a newer search has started. */
	find(text: string, onFound: () => void): void {
		const q = text.trim();
		const searchId = (this.#searchId += 1);
		clearTimeout(this.#timer);
		this.results = [];
		this.isPending = q.length >= MIN_LENGTH;
		if (!this.isPending) return;
		this.#timer = setTimeout(() => {
			void Promise.all([findPeople(q), findChats(q)]).then((commands) => {
				if (searchId !== this.#searchId) return;
				this.results = [...commands.flat(), createSearchCommand(q)];
				this.isPending = false;
				onFound();
			});
		}, DEBOUNCE_MS);
	}
}

/** Resolves to no commands if the search fails, since other results are still useful. */
const findPeople = (q: string): Promise<Command[]> =>
	call(api.leads.$get({ query: { q, grouped: 'true', limit: '4' } })).then(
		({ items }) => items.map(createPersonCommand),
		() => [],
	);

const findChats = (q: string): Promise<Command[]> =>
	call(api.sessions.$get({ query: { q, archive_status: 'active', limit: '6' } })).then(
		({ items }) => items.map(createChatCommand),
		() => [],
	);

function createPersonCommand(lead: LeadItem): Command {
	const contact = lead.email ?? lead.phone_display;
	return {
		id: `lead ${lead.session_id}`,
		label: getLeadName(lead),
		detail: [contact === getLeadName(lead) ? null : contact, lead.site_name]
			.filter(Boolean)
			.join(' · '),
		group: 'People',
		icon: UserPlus,
		run: () => goto(`/leads/${lead.session_id}`),
	};
}

const createChatCommand = (session: Session): Command => ({
	id: session.session_id,
	label: getVisitorName(session),
	// The text of a matching lead would repeat the name.
	detail: session.match?.message_id ? session.match.text : session.site_name,
	group: 'Chats',
	icon: MessageCircle,
	run: () => goto(`/inbox/${session.session_id}`),
});

const createSearchCommand = (q: string): Command => ({
	id: 'search',
	label: `Search all chats for “${q}”`,
	group: 'Search',
	icon: Search,
	run: () => goto(`/inbox${writeFilter({ q })}`),
});

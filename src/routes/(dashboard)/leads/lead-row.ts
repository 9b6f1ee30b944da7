import { toast } from 'svelte-sonner';
import { api, call, formatError } from '#lib/client/api/call.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { getUnfinishedBadge } from '#lib/components/status-badges.ts';
import { showUndoToast } from '#lib/components/ui/undo-toast.ts';
import type { Lead } from '#lib/contract/lead.ts';
import { formatSource } from '#lib/client/format/names.ts';
import type { LeadItem } from '#lib/contract/lead-list.ts';

export const getLeadName = ({ name, email, phone }: Pick<LeadItem, 'name' | 'email' | 'phone'>) =>
	name ?? email ?? phone ?? 'Unnamed';

/** Formats the source and campaign as in Analytics. */
export const formatLeadSource = ({ source }: Pick<LeadItem, 'source'>): string =>
	[formatSource(source.name), source.utm_campaign].filter(Boolean).join(' · ');

/** Returns whether all webhooks have received the lead's current values. */
export const isDelivered = ({ delivery }: Pick<LeadItem, 'delivery'>) =>
	delivery?.state === 'delivered' || delivery?.state === 'updated';

/** Returns whether a lead has a status to show. A completed and delivered lead without an outcome has none. */
export const hasLeadStatus = (lead: LeadItem) =>
	lead.outcome !== null ||
	getUnfinishedBadge(lead) !== null ||
	(lead.delivery !== null && !isDelivered(lead));

/** Classes that hide columns in narrow tables. */
export const COLUMN_CLASSES = {
	status: '@max-[780px]:hidden',
	source: '@max-[1000px]:hidden',
};

interface ContactLine {
	kind: 'email' | 'phone number';
	href: string;
	text: string;
	/** The text to copy. */
	value: string;
}

/** Returns links to email or call a lead. */
export function listContactLines({
	email,
	phone,
	phone_display,
}: Pick<LeadItem, 'email' | 'phone' | 'phone_display'>): ContactLine[] {
	const lines: ContactLine[] = [];
	if (email) {
		const href = `mailto:${encodeURIComponent(email).replaceAll('%40', '@')}`;
		lines.push({ kind: 'email', href, text: email, value: email });
	}
	if (phone) {
		const text = phone_display ?? phone;
		lines.push({ kind: 'phone number', href: toTelUrl(phone), text, value: text });
	}
	return lines;
}

/** Returns the `tel:` URL of a stored number, such as "+49301234;ext=12". */
function toTelUrl(phone: string): string {
	const [number = '', extension] = phone.split(/;ext=|\s*(?:ext\.?|x)\s*/i);
	return `tel:${number.replaceAll(/[^+\d]/g, '')}${extension ? `;ext=${extension.replaceAll(/\D/g, '')}` : ''}`;
}

/** Returns a function that marks a lead as contacted, with an undo toast. */
export function createMarkContacted(live: LiveSocket) {
	const setContacted = async (id: string, contacted: boolean) => {
		try {
			const lead = await call(
				api.sessions[':session_id'].lead.contact.$put({
					param: { session_id: id },
					json: { contacted },
				}),
			);
			live.publish({ name: 'lead.updated', payload: { session_id: id, lead } });
			return true;
		} catch (error) {
			toast.error(formatError(error));
			return false;
		}
	};
	return async ({ session_id, name }: Pick<Lead, 'session_id' | 'name'>): Promise<void> => {
		if (!(await setContacted(session_id, true))) return;
		showUndoToast(`Marked ${name ?? 'the visitor'} as contacted`, async () => {
			await setContacted(session_id, false);
		});
	};
}

import { toast } from 'svelte-sonner';
import { api, call, sentenceOf } from '#lib/client/api/call.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { undoToast } from '#lib/components/ui/undo-toast.ts';
import type { Lead } from '#lib/contract/lead.ts';
import { shortUrl } from '#lib/client/format/addresses.ts';
import type { LeadItem } from '#lib/contract/lead-list.ts';

export const leadName = ({ name, email, phone }: Pick<LeadItem, 'name' | 'email' | 'phone'>) =>
	name ?? email ?? phone ?? 'Unnamed';

/** Returns source and campaign, else the referrer. */
export function sourceOf({ source }: Pick<LeadItem, 'source'>): string {
	const campaign = [source.utm_source, source.utm_campaign].filter(Boolean).join(' · ');
	return campaign || (source.referrer ? shortUrl(source.referrer) : 'Direct');
}

/** Marks a lead as contacted, with an undo toast. */
export function createMarkContacted(live: LiveSocket) {
	const set = async (id: string, contacted: boolean) => {
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
			toast.error(sentenceOf(error));
			return false;
		}
	};
	return async ({ session_id, name }: Pick<Lead, 'session_id' | 'name'>): Promise<void> => {
		if (!(await set(session_id, true))) return;
		undoToast(`Marked ${name ?? 'the visitor'} as contacted`, async () => {
			await set(session_id, false);
		});
	};
}

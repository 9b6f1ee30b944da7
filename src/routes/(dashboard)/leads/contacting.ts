import { toast } from 'svelte-sonner';
import { api, call, sentenceOf } from '#lib/client/api/call.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import { undoToast } from '#lib/components/ui/undo-toast.ts';
import type { Lead } from '#lib/contract/lead.ts';

/** Says that this person was in touch with a lead, with ten seconds to take it back. */
export function contacting(live: LiveSocket) {
	const set = async (id: string, contacted: boolean) => {
		try {
			const lead = await call(
				api.sessions[':session_id'].lead.contact.$put({
					param: { session_id: id },
					json: { contacted: contacted },
				}),
			);
			live.tell({ name: 'lead.updated', payload: { session_id: id, lead } });
			return true;
		} catch (error) {
			toast.error(sentenceOf(error));
			return false;
		}
	};
	return async ({ session_id, name }: Pick<Lead, 'session_id' | 'name'>): Promise<void> => {
		if (!(await set(session_id, true))) return;
		undoToast(`Contacted: ${name ?? 'the visitor'}`, async () => {
			await set(session_id, false);
		});
	};
}

import { toast } from 'svelte-sonner';
import { api, call, sentenceOf } from '#lib/client/api/call.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import type { Session } from '#lib/contract/session.ts';
import { undoToast } from '#lib/components/ui/undo-toast.ts';

/** Archives a chat session, or restores it, with a way back in a toast; false when it did not work. */
export function archiving(live: LiveSocket) {
	const set = async (session: Session, status: Session['archive_status']): Promise<boolean> => {
		try {
			const patch = { archive_status: status };
			const changed = await call(
				api.sessions[':session_id'].$patch({
					param: { session_id: session.session_id },
					json: patch,
				}),
			);
			live.tell({ name: 'session.updated', payload: { session: changed } });
			return true;
		} catch (error) {
			toast.error(sentenceOf(error));
			return false;
		}
	};
	return async (session: Session): Promise<boolean> => {
		const before = session.archive_status;
		const isDone = await set(session, before === 'active' ? 'archived' : 'active');
		if (isDone) {
			const said = before === 'active' ? 'Chat archived' : 'Chat restored';
			undoToast(said, async () => void (await set(session, before)));
		}
		return isDone;
	};
}

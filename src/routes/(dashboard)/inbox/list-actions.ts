import { toast } from 'svelte-sonner';
import { api, toSentence, call, formatError } from '#lib/client/api/call.ts';
import type { InboxStore } from '#lib/client/inbox/inbox-store.svelte.ts';
import type { Selection } from '#lib/client/inbox/selection.svelte.ts';
import { showUndoToast } from '#lib/components/ui/undo-toast.ts';
import type { BulkInput, BulkResult } from '#lib/contract/inbox.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import type { Session } from '#lib/contract/session.ts';

/** Returns a function that archives or restores a chat session, with an undo toast; it resolves to false on failure. */
export function createToggleArchived(live: LiveSocket) {
	const setStatus = async (
		session: Session,
		status: Session['archive_status'],
	): Promise<boolean> => {
		try {
			const patch = { archive_status: status };
			const changed = await call(
				api.sessions[':session_id'].$patch({
					param: { session_id: session.session_id },
					json: patch,
				}),
			);
			live.publish({ name: 'session.updated', payload: { session: changed } });
			return true;
		} catch (error) {
			toast.error(formatError(error));
			return false;
		}
	};
	return async (session: Session): Promise<boolean> => {
		const previous = session.archive_status;
		const isDone = await setStatus(session, previous === 'active' ? 'archived' : 'active');
		if (isDone) {
			const text = previous === 'active' ? 'Chat archived' : 'Chat restored';
			showUndoToast(text, async () => void (await setStatus(session, previous)));
		}
		return isDone;
	};
}

type Change = BulkInput extends infer T
	? T extends BulkInput
		? Omit<T, 'session_ids'>
		: never
	: never;

export const formatChatCount = (count: number) => `${count} ${count === 1 ? 'chat' : 'chats'}`;

const PAST_TENSE: Record<BulkInput['act'], string> = {
	archive: 'archived',
	restore: 'restored',
	assign: 'assigned',
	review: 'reviewed',
	outcome: 'updated',
	contact: 'marked as contacted',
	delete: 'deleted',
};
const INVERSE_ACTIONS: Partial<Record<BulkInput['act'], 'archive' | 'restore'>> = {
	archive: 'restore',
	restore: 'archive',
};

/** Returns a function that applies a bulk action to the selection, with a toast for the result and undo where possible. */
export function createChangeSelected(selection: Selection, inbox: () => InboxStore) {
	return async (change: Change): Promise<void> => {
		const session_ids = [...selection.ids];
		const result = await send({ ...change, session_ids });
		if (!result) return;
		const { done, refused } = result;
		// Refused chats stay selected, because they still need a decision.
		selection.set(refused.map(({ session_id }) => session_id));
		if (change.act === 'archive' || change.act === 'restore' || change.act === 'delete') {
			inbox().remove(...done);
		}
		if (done.length > 0) showResult(change.act, done);
		if (refused.length > 0) toast.error(describeRefused(refused));
	};
}

async function send(input: BulkInput): Promise<BulkResult | undefined> {
	try {
		return await call(api.sessions.bulk.$post({ json: input }));
	} catch (error) {
		toast.error(formatError(error));
		return undefined;
	}
}

function showResult(act: BulkInput['act'], done: string[]): void {
	const text = `${formatChatCount(done.length)} ${PAST_TENSE[act]}`;
	const inverse = INVERSE_ACTIONS[act];
	if (!inverse) {
		toast(text);
		return;
	}
	showUndoToast(text, async () => void (await send({ act: inverse, session_ids: done })));
}

/** Says how many chats were refused, and the first reason. */
function describeRefused(refused: BulkResult['refused']): string {
	const reasons = new Set(refused.map(({ message }) => message));
	const [first = ''] = reasons;
	const more = reasons.size > 1 ? ' Others failed for different reasons.' : '';
	return `${formatChatCount(refused.length)} not changed. ${toSentence(first)}${more}`;
}

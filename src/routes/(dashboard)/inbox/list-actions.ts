import { toast } from 'svelte-sonner';
import { api, asSentence, call, sentenceOf } from '#lib/client/api/call.ts';
import type { InboxStore } from '#lib/client/inbox/inbox-store.svelte.ts';
import type { Selection } from '#lib/client/inbox/selection.svelte.ts';
import { undoToast } from '#lib/components/ui/undo-toast.ts';
import type { BulkInput, BulkResult } from '#lib/contract/inbox.ts';
import type { LiveSocket } from '#lib/client/live/live-socket.svelte.ts';
import type { Session } from '#lib/contract/session.ts';

/** Archives or restores a chat session, with an undo toast; resolves to false when that failed. */
export function createToggleArchived(live: LiveSocket) {
	const set = async (session: Session, status: Session['archive_status']): Promise<boolean> => {
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
			toast.error(sentenceOf(error));
			return false;
		}
	};
	return async (session: Session): Promise<boolean> => {
		const before = session.archive_status;
		const isDone = await set(session, before === 'active' ? 'archived' : 'active');
		if (isDone) {
			const text = before === 'active' ? 'Chat archived' : 'Chat restored';
			undoToast(text, async () => void (await set(session, before)));
		}
		return isDone;
	};
}

type Change = BulkInput extends infer T
	? T extends BulkInput
		? Omit<T, 'session_ids'>
		: never
	: never;

export const chatsOf = (count: number) => `${count} ${count === 1 ? 'chat' : 'chats'}`;

const DONE: Record<BulkInput['act'], string> = {
	archive: 'archived',
	restore: 'restored',
	assign: 'assigned',
	review: 'reviewed',
	outcome: 'updated',
	contact: 'marked as contacted',
	delete: 'deleted',
};
const BACK: Partial<Record<BulkInput['act'], 'archive' | 'restore'>> = {
	archive: 'restore',
	restore: 'archive',
};

/** Applies a bulk action to the selection; toasts tell what was done and refused, with undo where possible. */
export function createChangeSelected(selection: Selection, inbox: () => InboxStore) {
	return async (change: Change): Promise<void> => {
		const session_ids = [...selection.ids];
		const result = await send({ ...change, session_ids });
		if (!result) return;
		const { done, refused } = result;
		// Refused ones stay selected: they still need a decision.
		selection.take(refused.map(({ session_id }) => session_id));
		if (change.act === 'archive' || change.act === 'restore' || change.act === 'delete') {
			inbox().drop(...done);
		}
		if (done.length > 0) toastDone(change.act, done);
		if (refused.length > 0) toast.error(refusalOf(refused));
	};
}

async function send(input: BulkInput): Promise<BulkResult | undefined> {
	try {
		return await call(api.sessions.bulk.$post({ json: input }));
	} catch (error) {
		toast.error(sentenceOf(error));
		return undefined;
	}
}

function toastDone(act: BulkInput['act'], done: string[]): void {
	const text = `${chatsOf(done.length)} ${DONE[act]}`;
	const back = BACK[act];
	if (!back) {
		toast(text);
		return;
	}
	undoToast(text, async () => void (await send({ act: back, session_ids: done })));
}

/** Tells how many were refused, with the first reason. */
export function refusalOf(refused: BulkResult['refused']): string {
	const reasons = new Set(refused.map(({ message }) => message));
	const [first = ''] = reasons;
	const more = reasons.size > 1 ? ' There were other reasons too.' : '';
	return `${chatsOf(refused.length)} not changed. ${asSentence(first)}${more}`;
}

import { toast } from 'svelte-sonner';
import { api, asSentence, call, sentenceOf } from '#lib/client/api/call.ts';
import type { InboxStore } from '#lib/client/inbox/inbox-store.svelte.ts';
import type { Selection } from '#lib/client/inbox/selection.svelte.ts';
import { undoToast } from '#lib/components/ui/undo-toast.ts';
import type { BulkInput, BulkResult } from '#lib/contract/bulk.ts';

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
	delete: 'deleted',
};
const BACK: Partial<Record<BulkInput['act'], 'archive' | 'restore'>> = {
	archive: 'restore',
	restore: 'archive',
};

/** Does one act for all that is selected, and says what was done, what was refused, and the way back. */
export function changing(selection: Selection, inbox: () => InboxStore) {
	return async (change: Change): Promise<void> => {
		const session_ids = [...selection.ids];
		const result = await send({ ...change, session_ids });
		if (!result) return;
		const { done, refused } = result;
		// What was refused stays selected: there is still something to decide.
		selection.take(refused.map(({ session_id }) => session_id));
		if (change.act === 'archive' || change.act === 'restore' || change.act === 'delete') {
			inbox().drop(...done);
		}
		if (done.length > 0) tellDone(change.act, done);
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

function tellDone(act: BulkInput['act'], done: string[]): void {
	const words = `${chatsOf(done.length)} ${DONE[act]}`;
	const back = BACK[act];
	if (!back) {
		toast(words);
		return;
	}
	undoToast(words, async () => void (await send({ act: back, session_ids: done })));
}

/** How many were refused, with the reason of the first. */
export function refusalOf(refused: BulkResult['refused']): string {
	const reasons = new Set(refused.map(({ message }) => message));
	const [first = ''] = reasons;
	const more = reasons.size > 1 ? ' And other reasons.' : '';
	return `${chatsOf(refused.length)} not changed: ${asSentence(first)}${more}`;
}

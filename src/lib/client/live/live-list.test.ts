import { describe, expect, it, vi } from 'vitest';
import type { Page } from '#lib/contract/common.ts';
import { appendUnique, LiveList, type PageQuery } from './live-list.svelte.ts';
import type { LiveEvent, LiveSocket } from './live-socket.svelte.ts';

interface Row {
	id: number;
	text: string;
}
const row = (id: number, text = 'old'): Row => ({ id, text });
const rows = (from: number, to: number, text?: string) =>
	Array.from({ length: from - to + 1 }, (_, index) => row(from - index, text));
const ids = (list: LiveList<Row>) => list.items.map(({ id }) => id);

/** A list with an in-memory backend; cursors are row ids. */
class TestList extends LiveList<Row> {
	storedRows: Row[];
	queries: PageQuery[] = [];
	/** Delays responses, so that a test can release them in any order. */
	gate: Promise<void> = Promise.resolve();

	constructor(storedRows: Row[], loadedCount = 50) {
		super(getPage(storedRows, { limit: String(loadedCount) }));
		this.storedRows = storedRows;
	}

	protected async fetch(query: PageQuery): Promise<Page<Row>> {
		this.queries.push(query);
		const page = getPage(this.storedRows, query);
		await this.gate;
		return page;
	}

	protected applyEvent({ name }: LiveEvent): void {
		if (name === 'audit.added') this.refreshSoon();
	}

	put(changed: Row): void {
		if (!this.replace(changed)) this.prepend(changed);
	}

	remove(id: number): void {
		this.removeWhere((item) => item.id === id);
	}
}

function getPage(storedRows: readonly Row[], { limit = '50', cursor }: PageQuery): Page<Row> {
	const rest =
		cursor === undefined ? storedRows : storedRows.filter(({ id }) => id < Number(cursor));
	const items = rest.slice(0, Number(limit));
	return { items, next_cursor: items.length < rest.length ? String(items.at(-1)?.id) : null };
}

/** A socket whose reconnects and events are triggered by the test. */
function fakeSocket() {
	let catchUp = (): void => undefined;
	let listener = (_: LiveEvent[]): void => undefined;
	const live = {
		subscribe(callback: typeof listener) {
			listener = callback;
			return () => (listener = () => undefined);
		},
		onConnected(callback: typeof catchUp) {
			catchUp = callback;
			return () => (catchUp = () => undefined);
		},
	} as unknown as LiveSocket;
	const auditEvent = { name: 'audit.added', payload: { action: 'user.joined' } } as LiveEvent;
	return { live, reconnect: () => catchUp(), send: () => listener([auditEvent]) };
}

describe('pages', () => {
	it('appends the next page once, even if it is requested several times', async () => {
		const list = new TestList(rows(120, 1));
		await Promise.all([list.loadMore(), list.loadMore()]);
		expect(ids(list)).toEqual(rows(120, 21).map(({ id }) => id));
		expect(list.queries).toEqual([{ limit: '50', cursor: '71' }]);
		await list.loadMore();
		expect(list.hasMore).toBe(false);
		await list.loadMore();
		expect(list.queries).toHaveLength(2);
	});

	it('rejects when a page can’t be fetched, and can be retried', async () => {
		const list = new TestList(rows(60, 1));
		list.gate = Promise.reject(new Error('no connection'));
		await expect(list.loadMore()).rejects.toThrow('no connection');
		list.gate = Promise.resolve();
		await list.loadMore();
		expect(list.items).toHaveLength(60);
	});

	it('joins two lists in order, preferring the first one’s rows', () => {
		const list = [row(5, 'new'), row(4, 'new')];
		expect(appendUnique(list, [row(4), row(3)])).toEqual([...list, row(3)]);
	});
});

describe('after a reconnect', () => {
	it('fetches all loaded rows again, beyond one page of the API', async () => {
		const list = new TestList(rows(500, 1), 300);
		const socket = fakeSocket();
		list.follow(socket.live);
		list.storedRows = rows(501, 1, 'new');
		socket.reconnect();
		await vi.waitFor(() => expect(ids(list)).toEqual(rows(501, 201).map(({ id }) => id)));
		expect(list.items.slice(0, 300).every(({ text }) => text === 'new')).toBe(true);
		expect(list.queries.map(({ limit }) => limit)).toEqual(['200', '100']);
		await list.loadMore();
		expect(ids(list)).toEqual(rows(501, 151).map(({ id }) => id));
	});

	it('shows only the new rows if none of them was in the list', async () => {
		const list = new TestList(rows(50, 1), 50);
		list.storedRows = rows(900, 1);
		await list.refresh();
		expect(ids(list)).toEqual(rows(900, 851).map(({ id }) => id));
		expect(list.cursor).toBe('851');
	});

	it('leaves the list unchanged when the fetch fails', async () => {
		const list = new TestList(rows(3, 1));
		list.gate = Promise.reject(new Error('no connection'));
		await list.refresh();
		expect(ids(list)).toEqual([3, 2, 1]);
	});

	it('uses the response of the latest refresh, even if an older one arrives later', async () => {
		const list = new TestList([row(1, 'first')]);
		const slow = Promise.withResolvers<undefined>();
		list.gate = slow.promise;
		const older = list.refresh();
		list.gate = Promise.resolve();
		list.storedRows = [row(1, 'second')];
		await list.refresh();
		slow.resolve(undefined);
		await older;
		expect(list.items).toEqual([row(1, 'second')]);
	});

	it('prefers events that arrived during the request', async () => {
		const list = new TestList(rows(4, 1));
		const slow = Promise.withResolvers<undefined>();
		list.gate = slow.promise;
		const refresh = list.refresh();
		list.put(row(3, 'newer'));
		list.put(row(5, 'arrived'));
		list.remove(2);
		slow.resolve(undefined);
		await refresh;
		expect(list.items).toEqual([row(5, 'arrived'), row(4), row(3, 'newer'), row(1)]);
	});
});

describe('events', () => {
	it('cause one combined refresh of the top rows', async () => {
		vi.useFakeTimers();
		const list = new TestList(rows(400, 1), 400);
		const socket = fakeSocket();
		list.follow(socket.live);
		list.storedRows = rows(401, 1);
		socket.send();
		socket.send();
		await vi.runAllTimersAsync();
		vi.useRealTimers();
		expect(list.queries).toEqual([{ limit: '200' }]);
		expect(ids(list)).toEqual(rows(401, 1).map(({ id }) => id));
	});

	it('have no effect once the list is no longer followed', async () => {
		vi.useFakeTimers();
		const list = new TestList(rows(3, 1));
		const socket = fakeSocket();
		const stop = list.follow(socket.live);
		socket.send();
		stop();
		socket.send();
		await vi.runAllTimersAsync();
		vi.useRealTimers();
		expect(list.queries).toEqual([]);
	});
});

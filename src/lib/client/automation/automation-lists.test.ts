import { afterEach, expect, it, vi } from 'vitest';
import type { ErrorGroup } from '#lib/contract/automation-error.ts';
import { ErrorList } from './automation-lists.svelte.ts';

const group = (id: number, overrides: Partial<ErrorGroup> = {}): ErrorGroup => ({
	id,
	workflow: 'Chat',
	node: null,
	message: 'it broke',
	severity: 'error',
	count: 1,
	first_seen_at: '2026-11-23T08:00:00.000Z',
	last_seen_at: '2026-11-23T08:00:00.000Z',
	resolved_at: null,
	resolved_by: null,
	last_error: null,
	...overrides,
});
afterEach(() => vi.unstubAllGlobals());

const resolved = { resolved_at: '2026-11-23T09:00:00.000Z' };
const createList = (view: Record<string, string>, items: ErrorGroup[]) =>
	new ErrorList(view, { items, next_cursor: null });
const ids = (list: ErrorList) => list.items.map(({ id }) => id);

it('moves a group that fails again to the top, and adds new ones there', () => {
	const list = createList({}, [group(1), group(2)]);
	list.put(group(2, { count: 2 }), true);
	list.put(group(3), true);
	expect(ids(list)).toEqual([3, 2, 1]);
	expect(list.items[1]?.count).toBe(2);
});

it('removes a group from the open ones when it is resolved, and adds it again when it fails', () => {
	const list = createList({}, [group(1), group(2)]);
	list.put(group(1, resolved));
	expect(ids(list)).toEqual([2]);
	list.put(group(1), true);
	expect(ids(list)).toEqual([1, 2]);
});

it('ignores groups that don’t match the view', () => {
	const list = createList({ workflow: 'Chat', state: 'all' }, [group(1)]);
	list.put(group(2, { workflow: 'Lead intake' }), true);
	list.put(group(1, resolved));
	expect(ids(list)).toEqual([1]);
	const one = createList({ group: '1' }, [group(1)]);
	one.put(group(2), true);
	one.put(group(1, resolved));
	expect(ids(one)).toEqual([1]);
});

it('refetches a single group after a reconnect, since its list can’t be filtered by it', async () => {
	const list = createList({ group: '1' }, [group(1)]);
	vi.stubGlobal('fetch', (url: string) =>
		Promise.resolve(
			url.endsWith('/errors/1')
				? Response.json(group(1, resolved))
				: Response.json({}, { status: 404 }),
		),
	);
	await list.refresh();
	expect(list.items).toEqual([group(1, resolved)]);
});

import { describe, expect, it, vi } from 'vitest';
import { saveCredentials, readCredentials, getStartId } from './credentials.ts';
import { openLocalStorage, PageStorage } from './storage.ts';

/** A fake `window.localStorage`. */
function fakeLocal(entries: Record<string, string> = {}, isFull = () => false) {
	const map = new Map(Object.entries(entries));
	const local = {
		map,
		get length() {
			return map.size;
		},
		key: (index: number) => [...map.keys()][index] ?? null,
		getItem: (key: string) => map.get(key) ?? null,
		setItem: (key: string, value: string) => {
			if (isFull()) throw new DOMException('full', 'QuotaExceededError');
			map.set(key, value);
		},
		removeItem: (key: string) => void map.delete(key),
		clear: () => map.clear(),
	};
	return local;
}

describe('the frame’s storage', () => {
	it("reads only its own site's entries", () => {
		const local = fakeLocal({ 'frontdesk:a:session': '1', 'frontdesk:b:session': '2', other: '3' });
		const storage = openLocalStorage('frontdesk:a:', () => local);
		expect(storage?.get('session')).toBe('1');
		expect(storage?.list('')).toEqual(['1']);
		storage?.set('session', null);
		expect([...local.map.keys()]).toEqual(['frontdesk:b:session', 'other']);
	});

	it('writes nothing until released, not even a probe, then writes all held changes', () => {
		const local = fakeLocal({ 'p:old': '1' });
		const storage = openLocalStorage('p:', () => local, false);
		storage?.hold();
		storage?.set('session', 'x');
		storage?.set('old', null);
		expect(storage?.get('session')).toBe('x');
		expect([...local.map]).toEqual([['p:old', '1']]);
		storage?.release();
		expect([...local.map]).toEqual([['p:session', 'x']]);
	});

	it('reads what another tab has stored since', async () => {
		const local = fakeLocal();
		const storage = openLocalStorage('p:', () => local);
		local.map.set('p:session', 'of the other tab');
		await storage?.refresh();
		expect(storage?.get('session')).toBe('of the other tab');
		storage?.clear();
		expect(local.map.size).toBe(0);
	});

	it('is undefined if the browser throws, so that memory is used instead', () => {
		const blocked = () => {
			throw new DOMException('no', 'SecurityError');
		};
		expect(openLocalStorage('frontdesk:a:', blocked)).toBeUndefined();
		expect(openLocalStorage('frontdesk:a:', () => fakeLocal({}, () => true))).toBeUndefined();
	});

	it('continues in memory when the storage is full', () => {
		let isFull = false;
		const storage = openLocalStorage('p:', () => fakeLocal({}, () => isFull));
		isFull = true;
		storage?.set('session', 'x');
		expect(storage?.get('session')).toBe('x');
	});

	it('forwards every change to the host page that stores it', () => {
		const write = vi.fn();
		const storage = new PageStorage({ a: '1' }, write);
		storage.set('b', '2');
		storage.set('a', null);
		expect(write.mock.calls).toEqual([
			['b', '2'],
			['a', null],
		]);
	});
});

describe('this browser’s chat session', () => {
	it('is stored completely, and anything incomplete is ignored', () => {
		const storage = new PageStorage();
		expect(readCredentials(storage)).toBeNull();
		saveCredentials(storage, { session_id: 'session_a', token: 't' });
		expect(readCredentials(storage)).toEqual({ session_id: 'session_a', token: 't' });
		for (const broken of ['{', 'null', '[]', '{"session_id":"session_a"}', '7']) {
			storage.set('session', broken);
			expect(readCredentials(storage)).toBeNull();
		}
	});

	it('keeps the same start id until it has started, even after a reload', () => {
		let storedId: string | null = null;
		const first = getStartId(new PageStorage({}, (_, value) => (storedId = value)));
		const storage = new PageStorage({ start: String(storedId) });
		expect(getStartId(storage)).toBe(first);
		saveCredentials(storage, { session_id: 'session_a', token: 't' });
		expect(getStartId(storage)).not.toBe(first);
	});
});

import type { Host } from './host';

type Write = (key: string, value: string | null) => void;

/** What the browser keeps of one site's conversation: read from memory, written through. */
export class PageStorage {
	readonly #entries: Map<string, string>;
	readonly #write: Write;

	constructor(entries: Record<string, string> = {}, write: Write = () => undefined) {
		this.#entries = new Map(Object.entries(entries));
		this.#write = write;
	}

	get(key: string): string | null {
		return this.#entries.get(key) ?? null;
	}

	/** Keeps a value; null forgets it. */
	set(key: string, value: string | null): void {
		if (value === null) this.#entries.delete(key);
		else this.#entries.set(key, value);
		this.#write(key, value);
	}

	/** The values of every key that begins so. */
	list(prefix: string): string[] {
		return [...this.#entries].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
	}
}

/** Storage of this browser's own, or undefined where it is blocked, as it often is in third-party frames. */
export function openLocal(prefix: string, find: () => Storage): PageStorage | undefined {
	try {
		const local = find();
		local.setItem(`${prefix}probe`, '1');
		local.removeItem(`${prefix}probe`);
		const entries: Record<string, string> = {};
		for (let at = 0; at < local.length; at++) {
			const key = local.key(at);
			if (key?.startsWith(prefix)) entries[key.slice(prefix.length)] = local.getItem(key) ?? '';
		}
		return new PageStorage(entries, (key, value) => {
			try {
				if (value === null) local.removeItem(prefix + key);
				else local.setItem(prefix + key, value);
			} catch {
				// A full disk: what is in memory still serves this visit.
			}
		});
	} catch {
		return undefined;
	}
}

/** The host page's storage through the loader, else the frame's own, else memory. */
export async function openStorage(site: string, host: Host | null): Promise<PageStorage> {
	const stored = await host?.load();
	if (host && stored) {
		return new PageStorage(stored, (key, value) => host.post({ type: 'store', key, value }));
	}
	return openLocal(`frontdesk:${site}:`, () => localStorage) ?? new PageStorage();
}

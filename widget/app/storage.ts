import type { Host } from './host.ts';

type Entries = Record<string, string>;
type Write = (key: string, value: string | null) => void;

/** One site's browser storage: reads from memory and writes through. */
export class PageStorage {
	#entries: Map<string, string>;
	readonly #write: Write;
	readonly #read: () => Promise<Entries | null>;
	/** Keys to write on `release`; null when writing is allowed. */
	#heldKeys: Set<string> | null = null;

	constructor(
		entries: Entries = {},
		write: Write = () => undefined,
		read: () => Promise<Entries | null> = () => Promise.resolve(null),
	) {
		this.#entries = new Map(Object.entries(entries));
		this.#write = write;
		this.#read = read;
	}

	get(key: string): string | null {
		return this.#entries.get(key) ?? null;
	}

	/** Stores a value; null deletes it. */
	set(key: string, value: string | null): void {
		if (value === null) this.#entries.delete(key);
		else this.#entries.set(key, value);
		if (this.#heldKeys) this.#heldKeys.add(key);
		else this.#write(key, value);
	}

	/** Returns the values of all keys with this prefix. */
	list(prefix: string): string[] {
		return [...this.#entries].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
	}

	/** Deletes everything. */
	clear(): void {
		for (const key of [...this.#entries.keys()]) this.set(key, null);
	}

	/** Keeps changes in memory only, until `release`. */
	hold(): void {
		this.#heldKeys ??= new Set();
	}

	release(): void {
		const keys = this.#heldKeys ?? [];
		this.#heldKeys = null;
		for (const key of keys) this.#write(key, this.get(key));
	}

	/** Reads what other tabs have stored in the meantime. */
	async refresh(): Promise<void> {
		const entries = await this.#read();
		if (!entries) return;
		const heldEntries = [...(this.#heldKeys ?? [])].map((key) => [key, this.get(key)] as const);
		this.#entries = new Map(Object.entries(entries));
		for (const [key, value] of heldEntries) if (value !== null) this.#entries.set(key, value);
	}
}

/** Opens the frame's own storage. Returns undefined if the browser blocks it, as is common in third-party frames. */
export function openLocalStorage(
	prefix: string,
	getStorage: () => Storage,
	canWrite = true,
): PageStorage | undefined {
	try {
		const local = getStorage();
		if (canWrite) {
			local.setItem(`${prefix}probe`, '1');
			local.removeItem(`${prefix}probe`);
		}
		const write: Write = (key, value) => {
			try {
				if (value === null) local.removeItem(prefix + key);
				else local.setItem(prefix + key, value);
			} catch {
				// The storage is full. The copy in memory is enough for this visit.
			}
		};
		const read = () => Promise.resolve(readEntries(local, prefix));
		return new PageStorage(readEntries(local, prefix), write, read);
	} catch {
		return undefined;
	}
}

function readEntries(local: Storage, prefix: string): Entries {
	const entries: Entries = {};
	for (let index = 0; index < local.length; index++) {
		const key = local.key(index);
		if (key?.startsWith(prefix)) entries[key.slice(prefix.length)] = local.getItem(key) ?? '';
	}
	return entries;
}

/** Opens the host page's storage through the loader, or else the frame's own, or else memory. */
export async function openStorage(
	site: string,
	host: Host | null,
	canWrite: boolean,
): Promise<PageStorage> {
	const entries = await host?.load();
	if (host && entries) {
		const write: Write = (key, value) => host.post({ type: 'store', key, value });
		return new PageStorage(entries, write, () => host.load());
	}
	return openLocalStorage(`frontdesk:${site}:`, () => localStorage, canWrite) ?? new PageStorage();
}

import type { Host } from './host.ts';

type Entries = Record<string, string>;
type Write = (key: string, value: string | null) => void;

/** What the browser keeps of one site's conversation: read from memory, written through. */
export class PageStorage {
	#entries: Map<string, string>;
	readonly #write: Write;
	readonly #read: () => Promise<Entries | null>;
	/** Keys that are to be written later, while nothing may be kept yet. */
	#held: Set<string> | null = null;

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

	/** Keeps a value; null forgets it. */
	set(key: string, value: string | null): void {
		if (value === null) this.#entries.delete(key);
		else this.#entries.set(key, value);
		if (this.#held) this.#held.add(key);
		else this.#write(key, value);
	}

	/** The values of every key that begins so. */
	list(prefix: string): string[] {
		return [...this.#entries].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
	}

	/** Forgets everything. */
	clear(): void {
		for (const key of [...this.#entries.keys()]) this.set(key, null);
	}

	/** Keeps everything in memory alone until `release`. */
	hold(): void {
		this.#held ??= new Set();
	}

	release(): void {
		const held = this.#held ?? [];
		this.#held = null;
		for (const key of held) this.#write(key, this.get(key));
	}

	/** Learns what another tab has kept since. */
	async refresh(): Promise<void> {
		const entries = await this.#read();
		if (!entries) return;
		const own = [...(this.#held ?? [])].map((key) => [key, this.get(key)] as const);
		this.#entries = new Map(Object.entries(entries));
		for (const [key, value] of own) if (value !== null) this.#entries.set(key, value);
	}
}

/** Storage of this browser's own, or undefined where it is blocked, as it often is in third-party frames. */
export function openLocal(
	prefix: string,
	find: () => Storage,
	mayWrite = true,
): PageStorage | undefined {
	try {
		const local = find();
		if (mayWrite) {
			local.setItem(`${prefix}probe`, '1');
			local.removeItem(`${prefix}probe`);
		}
		const write: Write = (key, value) => {
			try {
				if (value === null) local.removeItem(prefix + key);
				else local.setItem(prefix + key, value);
			} catch {
				// A full disk: what is in memory still serves this visit.
			}
		};
		const read = () => Promise.resolve(readLocal(local, prefix));
		return new PageStorage(readLocal(local, prefix), write, read);
	} catch {
		return undefined;
	}
}

function readLocal(local: Storage, prefix: string): Entries {
	const entries: Entries = {};
	for (let at = 0; at < local.length; at++) {
		const key = local.key(at);
		if (key?.startsWith(prefix)) entries[key.slice(prefix.length)] = local.getItem(key) ?? '';
	}
	return entries;
}

/** The host page's storage through the loader, else the frame's own, else memory. */
export async function openStorage(
	site: string,
	host: Host | null,
	mayWrite: boolean,
): Promise<PageStorage> {
	const stored = await host?.load();
	if (host && stored) {
		const write: Write = (key, value) => host.post({ type: 'store', key, value });
		return new PageStorage(stored, write, () => host.load());
	}
	return openLocal(`frontdesk:${site}:`, () => localStorage, mayWrite) ?? new PageStorage();
}

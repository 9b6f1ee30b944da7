import type { AuditEntry } from '#lib/contract/audit-entry.ts';
import type { Page } from '#lib/contract/common.ts';
import { joined } from '#lib/client/live/joined.ts';
import { settingsApi } from './settings-api.ts';

/** The audit log under one filter: what was loaded stays when newer acts come. */
export class AuditList {
	items = $state.raw<AuditEntry[]>([]);
	cursor = $state<string | null>(null);
	readonly #filter: Record<string, string>;

	constructor(page: Page<AuditEntry>, filter: Record<string, string>) {
		this.items = page.items;
		this.cursor = page.next_cursor;
		this.#filter = filter;
	}

	/** Puts what is new on top. Where more than a page has come meanwhile, the list begins anew. */
	async refresh(): Promise<void> {
		const page = await settingsApi.listAuditEntries(this.#filter);
		const known = new Set(this.items.map(({ id }) => id));
		const isGap = page.next_cursor !== null && !page.items.some(({ id }) => known.has(id));
		this.items = isGap ? page.items : joined(page.items, this.items);
		if (isGap) this.cursor = page.next_cursor;
	}

	async more(cursor: string): Promise<void> {
		const page = await settingsApi.listAuditEntries({ ...this.#filter, cursor });
		this.items = joined(this.items, page.items);
		this.cursor = page.next_cursor;
	}
}

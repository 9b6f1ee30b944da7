import { widgetEvents, type WidgetEvents } from '#lib/contract/widget.ts';
import type { Core, Ctx } from '../core/context.ts';
import { widget_events } from '../core/db/schema/index.ts';
import { parse } from '../core/parse.ts';
import { getSite } from '../sites/unchecked.ts';
import { bucketOf, QUARTER } from './counters.ts';
import { sourceOf } from './source.ts';

type Row = typeof widget_events.$inferInsert;

/** Counts what widgets tell of themselves, with or without a chat session; public. Throws NotFound for an unknown site. */
export async function countWidgetEvents(ctx: Ctx, input: WidgetEvents): Promise<void> {
	const parsed = parse(widgetEvents, input);
	const bucket_at = new Date(bucketOf(ctx.app.clock().getTime(), QUARTER));
	const events = Array.isArray(parsed) ? parsed : [parsed];
	const siteIds = new Map<string, number>();
	for (const key of new Set(events.map(({ site }) => site))) {
		siteIds.set(key, (await getSite(ctx, { key })).id);
	}
	const rows = events.map(({ site, event, context = {} }) => ({
		site_id: siteIds.get(site) ?? 0,
		bucket_at,
		...sourceOf(context),
		shown: Number(event === 'shown'),
		opened: Number(event === 'opened'),
	}));
	await Promise.all(rows.map((row) => ctx.app.widgetEventWriter.write(row)));
}

interface Waiting {
	row: Row;
	resolve: () => void;
	reject: (error: unknown) => void;
}

/** Group commit: pages are shown far more often than chats begin, so what arrives together is stored together. */
export class WidgetEventWriter {
	readonly #app: Core;
	#waiting: Waiting[] = [];
	#isWriting = false;

	constructor(app: Core) {
		this.#app = app;
	}

	write(row: Row): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ row, resolve, reject });
			if (!this.#isWriting) void this.#drain();
		});
	}

	async #drain(): Promise<void> {
		this.#isWriting = true;
		while (this.#waiting.length > 0) {
			const batch = this.#waiting.splice(0, 500);
			try {
				await this.#app.db.insert(widget_events).values(batch.map(({ row }) => row));
				for (const { resolve } of batch) resolve();
			} catch (error) {
				for (const { reject } of batch) reject(error);
			}
		}
		this.#isWriting = false;
	}
}

declare module '#lib/server/core/context.ts' {
	interface App {
		widgetEventWriter: WidgetEventWriter;
	}
}

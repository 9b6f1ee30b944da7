import { getTableColumns, getTableName, is, sql } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import type { Ctx } from './context.ts';
import * as schema from './db/schema/index.ts';

const PAGE = 500;

/** Columns that hold JSON with sealed values, under keys that begin with `sealed_`. */
const JSON_COLUMNS = [
	{ table: 'sites', column: 'connector' },
	{ table: 'webhook_endpoints', column: 'auth_header' },
];

/** Every text column whose name says that it is sealed: a new one is found by itself. */
const TEXT_COLUMNS = Object.values(schema).flatMap((table) =>
	is(table, PgTable)
		? Object.keys(getTableColumns(table))
				.filter((name) => name.includes('sealed'))
				.map((column) => ({ table: getTableName(table), column }))
		: [],
);

const rows = z.array(z.object({ id: z.coerce.number(), value: z.unknown() }));

export interface Resealed {
	resealed: number;
	/** Sealed with a key that is not there: they stay as they are. */
	unreadable: number;
}

/**
 * Seals every stored secret with the current SECRET_KEY, so that the previous ones can go. A value that changes meanwhile
 * is left to whoever changed it. For use inside the server, and again at any time.
 */
export async function resealSecrets(ctx: Ctx): Promise<Resealed> {
	const total: Resealed = { resealed: 0, unreadable: 0 };
	for (const place of TEXT_COLUMNS) {
		await resealColumn(ctx, place, total, (value) => z.string().parse(value), 'text');
	}
	for (const place of JSON_COLUMNS) await resealColumn(ctx, place, total, undefined, 'jsonb');
	return total;
}

async function resealColumn(
	ctx: Ctx,
	{ table, column }: { table: string; column: string },
	total: Resealed,
	asText: ((value: unknown) => string) | undefined,
	type: 'text' | 'jsonb',
): Promise<void> {
	const [at, name] = [sql.identifier(table), sql.identifier(column)];
	for (let after = 0; ;) {
		const page = rows.parse(
			(
				await ctx.db.execute(
					sql`select id, ${name} as value from ${at} where id > ${after} and ${name} is not null order by id limit ${PAGE}`,
				)
			).rows,
		);
		for (const { id, value } of page) {
			const next = asText ? resealText(ctx, asText(value), total) : resealJson(ctx, value, total);
			if (next === value) continue;
			const written = (one: unknown) =>
				sql`${type === 'text' ? one : JSON.stringify(one)}::${sql.raw(type)}`;
			const { rowCount } = await ctx.db.execute(
				sql`update ${at} set ${name} = ${written(next)} where id = ${id} and ${name} = ${written(value)}`,
			);
			total.resealed += rowCount ?? 0;
		}
		const last = page.at(-1);
		if (!last || page.length < PAGE) return;
		after = last.id;
	}
}

function resealText({ app: { secrets } }: Ctx, sealed: string, total: Resealed): string {
	if (secrets.isCurrent(sealed)) return sealed;
	try {
		return secrets.seal(secrets.open(sealed));
	} catch {
		total.unreadable += 1;
		return sealed;
	}
}

/** The same value when nothing in it changes. */
function resealJson(ctx: Ctx, value: unknown, total: Resealed): unknown {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
	const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [
		key,
		key.startsWith('sealed_') && typeof inner === 'string'
			? resealText(ctx, inner, total)
			: resealJson(ctx, inner, total),
	]);
	const isSame = entries.every(([key, inner]) => inner === (value as Record<string, unknown>)[key]);
	return isSame ? value : Object.fromEntries(entries);
}

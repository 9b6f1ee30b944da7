import { getTableColumns, getTableName, is, sql } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import type { Ctx } from './context.ts';
import * as schema from './db/schema/index.ts';

const PAGE = 500;

interface Place {
	table: string;
	/** The primary key. */
	key: string;
	column: string;
}

/** Columns that hold JSON with sealed values, under keys that begin with `sealed_`. */
const JSON_COLUMNS: Place[] = [
	{ table: 'sites', key: 'id', column: 'connector' },
	{ table: 'webhook_endpoints', key: 'id', column: 'auth_header' },
];

/** Every text column whose name says that it is sealed: a new one is found by itself. */
const TEXT_COLUMNS: Place[] = Object.values(schema).flatMap((table) =>
	is(table, PgTable)
		? Object.keys(getTableColumns(table))
				.filter((name) => name.includes('sealed'))
				.map((column) => ({ table: getTableName(table), key: keyOf(table), column }))
		: [],
);

/** The name of a table's primary key. */
function keyOf(table: PgTable): string {
	const key = Object.values(getTableColumns(table)).find(({ primary }) => primary);
	if (!key) throw new Error(`${getTableName(table)} has no primary key of one column`);
	return key.name;
}

const rows = z.array(z.object({ key: z.union([z.string(), z.number()]), value: z.unknown() }));

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
	{ table, key, column }: Place,
	total: Resealed,
	asText: ((value: unknown) => string) | undefined,
	type: 'text' | 'jsonb',
): Promise<void> {
	const [at, id, name] = [sql.identifier(table), sql.identifier(key), sql.identifier(column)];
	let after: string | number | undefined;
	for (;;) {
		const page = rows.parse(
			(
				await ctx.db.execute(
					sql`select ${id} as key, ${name} as value from ${at}
						where ${name} is not null ${after === undefined ? sql`` : sql`and ${id} > ${after}`} order by ${id} limit ${PAGE}`,
				)
			).rows,
		);
		for (const { key: own, value } of page) {
			const next = asText ? resealText(ctx, asText(value), total) : resealJson(ctx, value, total);
			if (next === value) continue;
			const written = (one: unknown) =>
				sql`${type === 'text' ? one : JSON.stringify(one)}::${sql.raw(type)}`;
			const { rowCount } = await ctx.db.execute(
				sql`update ${at} set ${name} = ${written(next)} where ${id} = ${own} and ${name} = ${written(value)}`,
			);
			total.resealed += rowCount ?? 0;
		}
		const last = page.at(-1);
		if (!last || page.length < PAGE) return;
		after = last.key;
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

import { getTableColumns, getTableName, is, sql } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import type { Ctx } from './context.ts';
import * as schema from './db/schema/index.ts';

const PAGE_SIZE = 500;

interface SealedColumn {
	table: string;
	/** The primary key. */
	key: string;
	column: string;
}

/** Whether a JSON value has a key that starts with `sealed_`, at any depth. */
type HasSealedKey<T> = T extends readonly (infer Item)[]
	? HasSealedKey<Item>
	: T extends Date
		? false
		: T extends object
			? { [Key in keyof T]: Key extends `sealed_${string}` ? true : HasSealedKey<T[Key]> }[keyof T]
			: false;

type Tables = {
	[
		Name in keyof typeof schema as (typeof schema)[Name] extends PgTable ? Name : never
	]: (typeof schema)[Name];
};
type SealedJsonColumn<Row> = {
	[Column in keyof Row]: true extends HasSealedKey<Row[Column]> ? Column : never;
}[keyof Row];

/** The JSON columns with sealed values. The type requires exactly those whose type has a key that starts with `sealed_`. */
const JSON_COLUMN_NAMES: {
	[
		Name in keyof Tables as SealedJsonColumn<Tables[Name]['$inferSelect']> extends never
			? never
			: Name
	]: Record<SealedJsonColumn<Tables[Name]['$inferSelect']>, true>;
} = {
	sites: { connector: true, judge: true },
	challengers: { connector: true },
	retired_connectors: { connector: true },
	suite_runs: { connector: true },
	webhook_endpoints: { auth_header: true },
	n8n_connections: { made: true },
};

const JSON_COLUMNS: SealedColumn[] = Object.entries(JSON_COLUMN_NAMES).flatMap(
	([name, columns]) => {
		const table = schema[name as keyof typeof JSON_COLUMN_NAMES];
		const key = getPrimaryKey(table);
		return Object.keys(columns).map((column) => ({ table: getTableName(table), key, column }));
	},
);

/** Every text column with "sealed" in its name, so that new ones are included automatically. */
const TEXT_COLUMNS: SealedColumn[] = Object.values(schema).flatMap((table) =>
	is(table, PgTable)
		? Object.keys(getTableColumns(table))
				.filter((name) => name.includes('sealed'))
				.map((column) => ({ table: getTableName(table), key: getPrimaryKey(table), column }))
		: [],
);

/** Returns the name of a table's primary key. */
function getPrimaryKey(table: PgTable): string {
	const key = Object.values(getTableColumns(table)).find(({ primary }) => primary);
	if (!key) throw new Error(`${getTableName(table)} has no primary key of one column`);
	return key.name;
}

const rowsSchema = z.array(
	z.object({ key: z.union([z.string(), z.number()]), value: z.unknown() }),
);

interface ResealResult {
	resealed: number;
	/** Values sealed with an unknown key, which are left unchanged. */
	unreadable: number;
}

/**
 * Reseals every stored secret with the current `SECRET_KEY`, after which the previous keys can be removed. Skips values
 * that change in the meantime, and can be repeated at any time. Doesn't check permissions.
 */
export async function resealSecrets(ctx: Ctx): Promise<ResealResult> {
	const total: ResealResult = { resealed: 0, unreadable: 0 };
	for (const column of TEXT_COLUMNS) {
		await resealColumn(ctx, column, total, (value) => z.string().parse(value), 'text');
	}
	for (const column of JSON_COLUMNS) await resealColumn(ctx, column, total, undefined, 'jsonb');
	return total;
}

async function resealColumn(
	ctx: Ctx,
	{ table, key, column }: SealedColumn,
	total: ResealResult,
	parseText: ((value: unknown) => string) | undefined,
	type: 'text' | 'jsonb',
): Promise<void> {
	const [from, id, name] = [sql.identifier(table), sql.identifier(key), sql.identifier(column)];
	let after: string | number | undefined;
	for (;;) {
		const page = rowsSchema.parse(
			(
				await ctx.db.execute(
					sql`select ${id} as key, ${name} as value from ${from}
						where ${name} is not null ${after === undefined ? sql`` : sql`and ${id} > ${after}`} order by ${id} limit ${PAGE_SIZE}`,
				)
			).rows,
		);
		for (const { key: rowKey, value } of page) {
			const next = parseText
				? resealText(ctx, parseText(value), total)
				: resealJson(ctx, value, total);
			if (next === value) continue;
			const toLiteral = (literalValue: unknown) =>
				sql`${type === 'text' ? literalValue : JSON.stringify(literalValue)}::${sql.raw(type)}`;
			const { rowCount } = await ctx.db.execute(
				sql`update ${from} set ${name} = ${toLiteral(next)} where ${id} = ${rowKey} and ${name} = ${toLiteral(value)}`,
			);
			total.resealed += rowCount ?? 0;
		}
		const last = page.at(-1);
		if (!last || page.length < PAGE_SIZE) return;
		after = last.key;
	}
}

function resealText({ app: { secrets } }: Ctx, sealed: string, total: ResealResult): string {
	if (secrets.isCurrent(sealed)) return sealed;
	try {
		return secrets.seal(secrets.open(sealed));
	} catch {
		total.unreadable += 1;
		return sealed;
	}
}

/** Returns a value with its sealed parts resealed; the same object if nothing changes. */
function resealJson(ctx: Ctx, value: unknown, total: ResealResult): unknown {
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

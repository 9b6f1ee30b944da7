import { eq, sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Page } from '#lib/contract/common.ts';
import {
	caseCheck,
	type CaseContent,
	caseContext,
	type CaseExport,
	caseExportQuery,
	caseImport,
	type CaseInput,
	caseInput,
	caseListQuery,
	type CaseUpdate,
	caseUpdate,
	type TestCase,
	MAX_SUITE_CASES,
	toCaseContent,
} from '#lib/contract/test-case.ts';
import type { Actor, Ctx } from '#lib/server/core/context.ts';
import { afterCursor, toPage } from '#lib/server/core/db/keyset.ts';
import { type Read, runRead } from '#lib/server/core/db/reads.ts';
import { cases } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, forbidden, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { getSite, type SiteRow } from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireValidPatterns } from './compile-pattern.ts';
import { getOrigin, type Origin, toTitle } from './origin.ts';
import { LAST_RESULT, lastResultColumn } from './run-rows.ts';
import { addToSuites } from './suites.ts';

/** Returns a page of test cases, newest first: of one site, one suite or all. Needs `quality:read`. */
export async function listCases(
	ctx: Ctx,
	input: z.input<typeof caseListQuery>,
): Promise<Page<TestCase>> {
	requireTeam(ctx, 'quality:read');
	const { site, suite_id, limit, cursor } = parse(caseListQuery, input);
	const conditions = [sql`true`];
	if (site) conditions.push(sql`c.site_id = (select id from sites where key = ${site})`);
	if (suite_id)
		conditions.push(sql`c.id in (select case_id from suite_cases where suite_id = ${suite_id})`);
	if (cursor) conditions.push(afterCursor(sql`c.created_at`, sql`c.id`, cursor));
	const rows = await runRead(ctx.db, readCases(sql.join(conditions, sql` and `), limit + 1));
	return toPage(rows, limit, (row) => row.created_at);
}

/** Returns a test case. Needs `quality:read`. Throws `not_found`. */
export async function getCase(ctx: Ctx, id: number): Promise<TestCase> {
	requireTeam(ctx, 'quality:read');
	return readCase(ctx, id);
}

/**
 * Creates a test case, and adds it to suites of its site. A case created from a chat never contains the personal details
 * of its visitor. Needs `quality:write`; only admins and API keys may name a judge. Throws `not_found`, and `invalid` for a pattern
 * that RE2 doesn't support.
 */
export async function createCase(ctx: Ctx, input: CaseInput): Promise<TestCase> {
	requireTeam(ctx, 'quality:write');
	const { site: key, from_session, suite_ids = [], ...content } = parse(caseInput, input);
	await requireValidPatterns([content.checks], () => '');
	requireJudgeRights(ctx, content.checks);
	return inTransaction(ctx, async (tx) => {
		const site = await getSite(tx, { key });
		const origin = from_session === undefined ? undefined : await getOrigin(tx, from_session);
		if (origin && origin.site_id !== site.id) {
			throw new AppError('invalid', 'from_session: must be a chat of this site');
		}
		return insertCase(tx, site, content, { origin, suite_ids });
	});
}

/** Inserts a case, without the personal details of its origin's visitor. Needs a transaction. Doesn't check permissions. */
export async function insertCase(
	tx: Ctx,
	site: Pick<SiteRow, 'id' | 'key'>,
	input: CaseContent,
	{ origin, suite_ids = [] }: { origin?: Origin | undefined; suite_ids?: number[] } = {},
): Promise<TestCase> {
	const { title, ...content } = origin ? await origin.details.replaceIn(input) : input;
	const now = tx.app.clock();
	const [row] = await tx.db
		.insert(cases)
		.values({
			...content,
			site_id: site.id,
			title: title ?? toTitle(content.lines),
			source_id: origin?.id ?? null,
			user_id: tx.actor.type === 'user' ? tx.actor.id : null,
			created_by: getActorName(tx.actor),
			created_at: now,
			updated_at: now,
		})
		.returning({ id: cases.id });
	if (!row) throw new Error('an inserted case was not returned');
	await addToSuites(tx, site, [row.id], suite_ids);
	const created = await readCase(tx, row.id);
	const target = { type: 'case', id: created.id, name: created.title };
	await audit(tx, {
		action: 'case.created',
		target,
		...(origin && { chat_session_id: origin.id }),
	});
	await record(tx, 'case.created', { case: created });
	return created;
}

/** Updates a test case; existing runs keep their copy. Needs `quality:write`. Throws like `createCase`. */
export async function updateCase(ctx: Ctx, id: number, input: CaseUpdate): Promise<TestCase> {
	requireTeam(ctx, 'quality:write');
	const update = parse(caseUpdate, input);
	if (update.checks) await requireValidPatterns([update.checks], () => '');
	return inTransaction(ctx, async (tx) => {
		const before = await readCase(tx, id);
		requireJudgeRights(tx, update.checks, before.checks);
		const origin = before.session_id === null ? undefined : await getOrigin(tx, before.session_id);
		const changes = origin ? await origin.details.replaceIn(update) : update;
		await tx.db
			.update(cases)
			.set({ ...changes, updated_at: tx.app.clock() })
			.where(eq(cases.id, id));
		const updated = await readCase(tx, id);
		await audit(tx, { action: 'case.updated', target: { type: 'case', id, name: updated.title } });
		await record(tx, 'case.updated', { case: updated });
		return updated;
	});
}

/** Deletes a test case; the results of past runs are kept. Needs `quality:write`. Throws `not_found`. */
export async function deleteCase(ctx: Ctx, id: number): Promise<void> {
	requireTeam(ctx, 'quality:write');
	await inTransaction(ctx, async (tx) => {
		const { title: name } = await readCase(tx, id);
		await tx.db.delete(cases).where(eq(cases.id, id));
		await audit(tx, { action: 'case.deleted', target: { type: 'case', id, name } });
		await record(tx, 'case.deleted', { case_id: id });
	});
}

/**
 * Returns the cases of a site or a suite in the format of `importCases`. Needs `quality:read`. Throws `invalid` when there are more
 * than `importCases` accepts.
 */
export async function exportCases(
	ctx: Ctx,
	input: z.input<typeof caseExportQuery>,
): Promise<CaseExport> {
	requireTeam(ctx, 'quality:read');
	const { site: key, suite_id } = parse(caseExportQuery, input);
	const { id, name } = await getSite(ctx, { key });
	const suiteCondition = suite_id
		? sql`c.id in (select case_id from suite_cases where suite_id = ${suite_id})`
		: sql`true`;
	const rows = await runRead(
		ctx.db,
		readCases(sql`c.site_id = ${id} and ${suiteCondition}`, MAX_SUITE_CASES + 1),
	);
	if (rows.length > MAX_SUITE_CASES) {
		throw new AppError(
			'invalid',
			`this site has more than ${MAX_SUITE_CASES} test cases: export a suite, with suite_id`,
		);
	}
	await audit(ctx, { action: 'cases.exported', target: { type: 'site', id: key, name } });
	return { version: 1, cases: rows.map(toCaseContent).reverse() };
}

/** Creates the cases of an export, all or none. Needs `quality:write`. Throws like `createCase`. */
export async function importCases(
	ctx: Ctx,
	input: z.input<typeof caseImport>,
): Promise<{ created: number; ids: number[] }> {
	requireTeam(ctx, 'quality:write');
	const { site: key, suite_id, cases: contents } = parse(caseImport, input);
	await requireValidPatterns(
		contents.map(({ checks }) => checks),
		(index) => `cases.${index}.`,
	);
	for (const { checks } of contents) requireJudgeRights(ctx, checks);
	return inTransaction(ctx, async (tx) => {
		const site = await getSite(tx, { key });
		const ids: number[] = [];
		for (const content of contents) ids.push((await insertCase(tx, site, content)).id);
		await addToSuites(tx, site, ids, suite_id === undefined ? [] : [suite_id]);
		return { created: ids.length, ids };
	});
}

/** Returns the name stored for an actor. */
export const getActorName = (actor: Actor): string =>
	actor.type === 'user' || actor.type === 'api_key' ? actor.name : 'Frontdesk';

/** Only admins and API keys may name a webhook that the server calls; agents can only keep existing ones. */
function requireJudgeRights(
	ctx: Ctx,
	checks: CaseContent['checks'] = [],
	before: CaseContent['checks'] = [],
): void {
	if (ctx.actor.type !== 'user' || ctx.actor.role === 'admin') return;
	const getJudgeUrls = (list: CaseContent['checks']) =>
		list.flatMap((check) => (check.type === 'judge' ? [check.url] : []));
	const knownUrls = new Set(getJudgeUrls(before));
	if (getJudgeUrls(checks).every((url) => knownUrls.has(url))) return;
	throw forbidden('only admins can name a judge');
}

async function readCase(ctx: Ctx, id: number): Promise<TestCase> {
	const [testCase] = await runRead(ctx.db, readCases(sql`c.id = ${id}`, 1));
	if (!testCase) throw notFound(`test case ${id}`);
	return testCase;
}

const caseRow = z.object({
	id: z.coerce.number(),
	site: z.string(),
	title: z.string(),
	lines: z.array(z.string()),
	context: caseContext,
	checks: z.array(caseCheck),
	expected: z.string().nullable(),
	expected_line: z.number().nullable(),
	session_id: z.string().nullable(),
	last_result: lastResultColumn,
	created_by: z.string(),
	created_at: z.coerce.date(),
	updated_at: z.coerce.date(),
});

/** Returns a query for cases (alias `c`), newest first, which uses one of the table's indexes. */
const readCases = (where: SQL, limit: number): Read<TestCase[]> => ({
	query: sql`
		select c.id, site.key as site, c.title, c.lines, c.context, c.checks, c.expected, c.expected_line,
			s.public_id as session_id, ${LAST_RESULT}, c.created_by, c.created_at, c.updated_at
		from cases c join sites site on site.id = c.site_id left join chat_sessions s on s.id = c.source_id
		where ${where} order by c.created_at desc, c.id desc limit ${limit}`,
	parse: (rows) =>
		z
			.array(caseRow)
			.parse(rows)
			.map((row) => ({
				...row,
				created_at: row.created_at.toISOString(),
				updated_at: row.updated_at.toISOString(),
			})),
});

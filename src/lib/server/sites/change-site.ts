import { eq } from 'drizzle-orm';
import type { z } from 'zod';
import {
	type SiteConsent,
	siteInput,
	type SiteInput,
	type SiteSettings,
	siteUpdate,
	type SiteUpdate,
} from '#lib/contract/site-settings.ts';
import type { Ctx } from '../core/context.ts';
import { type ConnectorSettings, sites } from '../core/db/schema/index.ts';
import { inTransaction, record } from '../core/db/transaction.ts';
import { AppError, conflict, notFound } from '../core/errors.ts';
import { parse } from '../core/parse.ts';
import { requireAdmin } from '../core/permissions.ts';
import { audit } from '../team/audit/unchecked.ts';
import { sealConnector, sealHeader } from './connector-settings.ts';
import {
	isConnectorFromEnvironment,
	lockSite,
	presentSettings,
	presentSite,
	type SiteRow,
} from './read-sites.ts';
import { SITE_DEFAULTS } from './site-defaults.ts';

type Changes = z.output<typeof siteUpdate>;

/**
 * Updates the given settings of a site. Admins only. Throws `not_found`, `invalid`, and `conflict` for settings that the
 * environment determines.
 */
export async function updateSite(ctx: Ctx, key: string, input: SiteUpdate): Promise<SiteSettings> {
	requireAdmin(ctx);
	const changes = parse(siteUpdate, input);
	return inTransaction(ctx, async (tx) => {
		const current = await lockSite(tx, key);
		const columns = toColumns(tx, changes, current);
		const changed = findChangedColumns(columns, current);
		if (changed.length === 0) return presentSettings(tx.app, current);
		const [row] = await tx.db
			.update(sites)
			.set(columns)
			.where(eq(sites.id, current.id))
			.returning();
		if (!row) throw notFound('the site');
		await audit(tx, {
			action: getAuditAction(current, row),
			target: { type: 'site', id: row.key, name: row.name },
			detail: { changed },
		});
		await record(tx, 'site.updated', { site: presentSite(row) });
		return presentSettings(tx.app, row);
	});
}

function toColumns(ctx: Ctx, changes: Changes, current: SiteRow): Partial<SiteRow> {
	const { connector, consent: _, judge, is_archived, ...plain } = changes;
	const now = ctx.app.clock();
	if (connector && isConnectorFromEnvironment(ctx.app, current.key)) {
		throw conflict("AI_WEBHOOK_URL sets this site's AI: change the variable, or unset it");
	}
	if (is_archived && current.key === 'default') {
		throw conflict(
			'the site "default" cannot be archived: the environment and other programs use it',
		);
	}
	return {
		...plain,
		...(connector && {
			connector: sealConnector(ctx, connector, current.connector),
			// The new AI isn't held back by the failures of the old one.
			ai_down_since: null,
		}),
		...(judge !== undefined && { judge: judge && sealJudge(ctx, judge, current.judge) }),
		...toConsentColumn(changes, current, now),
		...(is_archived !== undefined && {
			archived_at: is_archived ? (current.archived_at ?? now) : null,
		}),
	};
}

function sealJudge(
	ctx: Ctx,
	{ url, auth_header: header }: NonNullable<Changes['judge']>,
	current: SiteRow['judge'],
): NonNullable<SiteRow['judge']> {
	if (!header) return { url, auth_header: null };
	const path = 'judge.auth_header.value';
	return { url, auth_header: sealHeader(ctx, { url, header }, current, path) };
}

/** Returns the changed consent. A new text in any language starts a new version, because visitors only agreed to the old one. */
function toConsentColumn(
	{ consent: newConsent, translations }: Changes,
	{ consent: current, translations: currentTranslations }: SiteRow,
	now: Date,
): { consent?: SiteConsent | null } {
	const next = newConsent === undefined ? current : newConsent;
	if (newConsent === undefined && translations === undefined) return {};
	if (!next) return { consent: null };
	const isSame =
		current?.text === next.text &&
		toCanonicalJson((translations ?? currentTranslations).consent ?? {}) ===
			toCanonicalJson(currentTranslations.consent ?? {});
	const { text, is_required } = next;
	return { consent: { text, is_required, version: isSame ? current.version : now.toISOString() } };
}

const findChangedColumns = (columns: Partial<SiteRow>, current: SiteRow) =>
	Object.entries(columns)
		.filter(
			([name, value]) => toCanonicalJson(value) !== toCanonicalJson(current[name as keyof SiteRow]),
		)
		.map(([name]) => name);

/** Returns the same JSON regardless of the order of keys, which jsonb does not preserve. */
const toCanonicalJson = (value: unknown): string =>
	JSON.stringify(value, (_, inner: unknown) =>
		inner !== null && typeof inner === 'object' && !Array.isArray(inner) && !(inner instanceof Date)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);

function getAuditAction(before: SiteRow, after: SiteRow) {
	if (!before.archived_at && after.archived_at) return 'site.archived' as const;
	return before.archived_at && !after.archived_at ? 'site.restored' : 'site.updated';
}

/** Creates a site with the default questions and the scripted AI. Admins only. Throws `conflict` when the key is taken. */
export async function createSite(ctx: Ctx, input: SiteInput): Promise<SiteSettings> {
	requireAdmin(ctx);
	const { name, key = deriveKey(name) } = parse(siteInput, input);
	return inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.insert(sites)
			.values({ ...SITE_DEFAULTS, name, key, created_at: tx.app.clock() })
			.onConflictDoNothing()
			.returning();
		if (!row) throw createKeyConflict(key);
		await audit(tx, { action: 'site.created', target: { type: 'site', id: key, name } });
		await record(tx, 'site.updated', { site: presentSite(row) });
		return presentSettings(tx.app, row);
	});
}

/** Derives a site key, which is part of URLs, from a name. Throws `invalid` when the name has no usable character. */
function deriveKey(name: string): string {
	const key = name
		.normalize('NFKD')
		.toLowerCase()
		.replace(/\p{Mark}/gu, '')
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^-+/, '')
		.slice(0, 63)
		.replace(/-+$/, '');
	if (key !== '') return key;
	const message = 'enter a key: this name has no characters to derive one from';
	throw new AppError('invalid', message, { errors: [{ path: 'key', message }] });
}

function createKeyConflict(key: string): AppError {
	const message = `a site with the key "${key}" already exists: choose another key`;
	return new AppError('conflict', message, { errors: [{ path: 'key', message }] });
}

/** Creates the site `default` on the first start. While `AI_WEBHOOK_URL` is set, every start applies it to the site's AI. */
export async function ensureDefaultSite(ctx: Ctx): Promise<void> {
	const { aiWebhook } = ctx.app.config;
	const connector: ConnectorSettings = aiWebhook
		? {
				type: 'n8n',
				url: aiWebhook.url,
				auth_header: aiWebhook.auth && {
					name: aiWebhook.auth.name,
					sealed_value: ctx.app.secrets.seal(aiWebhook.auth.value),
				},
			}
		: { type: 'scripted' };
	await ctx.db
		.insert(sites)
		.values({
			key: 'default',
			name: 'Default',
			...SITE_DEFAULTS,
			connector,
		})
		.onConflictDoNothing();
	if (aiWebhook) await ctx.db.update(sites).set({ connector }).where(eq(sites.key, 'default'));
}

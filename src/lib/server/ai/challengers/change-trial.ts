import { desc, eq } from 'drizzle-orm';
import {
	challengerInput,
	type ChallengerEnd,
	type ChallengerInput,
	type Trial,
} from '#lib/contract/challenger.ts';
import type { AuditAction } from '#lib/contract/events.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import {
	challengers,
	retired_connectors,
	sites,
	type ConnectorSettings,
} from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { conflict, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import {
	isConnectorFromEnvironment,
	lockSite,
	presentSite,
	sealConnector,
	type SiteRow,
} from '#lib/server/sites/unchecked.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { createSettingsVersion } from '../connectors/settings-version.ts';
import { findLastChallenger, getTrial, isUndoable, type ChallengerRow } from './trial.ts';

/**
 * Puts a challenger on trial for a share of a site's new visitors. If one with the same settings is already on trial, only
 * changes its share; otherwise replaces it, though chats that began with the old challenger keep it. Admins only. Throws
 * `not_found`, `invalid`.
 */
export function setChallenger(ctx: Ctx, key: string, input: ChallengerInput): Promise<Trial> {
	requireAdmin(ctx);
	const { connector, share_percent } = parse(challengerInput, input);
	return changeTrial(ctx, key, async (tx, site, last) => {
		const runningChallenger = last?.ended_at === null ? last : undefined;
		const sealedConnector = sealConnector(
			tx,
			connector,
			runningChallenger?.connector ?? site.connector,
		);
		const isSame =
			runningChallenger &&
			createSettingsVersion(runningChallenger.connector, site) ===
				createSettingsVersion(sealedConnector, site);
		if (isSame) {
			await tx.db
				.update(challengers)
				.set({ connector: sealedConnector, share_percent })
				.where(eq(challengers.id, runningChallenger.id));
			return ['challenger.updated', { share_percent }];
		}
		if (runningChallenger) await endTrial(tx, runningChallenger, 'replaced');
		const started_at = tx.app.clock();
		await tx.db
			.insert(challengers)
			.values({ site_id: site.id, connector: sealedConnector, share_percent, started_at });
		return ['challenger.started', { connector: sealedConnector.type, share_percent }];
	});
}

/** Ends a site's trial. Chats that began with the challenger keep it. Admins only. Throws `not_found`, and `conflict` when no trial is running. */
export function stopTrial(ctx: Ctx, key: string): Promise<Trial> {
	requireAdmin(ctx);
	return changeTrial(ctx, key, async (tx, _site, last) => {
		await endTrial(tx, requireRunning(last), 'stopped');
		return ['challenger.stopped', {}];
	});
}

/**
 * Makes the challenger on trial a site's champion. Chats that began with the old champion keep it. Admins only. Throws
 * `not_found`, and `conflict` without a trial or when the environment sets the champion.
 */
export function promoteChallenger(ctx: Ctx, key: string): Promise<Trial> {
	requireAdmin(ctx);
	return changeTrial(ctx, key, async (tx, site, last) => {
		const challenger = requireRunning(last);
		if (isConnectorFromEnvironment(tx.app, key)) {
			throw conflict(
				"AI_WEBHOOK_URL sets this site's AI: unset the variable to promote a challenger",
			);
		}
		const at = await endTrial(tx, challenger, 'promoted');
		await replaceChampion(tx, site, { connector: challenger.connector, challenger, at });
		return ['challenger.promoted', { connector: challenger.connector.type }];
	});
}

/**
 * Undoes the last promotion and restores the previous champion. Chats that began with the promoted AI keep it. Admins
 * only. Throws `not_found`, and `conflict` when there is nothing to undo.
 */
export function undoPromotion(ctx: Ctx, key: string): Promise<Trial> {
	requireAdmin(ctx);
	return changeTrial(ctx, key, async (tx, site, challenger) => {
		if (!isUndoable(challenger)) throw conflict('there is no promotion to undo');
		const [retired] = await tx.db
			.select()
			.from(retired_connectors)
			.where(eq(retired_connectors.challenger_id, challenger.id))
			.orderBy(desc(retired_connectors.id))
			.limit(1);
		if (!retired) throw conflict('the settings of the previous champion are no longer stored');
		const at = tx.app.clock();
		await tx.db.update(challengers).set({ undone_at: at }).where(eq(challengers.id, challenger.id));
		await replaceChampion(tx, site, { connector: retired.connector, challenger, at });
		return ['challenger.promotion_undone', { connector: retired.connector.type }];
	});
}

type ChangeRecord = [action: AuditAction, detail: Record<string, unknown>];

/** Locks the site and its last challenger, applies a change, audits it and publishes the updated site. */
async function changeTrial(
	ctx: Ctx,
	key: string,
	change: (tx: Ctx, site: SiteRow, last: ChallengerRow | undefined) => Promise<ChangeRecord>,
): Promise<Trial> {
	await inTransaction(ctx, async (tx) => {
		const site = await lockSite(tx, key);
		const last = await findLastChallenger(tx, site.id, 'update');
		const [action, detail] = await change(tx, site, last);
		await audit(tx, { action, target: { type: 'site', id: site.key, name: site.name }, detail });
		await record(tx, 'site.updated', { site: presentSite(site) });
	});
	return getTrial(ctx, key);
}

function requireRunning(last: ChallengerRow | undefined): ChallengerRow {
	if (last?.ended_at !== null) throw conflict('no challenger is on trial');
	return last;
}

/** Ends a challenger's trial and returns the end time. */
async function endTrial(
	tx: Ctx,
	{ id }: ChallengerRow,
	ended_because: ChallengerEnd,
): Promise<Date> {
	const ended_at = tx.app.clock();
	await tx.db.update(challengers).set({ ended_at, ended_because }).where(eq(challengers.id, id));
	return ended_at;
}

/** Replaces the champion, and keeps the old one for the chats that began with it. */
async function replaceChampion(
	tx: Ctx,
	site: SiteRow,
	next: { connector: ConnectorSettings; challenger: ChallengerRow; at: Date },
): Promise<void> {
	await tx.db.insert(retired_connectors).values({
		site_id: site.id,
		connector: site.connector,
		challenger_id: next.challenger.id,
		retired_at: next.at,
	});
	const [row] = await tx.db
		.update(sites)
		// The new champion has not failed yet.
		.set({ connector: next.connector, ai_down_since: null })
		.where(eq(sites.id, site.id))
		.returning({ id: sites.id });
	if (!row) throw notFound('the site');
}

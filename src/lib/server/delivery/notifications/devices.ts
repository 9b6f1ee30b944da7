import { createHash, randomUUID } from 'node:crypto';
import { and, desc, eq, getTableColumns, inArray, ne, sql } from 'drizzle-orm';
import { type Device, deviceInput, type DeviceInput } from '#lib/contract/notification.ts';
import { cleanText } from '#lib/contract/text.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { push_messages, push_subscriptions } from '#lib/server/core/db/schema/index.ts';
import { inTransaction, record } from '#lib/server/core/db/transaction.ts';
import { AppError, forbidden, notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requirePerson } from '#lib/server/core/permissions.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { getAuthSessionId } from '#lib/server/team/auth/unchecked.ts';

/** The maximum number of devices per user; registering more removes the oldest. */
const MAX_DEVICES = 20;
const MAX_USER_AGENT_LENGTH = 300;
const TEST_EXPIRY_MS = 600_000;

type DeviceRow = typeof push_subscriptions.$inferSelect;

const presentDevice = (row: DeviceRow): Device => ({
	id: row.id,
	endpoint_hash: createHash('sha256').update(row.endpoint).digest('hex'),
	user_agent: row.user_agent,
	created_at: row.created_at.toISOString(),
	last_used_at: row.last_used_at?.toISOString() ?? null,
	failing_since: row.failing_since?.toISOString() ?? null,
	last_error: row.last_error,
});

/** Returns a user's devices, newest first. */
export async function listDevices(ctx: Ctx, userId: number): Promise<Device[]> {
	const rows = await ctx.db
		.select()
		.from(push_subscriptions)
		.where(eq(push_subscriptions.user_id, userId))
		.orderBy(desc(push_subscriptions.id))
		.limit(MAX_DEVICES);
	return rows.map(presentDevice);
}

/**
 * Registers the browser that sent this cookie for push messages to the signed-in user, or renews its registration. Ending its
 * auth session ends the registration. If the browser was registered for another user, that registration is deleted with its
 * pending messages. Users only. Throws Invalid.
 */
export async function registerDevice(
	ctx: Ctx,
	input: DeviceInput,
	browser: { cookie: string | null; user_agent: string | null },
): Promise<Device> {
	const user_id = requirePerson(ctx);
	const { endpoint, keys } = parse(deviceInput, input);
	requireSafeEndpoint(ctx, endpoint);
	const auth_session_id = getAuthSessionId(ctx, browser.cookie);
	if (auth_session_id === undefined) throw forbidden('only a signed-in browser can be registered');
	const values = {
		user_id,
		auth_session_id,
		sealed_keys: ctx.app.secrets.seal(JSON.stringify(keys)),
		user_agent: browser.user_agent && cleanText(browser.user_agent).slice(0, MAX_USER_AGENT_LENGTH),
	};
	return inTransaction(ctx, async (tx) => {
		const { user_id: userColumn, endpoint: endpointColumn } = push_subscriptions;
		await tx.db
			.delete(push_subscriptions)
			.where(and(eq(endpointColumn, endpoint), ne(userColumn, user_id)));
		const [row] = await tx.db
			.insert(push_subscriptions)
			.values({ ...values, endpoint, created_at: ctx.app.clock() })
			.onConflictDoUpdate({ target: endpointColumn, set: values })
			.returning({ ...getTableColumns(push_subscriptions), is_new: sql<boolean>`xmax = 0` });
		if (!row) throw new Error('a device was not stored');
		const { is_new, ...stored } = row;
		const device = presentDevice(stored);
		if (is_new) {
			await deleteOldest(tx, user_id);
			await audit(tx, { action: 'device.added', target: toAuditTarget(device) });
		}
		return device;
	});
}

/** Throws Invalid unless the endpoint uses TLS, as push services do. A development server also allows plain HTTP. */
function requireSafeEndpoint({ app }: Ctx, endpoint: string): void {
	const protocol = URL.parse(endpoint)?.protocol;
	if (protocol === 'https:' || (protocol === 'http:' && app.config.isDevelopment)) return;
	throw new AppError('invalid', 'the endpoint must begin with https://');
}

async function deleteOldest(tx: Ctx, userId: number): Promise<void> {
	const surplus = tx.db
		.select({ id: push_subscriptions.id })
		.from(push_subscriptions)
		.where(eq(push_subscriptions.user_id, userId))
		.orderBy(desc(push_subscriptions.id))
		.offset(MAX_DEVICES);
	await tx.db.delete(push_subscriptions).where(inArray(push_subscriptions.id, surplus));
}

/** Removes one of the signed-in user's devices, with its pending messages. Users only. Throws NotFound. */
export async function removeDevice(ctx: Ctx, id: number): Promise<void> {
	const user_id = requirePerson(ctx);
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.delete(push_subscriptions)
			.where(and(eq(push_subscriptions.id, id), eq(push_subscriptions.user_id, user_id)))
			.returning();
		if (!row) throw notFound('the device');
		await audit(tx, { action: 'device.removed', target: toAuditTarget(presentDevice(row)) });
	});
}

/** Queues a test message to one of the signed-in user's devices, even in quiet hours. Users only. Throws NotFound. */
export async function sendTestNotification(ctx: Ctx, id: number): Promise<void> {
	const user_id = requirePerson(ctx);
	await inTransaction(ctx, async (tx) => {
		const [row] = await tx.db
			.select({ id: push_subscriptions.id })
			.from(push_subscriptions)
			.where(and(eq(push_subscriptions.id, id), eq(push_subscriptions.user_id, user_id)));
		if (!row) throw notFound('the device');
		const now = ctx.app.clock();
		const tag = `test-${randomUUID()}`;
		await tx.db.insert(push_messages).values({
			subscription_id: row.id,
			dedupe_key: tag,
			payload: {
				title: 'Notifications work',
				body: 'This is how Frontdesk reaches you on this device.',
				url: '/settings/notifications',
				tag,
			},
			urgency: 'high',
			expires_at: new Date(now.getTime() + TEST_EXPIRY_MS),
			next_attempt_at: now,
			created_at: now,
		});
		await record(tx, 'push.queued', {});
	});
}

const toAuditTarget = ({ id, user_agent }: Device) => ({
	type: 'device',
	id,
	name: user_agent ?? 'a browser',
});

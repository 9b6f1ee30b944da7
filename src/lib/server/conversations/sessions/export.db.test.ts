import { sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { audit_entries } from '#lib/server/core/db/schema/index.ts';
import { exportSessions, updateSession } from './index.ts';

const t = useTestApp();

const exportLines = async (filter: Parameters<typeof exportSessions>[1], ctx: Ctx = t.ctx()) =>
	(await Array.fromAsync(exportSessions(ctx, filter))).join('').split('\r\n').slice(0, -1);

it('has a line for each matching chat with its lead and source, with formulas escaped', async () => {
	const { key } = await createSite(t.app);
	const plain = await createChat(t.ctx(), { site: key });
	const lead = { name: '=1+1', email: 'ada@example.com', phone: '+4930123456' };
	const known = await createChat(t.ctx(), { site: key, lead });
	const archived = await createChat(t.ctx(), { site: key });
	await updateSession(t.ctx(), archived.session_id, { archive_status: 'archived' });

	const [head = '', ...lines] = await exportLines({ site: key, archive_status: 'active' });
	expect(lines.map((line) => line.split(',')[0])).toEqual([known.session_id, plain.session_id]);
	const cells = Object.fromEntries(
		head
			.trim()
			.split(',')
			.map((name, at) => [name, lines[0]?.split(',')[at]]),
	);
	expect(cells).toMatchObject({
		site: key,
		completion_status: 'in_progress',
		name: "'=1+1",
		email: 'ada@example.com',
		phone: '+4930123456',
		visitor_message_count: '1',
	});
	expect(await exportLines({ site: key, q: 'ada@example.com' })).toHaveLength(2);
	expect(await exportLines({ site: key })).toHaveLength(4);
});

it('reads a batch only after the previous one was consumed, and each chat once', async () => {
	const { id, key } = await createSite(t.app);
	// Many have the same time, so that only the id orders them.
	await t.app.db.execute(sql`
		insert into chat_sessions (public_id, site_id, last_activity_at)
		select 'session_csv_' || n, ${id}, now() - (n % 3) * interval '1 h' from generate_series(1, 2600) n`);
	let reads = 0;
	const db = new Proxy(t.app.db, {
		get(target, name) {
			if (name === 'select') reads += 1;
			return Reflect.get(target, name, target) as unknown;
		},
	});
	const pieces = exportSessions({ ...t.ctx(), db }, { site: key });
	const ids: string[] = [];
	let taken = 0;
	for await (const piece of pieces) {
		// Two queries per chunk after the header, for chats and leads: nothing is read ahead.
		expect(reads).toBe(2 * taken);
		taken += 1;
		const lines = piece.split('\r\n').slice(0, -1);
		expect(lines.length).toBeLessThanOrEqual(500);
		ids.push(...lines.map((line) => line.split(',')[0] ?? ''));
	}
	expect(taken).toBe(1 + 6);
	expect(new Set(ids).size).toBe(ids.length);
	expect(ids).toHaveLength(1 + 2600);
});

it('neither skips nor repeats chats that become active during the export', async () => {
	const { id, key } = await createSite(t.app);
	await t.app.db.execute(sql`
		insert into chat_sessions (public_id, site_id, last_activity_at)
		select 'session_busy_' || n, ${id}, now() - n * interval '1 h' from generate_series(1, 1200) n`);
	const ids: string[] = [];
	for await (const piece of exportSessions(t.ctx(), { site: key })) {
		ids.push(...piece.split('\r\n').map((line) => line.split(',')[0] ?? ''));
		await t.app.db.execute(sql`update chat_sessions set last_activity_at = now()
			where site_id = ${id} and id % 7 = ${ids.length} % 7`);
	}
	const chats = ids.filter((word) => word.startsWith('session_busy_'));
	expect([chats.length, new Set(chats).size]).toEqual([1200, 1200]);
});

it('is audited, and requires permission to read', async () => {
	await exportLines({ completion_status: 'complete', q: 'ada@example.com' });
	const entries = await t.app.db.select().from(audit_entries);
	const { action, detail } = entries.at(-1) ?? {};
	// The search words aren't logged, because they may be a person's address, and the audit log is kept for years.
	expect([action, detail]).toEqual(['sessions.exported', { completion_status: 'complete' }]);
	expect(() => exportSessions(t.ctx({ type: 'anonymous' }), {})).toThrow('sign in');
	const key = { type: 'api_key', id: 1, name: 'n8n', scopes: ['leads:read'] } as const;
	expect(() => exportSessions(t.ctx({ ...key, scopes: [...key.scopes] }), {})).toThrow('scope');
});

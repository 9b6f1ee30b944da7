import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { migrateDatabase } from '../migrate.ts';
import { stopServer } from './test-support.ts';
import { startEmbeddedPostgres } from './index.ts';

async function run(connectionString: string, ...statements: string[]): Promise<unknown[]> {
	const client = new pg.Client({ connectionString });
	await client.connect();
	try {
		let rows: unknown[] = [];
		for (const statement of statements) ({ rows } = await client.query(statement));
		return rows;
	} finally {
		await client.end();
	}
}

const OWNERS = `
	select distinct pg_get_userbyid(owner) as owner from (
		select relowner as owner from pg_class c join pg_namespace n on n.oid = relnamespace
		where nspname in ('public', 'drizzle', 'extra')
		union all select proowner from pg_proc p where pronamespace = 'public'::regnamespace
			and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
		union all select nspowner from pg_namespace where nspname in ('drizzle', 'extra')
		union all select typowner from pg_type where typname = 'mood'
	) as owned`;

it('runs the application without superuser rights, and transfers what an earlier version created with them', async () => {
	const dataDir = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-role-'));
	const start = () => startEmbeddedPostgres({ dataDir, log: () => undefined });
	let running = await start();
	onTestFinished(async () => {
		await running.stop();
		await stopServer(dataDir);
		await rm(dataDir, { recursive: true, force: true });
	});
	expect(await run(running.connectionString, 'show is_superuser')).toEqual([
		{ is_superuser: 'off' },
	]);
	await expect(
		run(running.connectionString, "select pg_read_file('/etc/hostname')"),
	).rejects.toThrow('permission denied');
	await expect(run(running.connectionString, "copy (select 1) to program 'true'")).rejects.toThrow(
		'permission denied',
	);

	// Recreates the state of earlier versions, in which the superuser owned and used everything.
	const superuser = running.superuserConnectionString;
	const elsewhere = superuser.replace('/frontdesk?', '/postgres?');
	await run(elsewhere, 'drop database frontdesk', 'create database frontdesk');
	await migrateDatabase(superuser, path.resolve('drizzle'));
	await run(
		superuser,
		'create schema extra',
		'create sequence extra.counter',
		'create view extra.seen as select 1 as one',
		"create type mood as enum ('calm')",
		'create extension pg_trgm',
		'create function twice(n int) returns int language sql as $$ select n * 2 $$',
		"insert into users (email, name, role, password_hash) values ('ada@example.com', 'Ada', 'admin', '')",
	);
	await running.stop();
	running = await start();

	const app = running.connectionString;
	expect(await run(app, OWNERS)).toEqual([{ owner: 'frontdesk_app' }]);
	const extension = `select proname from pg_proc p
		join pg_depend d on d.objid = p.oid and d.deptype = 'e' where p.proowner <> 'frontdesk_app'::regrole limit 1`;
	expect(await run(app, extension)).toHaveLength(1);
	await migrateDatabase(app, path.resolve('drizzle'));
	expect(
		await run(
			app,
			'alter table users add column shoe_size int',
			"select nextval('extra.counter')",
			'drop schema extra cascade',
			'drop function twice(int)',
			'drop type mood',
			'select email from users',
		),
	).toEqual([{ email: 'ada@example.com' }]);
});

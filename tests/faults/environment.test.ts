// @module-tag thorough
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { spawnServer } from '../support/process.ts';

it('an invalid environment ends the server with one line per invalid variable', async () => {
	const server = spawnServer({
		PORT: 'http',
		PUBLIC_URL: '',
		DATABASE_URL: 'mysql://db/frontdesk',
		RATE_LIMIT: 'never',
		RESEND_API_KEY: 're_123',
	});
	expect(await server.exited).toBe(1);
	expect(server.output().trim().split('\n')).toEqual([
		'Invalid environment variables:',
		'  MAIL_FROM is required with RESEND_API_KEY',
		'  PORT must be a whole number from 0 to 65535',
		'  DATABASE_URL must be a URL that begins with postgres:// or postgresql://',
		'  RATE_LIMIT must be on or off',
	]);
});

/** Runs `npm start` without npm. Every case fails and therefore exits. */
function start(environment: Record<string, string>) {
	const ended = spawnSync(path.resolve('node_modules/.bin/node'), ['scripts/start.js'], {
		encoding: 'utf8',
		env: { PATH: process.env['PATH'], ...environment },
	});
	return { status: ended.status, output: `${ended.stdout}${ended.stderr}`.trim() };
}

it('npm start explains invalid variables, folders, addresses and ports before it builds', async () => {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'frontdesk-start-'));
	onTestFinished(() => rm(folder, { recursive: true }));
	await chmod(folder, 0o755);
	const file = path.join(folder, 'file');
	await writeFile(file, '');
	const taken = createServer().listen(0, '127.0.0.1');
	await once(taken, 'listening');
	onTestFinished(() => void taken.close());
	const { port } = taken.address() as AddressInfo;
	const DATA_DIR = path.join(folder, 'data');
	const HOST = '127.0.0.1';
	expect(start({ PORT: 'http', DATA_DIR })).toEqual({
		status: 1,
		output: 'Invalid environment variables:\n  PORT must be a whole number from 0 to 65535',
	});
	expect(start({ DATA_DIR: file, PORT: '0' }).output).toContain(
		'is a file where a folder is needed',
	);
	const old = path.join(folder, 'old');
	await mkdir(path.join(old, 'postgres/data'), { recursive: true });
	await writeFile(path.join(old, 'postgres/data/PG_VERSION'), '17\n');
	expect(start({ DATA_DIR: old, HOST, PORT: '0' }).output).toMatch(
		/was created by Postgres 17, .*Run "npm run db:upgrade"/,
	);
	expect(start({ DATA_DIR, HOST, PORT: String(port) })).toEqual({
		status: 1,
		output: `Port ${port} is taken. Set PORT to a free one.`,
	});
	expect(start({ DATA_DIR, HOST: '192.0.2.1', PORT: '0' }).output).toContain(
		'This machine has no address 192.0.2.1. Set HOST',
	);
});

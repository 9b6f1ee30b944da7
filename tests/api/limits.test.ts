// @module-tag thorough
import { eq, sql } from 'drizzle-orm';
import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { App } from '#lib/server/core/context.ts';
import { rate_limits } from '#lib/server/core/db/schema/index.ts';
import { countUse, RATE_LIMITS } from '#lib/server/core/rate-limits.ts';
import { createApp } from '#lib/server/create-app.ts';
import { expectProblem, useTestApi } from '../support/api.ts';

const { t, call } = useTestApi({ TRUST_PROXY: 'true' });
const unlimited = useTestApi({ RATE_LIMIT: 'off' });

const createHeaders = (address: string) => ({ 'X-Forwarded-For': address });
const readConfig = (address: string) =>
	call('GET', '/api/embed-chat/config/default', { key: null, headers: createHeaders(address) });

async function exhaust(times: number, use: () => Promise<Response>): Promise<void> {
	for (let index = 0; index < times; index += 1) await use();
}

describe('rate limits', () => {
	it('send the remaining quota, and refuse excess requests with Retry-After', async () => {
		const first = await readConfig('203.0.113.1');
		const { points } = RATE_LIMITS.read;
		expect(first.headers.get('RateLimit-Limit')).toBe(String(points));
		expect(first.headers.get('RateLimit-Remaining')).toBe(String(points - 1));
		expect(Number(first.headers.get('RateLimit-Reset'))).toBeGreaterThan(0);
		await exhaust(points - 1, () => readConfig('203.0.113.1'));
		const refused = await readConfig('203.0.113.1');
		expect(refused.headers.get('RateLimit-Remaining')).toBe('0');
		expect(refused.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
		await expectProblem(refused, 'rate_limited');
		expect((await readConfig('203.0.113.2')).status).toBe(200);
	});

	it.each(['/api/docs', '/api/openapi.json'])('count requests for %s', async (path) => {
		const response = await call('GET', path, { key: null, headers: createHeaders('203.0.113.9') });
		expect(response.headers.get('RateLimit-Limit')).toBe(String(RATE_LIMITS.read.points));
	});

	it('count all addresses of an IPv6 /64 together', async () => {
		await readConfig('2001:db8:1:2::1');
		const next = await readConfig('2001:db8:1:2:ffff::9');
		expect(next.headers.get('RateLimit-Remaining')).toBe(String(RATE_LIMITS.read.points - 2));
	});

	it('stop a client that guesses API keys', async () => {
		const tryKey = () =>
			call('GET', '/api/sessions', { key: 'guess', headers: createHeaders('203.0.113.3') });
		await exhaust(RATE_LIMITS.failed_authentication.points, tryKey);
		await expectProblem(await tryKey(), 'rate_limited');
		const withKey = await call('GET', '/api/sessions', { headers: createHeaders('203.0.113.3') });
		expect(withKey.status).toBe(200);
	});

	it('limit how many chat sessions an address starts', async () => {
		const start = () =>
			call('POST', '/api/embed-chat/sessions', {
				key: null,
				body: { site: 'default' },
				headers: createHeaders('203.0.113.4'),
			});
		await exhaust(RATE_LIMITS.start.points, start);
		await expectProblem(await start(), 'rate_limited');
	});

	it('hold for all processes together', async () => {
		const { app: other, close } = createApp({
			config: t.app.config,
			databaseUrl: t.databaseUrl,
			secretKey: 'a secret key for tests only',
		});
		onTestFinished(() => close());
		const { points } = RATE_LIMITS.page_test;
		const key = 'session_of_a_visitor';
		const use = (app: App) => countUse(app, 'page_test', key);
		const apps = [t.app, other];
		const readUses = () =>
			Promise.all(apps.map(({ limiters }) => limiters.page_test.get(key))).then((states) =>
				states.map((state) => state?.consumedPoints ?? 0),
			);
		// Neither process exceeds the limit alone.
		for (const app of apps) for (let n = 0; n < points * 0.6; n += 1) await use(app);
		await vi.waitFor(async () => expect(Math.max(...(await readUses()))).toBeGreaterThan(points));
		// The process that exchanged first learns of the other's uses with its next one.
		for (const app of apps) await use(app);
		await vi.waitFor(async () => expect(Math.min(...(await readUses()))).toBeGreaterThan(points));
		for (const app of apps) expect((await use(app))?.refusal).toBeDefined();
		// Counts stay in the database after a chat is erased, so their keys must not contain its id.
		const keys = await t.app.db.select({ key: rate_limits.key }).from(rate_limits);
		expect(keys).toContainEqual({ key: expect.stringMatching(/^page_test:/) as string });
		expect(JSON.stringify(keys)).not.toContain(key);
	});

	it('end on time although the system clock was set back', async () => {
		const { points, seconds } = RATE_LIMITS.start;
		const use = () => countUse(t.app, 'start', 'clock');
		for (let n = 0; n < points; n += 1) await use();
		vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
		onTestFinished(() => void vi.useRealTimers());
		expect((await use())?.refusal?.retryAfter).toBeLessThanOrEqual(seconds);
		await vi.waitFor(async () => {
			const [row] = await t.app.db
				.select({ left_ms: sql<number>`expire - extract(epoch from now())::float8 * 1000` })
				.from(rate_limits)
				.where(
					eq(rate_limits.key, `start:${createHash('sha256').update('clock').digest('base64url')}`),
				);
			expect(row?.left_ms).toBeLessThanOrEqual(seconds * 1_000);
		});
	});

	it('can be turned off', async () => {
		const response = await unlimited.call('GET', '/api/embed-chat/config/default', { key: null });
		expect(response.status).toBe(200);
		expect(response.headers.has('RateLimit-Limit')).toBe(false);
	});
});

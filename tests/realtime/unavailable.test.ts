import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { problem } from '#lib/contract/problem.ts';
import { API_KEY } from '../support/server-api.ts';
import { useTestServer } from '../support/server.ts';

const t = useTestServer();

/** Makes Postgres reject every message with this SQLSTATE. Returns a function that makes it accept messages again. */
async function rejectMessages(code: string): Promise<() => Promise<unknown>> {
	await t.app.db.execute(
		sql.raw(`create or replace function refuse() returns trigger language plpgsql as
			$$ begin raise exception 'refused' using errcode = '${code}'; end $$`),
	);
	await t.app.db.execute(
		sql`create trigger refuse before insert on messages for each statement execute function refuse()`,
	);
	const acceptAgain = () => t.app.db.execute(sql`drop trigger if exists refuse on messages`);
	onTestFinished(async () => void (await acceptAgain()));
	return acceptAgain;
}

it.each([
	['disk full', '53100'],
	['out of memory', '53200'],
	['too many connections', '53300'],
	['statement timeout', '57014'],
	['lock timeout', '55P03'],
	['shutting down', '57P01'],
	['read-only after a failover', '25006'],
	['I/O error', '58030'],
])(
	'reports %s (%s) as unavailable at every door, and accepts the message once resent',
	async (_, code) => {
		const { visitor, session_id } = await t.startChat();
		await visitor.waitForEvent('message.created', ({ message }) => message.sender === 'ai');
		const acceptAgain = await rejectMessages(code);
		const sent = { message: 'We need a new roof', client_message_id: randomUUID() };
		expect(await visitor.getErrorCode('message:send', sent)).toBe('unavailable');
		expect(t.app.messageWriter.isStoring).toBe(false);
		const withContact = {
			message: `Write to ${code}@example.test`,
			client_message_id: randomUUID(),
		};
		expect(await visitor.getErrorCode('message:send', withContact)).toBe('unavailable');
		const response = await fetch(`${t.url}/api/sessions/${session_id}/messages`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json', 'X-API-Key': API_KEY },
			body: JSON.stringify({ sender: 'user', message: 'We need a new roof' }),
		});
		expect(problem.parse(await response.json())).toMatchObject({ status: 503 });
		expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
		await acceptAgain();
		expect(await visitor.getErrorCode('message:send', sent)).toBe('accepted');
		expect(await visitor.getErrorCode('message:send', withContact)).toBe('accepted');
		await vi.waitFor(() => expect(t.app.messageWriter.isStoring).toBe(true));
		const errors = (await t.app.metrics.databaseErrors.get()).values;
		expect(errors.some(({ labels }) => labels.sqlstate === code)).toBe(true);
	},
);

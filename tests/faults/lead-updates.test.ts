import { expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { pageSchema } from '#lib/contract/common.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { createTestDatabase } from '../support/database.ts';
import { runSql } from '../support/database-server.ts';
import { callApi, readApi, readTranscript } from '../support/server-api.ts';
import { findFreePort, startServer, type ServerProcess } from '../support/process.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const CHATS = 8;
const standIn = useStandIn();

const body = z.object({
	type: z.enum(['lead.completed', 'lead.updated']),
	data: z.object({
		version: z.number(),
		session: z.object({ session_id: z.string() }),
		lead: z.object({ version: z.number() }).loose().nullable(),
	}),
});
/** Returns what arrived for each chat session, oldest first; a repeated delivery counts once. */
function listReceived(name: string) {
	const seen = new Set<string>();
	const bySession = new Map<string, z.infer<typeof body>[]>();
	for (const request of standIn().webhooks.recorder(name).requests) {
		const id = String(request.headers['webhook-id']);
		const sent = body.parse(JSON.parse(request.body.toString('utf8')));
		const { session_id } = sent.data.session;
		if (!seen.has(id)) bySession.set(session_id, [...(bySession.get(session_id) ?? []), sent]);
		seen.add(id);
	}
	return bySession;
}

it('delivers each lead’s versions in order, up to the last, to an endpoint that was down for an hour, although both processes are killed', async () => {
	const database = await createTestDatabase();
	onTestFinished(() => database.drop());
	const name = 'lead-updates';
	standIn().webhooks.always(name, 503);
	const environment = async () => ({
		DATABASE_URL: database.url,
		LEAD_WEBHOOK_URL: standIn().webhooks.url(name),
		PORT: String(await findFreePort()),
	});
	const environments = [await environment(), await environment()] as const;
	const processes: ServerProcess[] = await Promise.all(environments.map(startServer));
	onTestFinished(async () => void (await Promise.all(processes.map((server) => server.stop()))));
	const getUrl = (index: number) => processes[index % 2]?.url ?? '';
	const killAndRestart = async (index: 0 | 1) => {
		processes[index]?.signal('SIGKILL');
		await processes[index]?.exited;
		processes[index] = await startServer(environments[index]);
	};
	const ids = Array.from({ length: CHATS }, (_, n) => `session_lead_update_${n}`);
	const change = (fields: object) =>
		Promise.all(ids.map((id, n) => callApi(getUrl(n), 'PUT', `sessions/${id}/lead`, fields)));

	// Every second chat is completed before anything is known of its visitor.
	await Promise.all(
		ids.map(async (id, n) => {
			const say = (sender: string, message: string) =>
				callApi(getUrl(n), 'POST', `sessions/${id}/messages`, { sender, message });
			await say('visitor', 'Hello');
			if (n % 2) await callApi(getUrl(n), 'PUT', `sessions/${id}/lead`, { name: `Visitor ${n}` });
			await say('ai', 'We usually answer mails within 24 hours. What is your email?');
		}),
	);
	await killAndRestart(0);
	await change({ email: 'maya@hartmann.example' });
	await killAndRestart(1);
	for (let minutes = 0; minutes < 60; minutes += 20) {
		await passMinutes(database.url, 20);
		await change({ budget: `${minutes}k` });
	}
	await killAndRestart(0);
	for (const [first] of listReceived(name).values()) expect(first?.type).toBe('lead.completed');
	expect([...listReceived(name).values()].flat().map(({ type }) => type)).not.toContain(
		'lead.updated',
	);

	// The endpoint is back, and one process dies while it sends the first amendment.
	const firstAmendment = Promise.withResolvers<void>();
	standIn().webhooks.always(name, async ({ request, response }) => {
		if (request.body.includes('"type":"lead.updated"')) firstAmendment.resolve();
		response.end();
	});
	await passMinutes(database.url, 60);
	await firstAmendment.promise;
	await killAndRestart(1);
	await change({ company: 'Hartmann' });
	await vi.waitFor(
		async () => {
			await passMinutes(database.url, 1);
			const { items } = await readApi(getUrl(0), 'deliveries?limit=200', pageSchema(delivery));
			expect(items.filter(({ status }) => status !== 'delivered')).toEqual([]);
		},
		{ timeout: 90_000, interval: 1_000 },
	);

	for (const [index, id] of ids.entries()) {
		const sent = listReceived(name).get(id) ?? [];
		expect(sent[0]).toMatchObject({ type: 'lead.completed', data: { version: 1 } });
		const versions = sent.map(({ data }) => data.version);
		expect(versions.toSorted((a, b) => a - b)).toEqual(versions);
		const { lead } = await readTranscript(getUrl(index), id);
		expect(sent.at(-1)?.data.lead).toMatchObject({
			version: lead?.version,
			email: 'maya@hartmann.example',
			company: 'Hartmann',
			answers: lead?.answers,
		});
	}
});

/** Moves the outbox's stored times back, as if this many minutes had passed. */
const passMinutes = (database: string, minutes: number) =>
	runSql(
		database,
		// Without the lock of the table, locking rows one by one could end in a deadlock with the server.
		'begin',
		'lock table deliveries in exclusive mode',
		`update deliveries set next_attempt_at = next_attempt_at - interval '${minutes} minutes',
			claimed_until = claimed_until - interval '${minutes} minutes',
			created_at = created_at - interval '${minutes} minutes' where status = 'pending'`,
		'commit',
		`update webhook_endpoints set failing_since = failing_since - interval '${minutes} minutes'`,
	);

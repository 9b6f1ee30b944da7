import { expect, it, onTestFinished, vi } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startServer } from '../support/process.ts';
import { callApi, readTranscript } from '../support/server-api.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const standIn = useStandIn();

/** Starts a chat over HTTP and returns its id once the AI has answered the visitor. */
async function startChat(url: string): Promise<string> {
	const response = await fetch(`${url}/api/embed-chat/send-message`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ site: 'default', message: 'I want to talk to a person' }),
	});
	expect(response.status).toBe(200);
	return ((await response.json()) as { session_id: string }).session_id;
}

it('a handoff is taken by one of two agents at different processes, or missed, even if the process that requested it is killed', async () => {
	const database = await createTestDatabase();
	const environment = { DATABASE_URL: database.url, AI_WEBHOOK_URL: standIn().ai.url('object') };
	const [first, second] = await Promise.all([startServer(environment), startServer(environment)]);
	onTestFinished(async () => {
		await Promise.all([first.stop(), second.stop()]);
		await database.drop();
	});
	const [missed, taken] = [await startChat(first.url), await startChat(first.url)];
	const requestHandoff = (id: string, wait_seconds: number) =>
		callApi(first.url, 'POST', `sessions/${id}/handoff`, { reason: 'Angry', wait_seconds });
	await requestHandoff(taken, 60);
	const race = await Promise.allSettled(
		[first, second].map(({ url }, index) =>
			callApi(url, 'POST', `sessions/${taken}/take-over`, { name: `Agent ${index}` }),
		),
	);
	expect(race.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
	await requestHandoff(missed, 10);
	first.signal('SIGKILL');
	await first.exited;

	await vi.waitFor(
		async () => {
			const { handoffs, messages, session } = await readTranscript(second.url, missed);
			expect(handoffs).toMatchObject([{ outcome: 'missed' }]);
			expect(session).toMatchObject({ ai_paused: false, handoff_deadline_at: null });
			expect(messages.slice(-2).map(({ sender }) => sender)).toEqual(['system', 'ai']);
		},
		{ interval: 100 },
	);
	const lastCall = standIn()
		.ai.recorder.requests.filter(({ body }) => body.includes(missed))
		.at(-1);
	expect(lastCall?.json()).toMatchObject({ handoff_missed: true });
	const { handoffs, session } = await readTranscript(second.url, taken);
	expect(handoffs).toMatchObject([{ outcome: 'taken', taken_by: session.agent }]);
});

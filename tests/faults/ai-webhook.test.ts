import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { errorGroup } from '#lib/contract/automation-error.ts';
import { pageOf } from '#lib/contract/common.ts';
import { transcript } from '#lib/contract/session.ts';
import { createTestDatabase } from '../support/database.ts';
import { read } from '../support/history.ts';
import { connectWidget } from '../support/live-client.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import type { AiMode } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const MIB = 1024 * 1024;
const FAULTS: AiMode[] = [
	'reset',
	'hang-up',
	'error-in-workflow',
	'not-registered',
	'forbidden',
	'empty',
	'html',
	'garbage',
	'broken-json',
	'deep',
	'huge',
	'endless',
	'gzip-bomb',
	'stream-error',
	'stream-error-middle',
	'stream-reset',
	'stream-stall',
	'never-answers',
];
const standIn = useStandIn();
let server: ServerProcess;
let drop: () => Promise<void>;

beforeAll(async () => {
	const database = await createTestDatabase();
	drop = () => database.drop();
	const AI_WEBHOOK_URL = standIn().ai.url('echo');
	server = await startServer({ DATABASE_URL: database.url, AI_WEBHOOK_URL });
});
afterAll(async () => {
	await server.stop();
	await drop();
});

/** A visitor whose messages choose the AI's answer, as `[[html]]`. */
async function greeted() {
	const visitor = connectWidget(server.url, { site: 'default' });
	onTestFinished(() => void visitor.socket.disconnect());
	const { session_id } = await visitor.event('session.started');
	await visitor.event('reply.finished');
	const said = async () => {
		const { messages } = await read(server.url, `/api/sessions/${session_id}`, transcript);
		return messages.slice(1).map(({ sender, message, is_fallback }) => ({
			sender,
			message,
			is_fallback,
		}));
	};
	const say = (message: string) =>
		visitor.ask('message:send', { message, client_message_id: randomUUID() });
	/** Says this and waits until there are so many messages after the greeting. */
	const sayUntil = async (message: string, count: number) => {
		await say(message);
		return vi.waitFor(
			async () => {
				const all = await said();
				expect(all).toHaveLength(count);
				return all;
			},
			{ timeout: 120_000, interval: 200 },
		);
	};
	return { session_id, say, sayUntil };
}

async function memory(): Promise<number> {
	const metrics = await (await fetch(`${server.url}/metrics`)).text();
	return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
}

/** The most memory that the server has had while something happens, beyond what it had before. */
async function growthDuring(work: () => Promise<unknown>): Promise<number> {
	const before = await memory();
	let most = before;
	let isDone = false;
	const done = work().finally(() => (isDone = true));
	while (!isDone) most = Math.max(most, await memory());
	await done;
	return most - before;
}

describe('whatever the AI webhook does instead of answering', () => {
	it('the visitor gets the fallback once, the failure is recorded once, the next message is answered', async () => {
		const happened = await Promise.all(
			FAULTS.map(async (mode) => {
				const { sayUntil } = await greeted();
				const failed = await sayUntil(`[[${mode}]]`, 2);
				const all = await sayUntil('Hello again', 4);
				expect(all.slice(0, 2)).toEqual(failed);
				return {
					mode,
					told: all.map(({ sender, is_fallback }) => `${sender} ${is_fallback}`),
					all,
				};
			}),
		);
		for (const { mode, told, all } of happened) {
			expect({ mode, told }).toEqual({
				mode,
				told: ['visitor false', 'ai true', 'visitor false', 'ai false'],
			});
			expect(all[1]?.message).toContain('I cannot answer right now');
			expect(all[3]?.message).toBe('You said: Hello again');
		}
		const { items } = await read(server.url, '/api/errors?limit=200', pageOf(errorGroup));
		expect(items.reduce((sum, { count }) => sum + count, 0)).toBe(FAULTS.length);
	}, 240_000);

	it('what it sends is not kept: eight answers of 64 MiB at once leave memory bounded', async () => {
		const chats = await Promise.all(Array.from({ length: 8 }, greeted));
		const growth = await growthDuring(() =>
			Promise.all(chats.map(({ sayUntil }) => sayUntil('[[huge]]', 2))),
		);
		expect(growth).toBeLessThan(128 * MIB);
	}, 240_000);
});

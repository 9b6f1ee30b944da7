import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { errorGroup } from '#lib/contract/automation-error.ts';
import { pageSchema } from '#lib/contract/common.ts';
import { transcript } from '#lib/contract/session.ts';
import { createSiteAt, readApi } from '../support/server-api.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { openWidget } from '../support/live-client.ts';
import type { AiMode } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';

const MIB = 1024 * 1024;
/** The connector's own tests cover time limits, which take up to 60 s here. */
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
];
const standIn = useStandIn();
const server = useBuiltServer(() => ({
	AI_WEBHOOK_URL: standIn().ai.url('echo'),
}));

/** Connects a visitor, whose messages choose the AI's answer: `[[html]]`. */
async function connectVisitor(site = 'default') {
	const visitor = openWidget(server.url, { site });
	onTestFinished(() => void visitor.socket.disconnect());
	const { session_id } = await visitor.waitForEvent('session.started');
	await visitor.waitForEvent('reply.finished');
	const getMessages = async () => {
		const { messages } = await readApi(server.url, `sessions/${session_id}`, transcript);
		return messages.slice(1).map(({ sender, message, is_fallback }) => ({
			sender,
			message,
			is_fallback,
		}));
	};
	const send = (message: string) =>
		visitor.request('message:send', { message, client_message_id: randomUUID() });
	/** Sends a message and waits until there are `count` messages after the greeting. */
	const sendUntil = async (message: string, count: number) => {
		await send(message);
		return vi.waitFor(
			async () => {
				const all = await getMessages();
				expect(all).toHaveLength(count);
				return all;
			},
			{ timeout: 120_000, interval: 200 },
		);
	};
	return { sendUntil };
}

async function readMemory(): Promise<number> {
	const metrics = await (await fetch(`${server.url}/metrics`)).text();
	return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
}

/** Returns by how much the server's memory grew at most while `work` ran. */
async function measureGrowth(work: () => Promise<unknown>): Promise<number> {
	const before = await readMemory();
	let peak = before;
	let isDone = false;
	const done = work().finally(() => (isDone = true));
	while (!isDone) peak = Math.max(peak, await readMemory());
	await done;
	return peak - before;
}

describe('when the AI webhook fails', () => {
	it('sends the fallback once, records the failure once, and answers the next message', async () => {
		const outcomes = await Promise.all(
			FAULTS.map(async (mode) => {
				// On one site, so many failures would have the built-in AI answer.
				const connector = { type: 'n8n' as const, url: standIn().ai.url('echo') };
				const { sendUntil } = await connectVisitor(
					await createSiteAt(server.url, mode, { connector }),
				);
				const failed = await sendUntil(`[[${mode}]]`, 2);
				const all = await sendUntil('Hello again', 4);
				expect(all.slice(0, 2)).toEqual(failed);
				return {
					mode,
					senders: all.map(({ sender, is_fallback }) => `${sender} ${is_fallback}`),
					all,
				};
			}),
		);
		for (const { mode, senders, all } of outcomes) {
			expect({ mode, senders }).toEqual({
				mode,
				senders: ['visitor false', 'ai true', 'visitor false', 'ai false'],
			});
			expect(all[1]?.message).toContain('I cannot answer right now');
			expect(all[3]?.message).toBe('You said: Hello again');
		}
		const { items } = await readApi(server.url, 'errors?limit=200', pageSchema(errorGroup));
		expect(items.reduce((sum, { count }) => sum + count, 0)).toBe(FAULTS.length);
	});

	it('discards eight concurrent answers of 64 MiB without growing memory by 128 MiB', async () => {
		const chats = await Promise.all(Array.from({ length: 8 }, () => connectVisitor()));
		const growth = await measureGrowth(() =>
			Promise.all(chats.map(({ sendUntil }) => sendUntil('[[huge]]', 2))),
		);
		expect(growth).toBeLessThan(128 * MIB);
	});
});

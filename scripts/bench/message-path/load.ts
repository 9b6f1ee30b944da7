// A process that generates load: visitors who each send their next message once the previous one is acknowledged, and one
// agent who counts the messages received.
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { openSocket } from '../engine-io.ts';

export interface LoadInput {
	url: string;
	/** The Socket.IO auth payloads of the visitors and the agent. */
	visitors: object[];
	agent: object;
	/** The server that the agent connects to. Defaults to the visitors' server. */
	agentUrl?: string;
	seconds: number;
}
export interface LoadResult {
	acknowledgedCount: number;
	/** Messages that the agent received. */
	receivedCount: number;
	seconds: number;
}

const TEXT = 'x'.repeat(120);

async function run({
	url,
	visitors,
	agent,
	agentUrl = url,
	seconds,
}: LoadInput): Promise<LoadResult> {
	let acknowledgedCount = 0;
	let receivedCount = 0;
	const sockets: WebSocket[] = [
		await openSocket(agentUrl, '/agents', agent, (packet) => {
			if (packet.includes('"message.created"')) receivedCount += 1;
		}),
	];
	const senders: (() => void)[] = [];
	for (const auth of visitors) {
		const socket = await openSocket(url, '/widget', auth, (packet) => {
			if (!packet.startsWith('43')) return;
			if (!packet.includes('"ok":true')) throw new Error(`refused: ${packet}`);
			acknowledgedCount += 1;
			send();
		});
		let id = 0;
		const send = () => {
			const message = { message: TEXT, client_message_id: randomUUID() };
			socket.send(`42/widget,${id++}["message:send",${JSON.stringify(message)}]`);
		};
		senders.push(send);
		sockets.push(socket);
	}
	for (const send of senders) send();
	// Warms up before counting.
	await new Promise((resolve) => setTimeout(resolve, Math.min(2_000, seconds * 500)));
	const start = { acknowledgedCount, receivedCount, at: performance.now() };
	await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
	const result = {
		acknowledgedCount: acknowledgedCount - start.acknowledgedCount,
		receivedCount: receivedCount - start.receivedCount,
		seconds: (performance.now() - start.at) / 1_000,
	};
	for (const socket of sockets) socket.terminate();
	return result;
}

process.once('message', (input: LoadInput) => {
	run(input).then(
		(result) => process.send?.(result, () => process.exit(0)),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
});

// A process that generates load: visitors who each send their next message once the previous one is acknowledged, or all
// together at a fixed rate, and agents who count the messages received.
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { openSocket } from '../engine-io.ts';

export interface LoadInput {
	url: string;
	/** The Socket.IO auth payloads of the visitors and the agent. */
	visitors: object[];
	agent: object;
	/** The number of agents that connect. Defaults to 1. */
	agents?: number;
	/** The server that the agents connect to. Defaults to the visitors' server. */
	agentUrl?: string;
	/** Messages per second of all visitors together. By default, as many as possible. */
	rate?: number;
	seconds: number;
}
export interface LoadResult {
	acknowledgedCount: number;
	/** Messages that the agents received, on average. */
	receivedCount: number;
	/** The time from sending each message until the first agent received it, in ms. Empty unless `rate` is set. */
	delays: number[];
	seconds: number;
}

const TEXT = 'x'.repeat(120);
/** Paced messages start with the time at which they were sent, in µs. In letters, because digits could be a phone number. */
const SENT_AT = /"message":"([a-j]+) /;
const formatTime = (ms: number) =>
	(ms * 1_000).toFixed(0).replace(/\d/g, (digit) => String.fromCharCode(97 + Number(digit)));
const parseTime = (text: string) =>
	Number(text.replace(/[a-j]/g, (letter) => String(letter.charCodeAt(0) - 97))) / 1_000;
const PACE_MS = 10;

async function run({
	url,
	visitors,
	agent,
	agents = 1,
	agentUrl = url,
	rate,
	seconds,
}: LoadInput): Promise<LoadResult> {
	let acknowledgedCount = 0;
	let receivedCount = 0;
	let delays: number[] = [];
	const sockets: WebSocket[] = [];
	for (let n = 0; n < agents; n += 1) {
		const isFirst = n === 0;
		const socket = await openSocket(agentUrl, '/agents', agent, (packet) => {
			if (!packet.includes('"message.created"')) return;
			receivedCount += 1 / agents;
			const sentAt = isFirst ? SENT_AT.exec(packet)?.[1] : undefined;
			if (sentAt !== undefined) delays.push(performance.now() - parseTime(sentAt));
		});
		sockets.push(socket);
	}
	const senders: (() => void)[] = [];
	for (const auth of visitors) {
		const socket = await openSocket(url, '/widget', auth, (packet) => {
			if (!packet.startsWith('43')) return;
			if (!packet.includes('"ok":true')) throw new Error(`refused: ${packet}`);
			acknowledgedCount += 1;
			if (rate === undefined) send();
		});
		let id = 0;
		const send = () => {
			const text = rate === undefined ? TEXT : `${formatTime(performance.now())} ${TEXT}`;
			const message = { message: text, client_message_id: randomUUID() };
			socket.send(`42/widget,${id++}["message:send",${JSON.stringify(message)}]`);
		};
		senders.push(send);
		sockets.push(socket);
	}
	const pacing = rate === undefined ? undefined : sendAtRate(senders, rate);
	if (!pacing) for (const send of senders) send();
	// Warms up before counting.
	await new Promise((resolve) => setTimeout(resolve, Math.min(2_000, seconds * 500)));
	delays = [];
	const start = { acknowledgedCount, receivedCount, at: performance.now() };
	await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
	const result = {
		acknowledgedCount: acknowledgedCount - start.acknowledgedCount,
		receivedCount: receivedCount - start.receivedCount,
		delays: [...delays],
		seconds: (performance.now() - start.at) / 1_000,
	};
	clearInterval(pacing);
	for (const socket of sockets) socket.terminate();
	return result;
}

/** Calls the senders in turn. Catches up if the timer is late. */
function sendAtRate(senders: readonly (() => void)[], rate: number): NodeJS.Timeout {
	const startedAt = performance.now();
	let count = 0;
	return setInterval(() => {
		const due = ((performance.now() - startedAt) * rate) / 1_000;
		for (; count < due; count += 1) senders[count % senders.length]?.();
	}, PACE_MS);
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

// A process that simulates the visitors and the AI webhook, so that both share one clock. Sends the webhook's address,
// then runs one job after another and sends the time that each answer took.
import { randomUUID } from 'node:crypto';
import { openSocket } from '../engine-io.ts';
import { startWebhook, type Webhook } from './webhook.ts';

export interface LoadInput {
	/** Where visitors send messages: to the server's socket or HTTP endpoint, or directly to the webhook. */
	way: 'socket' | 'http' | 'direct';
	/** The server's address, with a site key; or the webhook's address. */
	url: string;
	site: string;
	visitors: number;
	seconds: number;
	/** Measures the first piece, from the moment the webhook wrote it, instead of the whole answer. */
	isFirstPiece: boolean;
	/** A site whose visitors write at the same time, without waiting for answers. */
	hangingSite?: string;
}
export interface LoadResult {
	/** The time that each answer took, in ms. */
	times: number[];
}

/** Sends a message. Resolves with the time until the measured piece arrived, in ms. */
type SendMessage = () => Promise<number>;

const PAUSE_MS = { least: 100, more: 600 };
const TEXT = 'How much would a 1,000-square-foot roof cost, number ';
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function bySocket(input: LoadInput, { firstWritten }: Webhook): Promise<SendMessage> {
	let session = '';
	let resolveNext = (_ms: number) => {};
	let from = 0;
	const next = () => new Promise<number>((resolve) => (resolveNext = resolve));
	const greeted = next();
	const eventName = input.isFirstPiece ? 'reply.delta' : 'reply.finished';
	const socket = await openSocket(input.url, '/widget', { site: input.site }, (packet) => {
		session ||= /"session_id":"(session_[^"]+)"/.exec(packet)?.[1] ?? '';
		if (!packet.startsWith(`42/widget,["${eventName}"`)) return;
		const isHanging = input.site === input.hangingSite;
		if (!isHanging && packet.includes('"is_fallback":true')) throw new Error(`fallback: ${packet}`);
		resolveNext(
			performance.now() - (input.isFirstPiece ? (firstWritten.get(session) ?? NaN) : from),
		);
	});
	if (input.site !== input.hangingSite) await greeted;
	let id = 0;
	return async () => {
		const message = { message: `${TEXT}${id}?`, client_message_id: randomUUID() };
		// Waits until the previous reply is over, so that the next event belongs to this message.
		await sleep(PAUSE_MS.least);
		const answered = next();
		from = performance.now();
		socket.send(`42/widget,${id++}["message:send",${JSON.stringify(message)}]`);
		return answered;
	};
}

async function byHttp({ url, site }: LoadInput): Promise<SendMessage> {
	const post = async (body: object) => {
		const response = await fetch(`${url}/api/embed-chat/send-message`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', accept: 'application/json' },
			body: JSON.stringify(body),
		});
		const answer = (await response.json()) as {
			session_id: string;
			token: string;
			fallback: boolean;
		};
		if (!response.ok || answer.fallback) throw new Error(`refused: ${JSON.stringify(answer)}`);
		return answer;
	};
	const { session_id, token } = await post({ site });
	let id = 0;
	return async () => {
		const client_message_id = randomUUID();
		const from = performance.now();
		await post({ session_id, token, client_message_id, message: `${TEXT}${id++}?` });
		return performance.now() - from;
	};
}

function directly({ url, isFirstPiece }: LoadInput, { firstWritten }: Webhook): SendMessage {
	const session_id = randomUUID();
	return async () => {
		const from = performance.now();
		const response = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ session_id, message: TEXT }),
		});
		if (!isFirstPiece) {
			await response.json();
			return performance.now() - from;
		}
		const reader = response.body?.getReader();
		await reader?.read();
		const took = performance.now() - (firstWritten.get(session_id) ?? NaN);
		while (!(await reader?.read())?.done);
		return took;
	};
}

const createSender = (input: LoadInput, webhook: Webhook): Promise<SendMessage> => {
	switch (input.way) {
		case 'socket':
			return bySocket(input, webhook);
		case 'http':
			return byHttp(input);
		case 'direct':
			return Promise.resolve(directly(input, webhook));
	}
};

async function run(input: LoadInput, webhook: Webhook): Promise<LoadResult> {
	const { hangingSite, visitors, seconds } = input;
	const open = (of: LoadInput) =>
		Promise.all(Array.from({ length: visitors }, () => createSender(of, webhook)));
	if (hangingSite) {
		for (const say of await open({ ...input, site: hangingSite })) void say();
	}
	const all = await open(input);
	const times: number[] = [];
	const until = performance.now() + seconds * 1_000;
	await Promise.all(
		all.map(async (say) => {
			await sleep(Math.random() * PAUSE_MS.more);
			do {
				times.push(await say());
				await sleep(PAUSE_MS.least + Math.random() * PAUSE_MS.more);
			} while (performance.now() < until);
		}),
	);
	return { times };
}

const webhook = await startWebhook();
process.send?.(webhook.url);
process.on('message', (input: LoadInput) => {
	run(input, webhook).then(
		(result) => process.send?.(result),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
});

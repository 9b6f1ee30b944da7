// A process that simulates the visitors and the AI webhook, so that both share one clock. Sends its parent the webhook's
// URL, then runs each job it receives, and replies with the time that each answer took.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSocket } from '../engine-io.ts';
import { startWebhook, type Webhook } from './webhook.ts';

export interface LoadInput {
	/** The way visitors send messages: through the server's socket or HTTP endpoint, or directly to the webhook. */
	transport: 'socket' | 'http' | 'direct';
	/** The server's URL, or the webhook's for `direct`. */
	url: string;
	site: string;
	visitors: number;
	seconds: number;
	/** Measures the time from when the webhook wrote the first delta until it arrived, instead of the whole answer's time. */
	measuresFirstDelta: boolean;
	/** A site with a hanging AI. As many visitors wait for its answer during the measurement. */
	hangingSite?: string;
}
export interface LoadResult {
	/** The measured time of each answer. */
	timesMs: number[];
}

/** Sends a message. Resolves with the measured time of its answer, in ms. */
type SendMessage = () => Promise<number>;

const MIN_PAUSE_MS = 100;
const MAX_EXTRA_PAUSE_MS = 600;
/** A run lasts until it has at least this many answers per second of `seconds`. A single visitor gets only about one per second. */
const MIN_ANSWERS_PER_SECOND = 5;
const TEXT = 'How much would a 1,000-square-foot roof cost, number ';

async function createSocketSender(
	input: LoadInput,
	{ firstDeltaTimes }: Webhook,
): Promise<SendMessage> {
	let session = '';
	let resolveNext = (_ms: number) => {};
	let startedAt = 0;
	const waitForNext = () => new Promise<number>((resolve) => (resolveNext = resolve));
	const greeted = waitForNext();
	const eventName = input.measuresFirstDelta ? 'reply.delta' : 'reply.finished';
	const socket = await openSocket(input.url, '/widget', { site: input.site }, (packet) => {
		session ||= /"session_id":"(session_[^"]+)"/.exec(packet)?.[1] ?? '';
		if (!packet.startsWith(`42/widget,["${eventName}"`)) return;
		const isHanging = input.site === input.hangingSite;
		if (!isHanging && packet.includes('"is_fallback":true')) throw new Error(`fallback: ${packet}`);
		resolveNext(
			performance.now() -
				(input.measuresFirstDelta ? (firstDeltaTimes.get(session) ?? NaN) : startedAt),
		);
	});
	if (input.site !== input.hangingSite) await greeted;
	let id = 0;
	return async () => {
		const message = { message: `${TEXT}${id}?`, client_message_id: randomUUID() };
		// Waits until the previous reply is over, so that the next event belongs to this message.
		await sleep(MIN_PAUSE_MS);
		const answered = waitForNext();
		startedAt = performance.now();
		socket.send(`42/widget,${id++}["message:send",${JSON.stringify(message)}]`);
		return answered;
	};
}

async function createHttpSender({ url, site }: LoadInput): Promise<SendMessage> {
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
		const startedAt = performance.now();
		await post({ session_id, token, client_message_id, message: `${TEXT}${id++}?` });
		return performance.now() - startedAt;
	};
}

function createDirectSender(
	{ url, measuresFirstDelta }: LoadInput,
	{ firstDeltaTimes }: Webhook,
): SendMessage {
	const session_id = randomUUID();
	return async () => {
		const startedAt = performance.now();
		const response = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ session_id, message: TEXT }),
		});
		if (!measuresFirstDelta) {
			await response.json();
			return performance.now() - startedAt;
		}
		const reader = response.body?.getReader();
		await reader?.read();
		const elapsedMs = performance.now() - (firstDeltaTimes.get(session_id) ?? NaN);
		while (!(await reader?.read())?.done);
		return elapsedMs;
	};
}

const createSender = (input: LoadInput, webhook: Webhook): Promise<SendMessage> => {
	switch (input.transport) {
		case 'socket':
			return createSocketSender(input, webhook);
		case 'http':
			return createHttpSender(input);
		case 'direct':
			return Promise.resolve(createDirectSender(input, webhook));
	}
};

async function run(input: LoadInput, webhook: Webhook): Promise<LoadResult> {
	const { hangingSite, visitors, seconds } = input;
	const createSenders = (options: LoadInput) =>
		Promise.all(Array.from({ length: visitors }, () => createSender(options, webhook)));
	if (hangingSite) {
		for (const send of await createSenders({ ...input, site: hangingSite })) void send();
	}
	const senders = await createSenders(input);
	const timesMs: number[] = [];
	const deadline = performance.now() + seconds * 1_000;
	const hasEnoughAnswers = () =>
		performance.now() >= deadline && timesMs.length >= seconds * MIN_ANSWERS_PER_SECOND;
	await Promise.all(
		senders.map(async (send) => {
			await sleep(Math.random() * MAX_EXTRA_PAUSE_MS);
			do {
				timesMs.push(await send());
				await sleep(MIN_PAUSE_MS + Math.random() * MAX_EXTRA_PAUSE_MS);
			} while (!hasEnoughAnswers());
		}),
	);
	return { timesMs };
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

// The visitors and the AI webhook, a process of its own with one clock: it tells the webhook's address, then does one job
// after another and tells what each answer took.
import { randomUUID } from 'node:crypto';
import { openSocket } from '../engine-io.ts';
import { startWebhook, type Webhook } from './webhook.ts';

export interface TalkInput {
	/** By which way visitors write: to the server's socket or HTTP endpoint, or to the webhook itself. */
	way: 'socket' | 'http' | 'direct';
	/** The server's address, and the key of a site; or the webhook's address. */
	url: string;
	site: string;
	visitors: number;
	seconds: number;
	/** Whether the first piece counts, from when the webhook has written it, or else the whole answer. */
	isFirstPiece: boolean;
	/** Visitors of this site write at the same time, and nobody waits for their answers. */
	hangingSite?: string;
}
export interface TalkResult {
	/** What each answer took, in milliseconds. */
	times: number[];
}

/** Says something and resolves when what counts has come, with what it took. */
type Say = () => Promise<number>;

const PAUSE_MS = { least: 100, more: 600 };
const TEXT = 'What would a new roof of a hundred square metres cost, number ';
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function bySocket(input: TalkInput, { firstWritten }: Webhook): Promise<Say> {
	let session = '';
	let heard = (_took: number) => {};
	let from = 0;
	const next = () => new Promise<number>((resolve) => (heard = resolve));
	const greeted = next();
	const what = input.isFirstPiece ? 'reply.delta' : 'reply.finished';
	const socket = await openSocket(input.url, '/widget', { site: input.site }, (packet) => {
		session ||= /"session_id":"(session_[^"]+)"/.exec(packet)?.[1] ?? '';
		if (!packet.startsWith(`42/widget,["${what}"`)) return;
		const isHanging = input.site === input.hangingSite;
		if (!isHanging && packet.includes('"is_fallback":true')) throw new Error(`fallback: ${packet}`);
		heard(performance.now() - (input.isFirstPiece ? (firstWritten.get(session) ?? NaN) : from));
	});
	if (input.site !== input.hangingSite) await greeted;
	let id = 0;
	return async () => {
		const message = { message: `${TEXT}${id}?`, client_message_id: randomUUID() };
		// A reply is over before the next thing is said: what is heard belongs to what is said now.
		await later(PAUSE_MS.least);
		const told = next();
		from = performance.now();
		socket.send(`42/widget,${id++}["message:send",${JSON.stringify(message)}]`);
		return told;
	};
}

async function byHttp({ url, site }: TalkInput): Promise<Say> {
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

function directly({ url, isFirstPiece }: TalkInput, { firstWritten }: Webhook): Say {
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

const sayers = (input: TalkInput, webhook: Webhook): Promise<Say> => {
	switch (input.way) {
		case 'socket':
			return bySocket(input, webhook);
		case 'http':
			return byHttp(input);
		case 'direct':
			return Promise.resolve(directly(input, webhook));
	}
};

async function run(input: TalkInput, webhook: Webhook): Promise<TalkResult> {
	const { hangingSite, visitors, seconds } = input;
	const open = (of: TalkInput) =>
		Promise.all(Array.from({ length: visitors }, () => sayers(of, webhook)));
	if (hangingSite) {
		for (const say of await open({ ...input, site: hangingSite })) void say();
	}
	const all = await open(input);
	const times: number[] = [];
	const until = performance.now() + seconds * 1_000;
	await Promise.all(
		all.map(async (say) => {
			await later(Math.random() * PAUSE_MS.more);
			do {
				times.push(await say());
				await later(PAUSE_MS.least + Math.random() * PAUSE_MS.more);
			} while (performance.now() < until);
		}),
	);
	return { times };
}

const webhook = await startWebhook();
process.send?.(webhook.url);
process.on('message', (input: TalkInput) => {
	run(input, webhook).then(
		(result) => process.send?.(result),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
});

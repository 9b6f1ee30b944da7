import {
	type Exchange,
	type Handler,
	hang,
	numberOption,
	type Part,
	reset,
	send,
	sendJson,
} from './exchange.ts';
import { Recorder } from './recorder.ts';

/** Answers that a webhook can be told to give, by name. */
const ANSWERS = {
	ok: ({ response }) => sendJson(response, { received: true }),
	'no-content': ({ response }) => void response.writeHead(204).end(),
	gone: ({ response }) => send(response, 410, 'text/plain', 'Gone'),
	error: ({ response }) => sendJson(response, { message: 'Error in workflow' }, 500),
	busy: ({ response }) => {
		response.writeHead(429, { 'retry-after': '1', 'content-type': 'text/plain' });
		response.end('Too many requests');
	},
	/** 200 after `delay` milliseconds. */
	slow: async ({ response, options, pause }) => {
		await pause(numberOption(options, 'delay', 1000));
		sendJson(response, { received: true });
	},
	/** To `to`, by default another webhook of the stand-in on loopback. */
	redirect: ({ request, response, options }) => {
		const location = options.get('to') ?? `http://${request.headers.host}/webhook/redirected`;
		response.writeHead(Number(options.get('status') ?? 307), { location }).end();
	},
	hang,
	reset: ({ response }) => reset(response),
} satisfies Record<string, Handler>;

export type WebhookAnswer = keyof typeof ANSWERS | number | Handler;

const isAnswerName = (name: string): name is keyof typeof ANSWERS => Object.hasOwn(ANSWERS, name);

/** Receivers at `/webhook/<name>`: each keeps what it got and answers 200 unless told otherwise. */
export class WebhookStandIn implements Part {
	readonly #origin: () => string;
	readonly #recorders = new Map<string, Recorder>();
	readonly #planned = new Map<string, WebhookAnswer[]>();
	readonly #standing = new Map<string, WebhookAnswer>();

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	url(name: string): string {
		return `${this.#origin()}/webhook/${name}`;
	}

	/** What the receiver `name` got, raw. */
	recorder(name: string): Recorder {
		let recorder = this.#recorders.get(name);
		if (!recorder) this.#recorders.set(name, (recorder = new Recorder()));
		return recorder;
	}

	/** The next answers, one each; then the standing one again. */
	next(name: string, ...answers: WebhookAnswer[]): void {
		this.#planned.set(name, [...(this.#planned.get(name) ?? []), ...answers]);
	}

	/** The answer from now on. */
	always(name: string, answer: WebhookAnswer): void {
		this.#standing.set(name, answer);
	}

	/** `?answer=gone` or `?answer=503` in the address chooses too, `&times=n` for the first n calls only. */
	handle(exchange: Exchange, name: string): void | Promise<void> {
		const recorder = this.recorder(name);
		recorder.add(exchange.request);
		const planned = this.#planned.get(name)?.shift() ?? this.#standing.get(name);
		return answerWith(planned ?? askedFor(exchange, recorder.requests.length), exchange);
	}
}

function askedFor({ options }: Exchange, call: number): WebhookAnswer {
	const answer = options.get('answer');
	if (!answer || call > numberOption(options, 'times', Infinity)) return 'ok';
	if (isAnswerName(answer)) return answer;
	return numberOption(options, 'answer', 400);
}

function answerWith(answer: WebhookAnswer, exchange: Exchange): void | Promise<void> {
	if (typeof answer === 'function') return answer(exchange);
	if (typeof answer === 'string') return ANSWERS[answer](exchange);
	return sendJson(exchange.response, { status: answer }, answer);
}

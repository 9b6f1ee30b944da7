import {
	type Exchange,
	type Handler,
	hang,
	readNumberOption,
	type Service,
	reset,
	send,
	sendJson,
} from './exchange.ts';
import { Recorder } from './recorder.ts';

/** Answers of a receiver, by name. */
const ANSWERS = {
	ok: ({ response }) => sendJson(response, { received: true }),
	'no-content': ({ response }) => void response.writeHead(204).end(),
	gone: ({ response }) => send(response, 410, 'text/plain', 'Gone'),
	error: ({ response }) => sendJson(response, { message: 'Error in workflow' }, 500),
	busy: ({ response }) => {
		response.writeHead(429, { 'retry-after': '1', 'content-type': 'text/plain' });
		response.end('Too many requests');
	},
	/** 200 after `delay` ms. */
	slow: async ({ response, options, pause }) => {
		await pause(readNumberOption(options, 'delay', 1000));
		sendJson(response, { received: true });
	},
	/** Redirects to `to`, by default to another receiver on loopback. */
	redirect: ({ request, response, options }) => {
		const location = options.get('to') ?? `http://${request.headers.host}/webhook/redirected`;
		response.writeHead(Number(options.get('status') ?? 307), { location }).end();
	},
	/** What a Google Apps Script answers after it has run. */
	script: ({ response }) => {
		const location = 'https://script.googleusercontent.com/macros/echo?user_content_key=x&lib=y';
		response.writeHead(302, { location }).end();
	},
	hang,
	reset: ({ response }) => reset(response),
} satisfies Record<string, Handler>;

export type WebhookAnswer = keyof typeof ANSWERS | number | Handler;

const isAnswerName = (name: string): name is keyof typeof ANSWERS => Object.hasOwn(ANSWERS, name);

/** Receivers at `/webhook/<name>`, which record their requests and answer 200 by default. */
export class WebhookStandIn implements Service {
	readonly #origin: () => string;
	readonly #recorders = new Map<string, Recorder>();
	readonly #queued = new Map<string, WebhookAnswer[]>();
	readonly #defaults = new Map<string, WebhookAnswer>();

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	url(name: string): string {
		return `${this.#origin()}/webhook/${name}`;
	}

	/** Returns the recorder of the receiver `name`. */
	recorder(name: string): Recorder {
		let recorder = this.#recorders.get(name);
		if (!recorder) this.#recorders.set(name, (recorder = new Recorder()));
		return recorder;
	}

	/** Queues answers to the next requests, one each. */
	next(name: string, ...answers: WebhookAnswer[]): void {
		this.#queued.set(name, [...(this.#queued.get(name) ?? []), ...answers]);
	}

	/** Forgets the answers that are still queued. */
	clearQueue(name: string): void {
		this.#queued.delete(name);
	}

	/** Sets the answer to all requests without a queued one. */
	always(name: string, answer: WebhookAnswer): void {
		this.#defaults.set(name, answer);
	}

	/** The address can choose the answer too: `?answer=gone` or `?answer=503`, with `&times=n` for the first n calls. */
	handle(exchange: Exchange, name: string): void | Promise<void> {
		const recorder = this.recorder(name);
		recorder.add(exchange.request);
		const queued = this.#queued.get(name)?.shift() ?? this.#defaults.get(name);
		return answerWith(queued ?? readRequestedAnswer(exchange, recorder.requests.length), exchange);
	}
}

function readRequestedAnswer({ options }: Exchange, call: number): WebhookAnswer {
	const answer = options.get('answer');
	if (!answer || call > readNumberOption(options, 'times', Infinity)) return 'ok';
	if (isAnswerName(answer)) return answer;
	return readNumberOption(options, 'answer', 400);
}

function answerWith(answer: WebhookAnswer, exchange: Exchange): void | Promise<void> {
	if (typeof answer === 'function') return answer(exchange);
	if (typeof answer === 'string') return ANSWERS[answer](exchange);
	return sendJson(exchange.response, { status: answer }, answer);
}

import { createHash, randomUUID } from 'node:crypto';
import {
	type Exchange,
	type Handler,
	hang,
	type Service,
	reset,
	send,
	sendJson,
} from './exchange.ts';
import { Recorder } from './recorder.ts';

/** An accepted mail, one per idempotency key. */
export interface AcceptedMail {
	id: string;
	idempotency_key: string | null;
	from: string;
	to: string[];
	subject: string;
	html: string;
	text: string;
}

const refusal =
	(status: number, name: string, message: string): Handler =>
	({ response }) =>
		sendJson(response, { statusCode: status, name, message }, status);

/** Failures of a mail service. `accepted-then-reset` accepts the mail but drops the response. */
const FAILURES = {
	busy: ({ response }) => {
		response.setHeader('retry-after', '2');
		sendJson(
			response,
			{ statusCode: 429, name: 'rate_limit_exceeded', message: 'Too many requests' },
			429,
		);
	},
	broken: refusal(500, 'internal_server_error', 'An unexpected error occurred'),
	'not-json': ({ response }) => send(response, 502, 'text/html', '<h1>Bad gateway</h1>'),
	unprocessable: refusal(422, 'validation_error', 'Invalid `to` field'),
	'wrong-key': refusal(401, 'invalid_api_key', 'API key is invalid'),
	hang,
	reset: ({ response }) => reset(response),
} satisfies Record<string, Handler>;

export type MailFailure = keyof typeof FAILURES | 'accepted-then-reset';

/** Stands in for Resend, at `/resend`: accepts a mail once per idempotency key. */
export class MailStandIn implements Service {
	readonly #origin: () => string;
	readonly #failures: MailFailure[] = [];
	readonly #answered = new Map<string, { digest: string; id: string }>();
	/** All requests, including rejected ones. */
	readonly recorder = new Recorder();
	readonly accepted: AcceptedMail[] = [];

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** The value of RESEND_BASE_URL. */
	get url(): string {
		return `${this.#origin()}/resend`;
	}

	/** Makes the next requests fail, one each. Later ones succeed. */
	failNext(...failures: MailFailure[]): void {
		this.#failures.push(...failures);
	}

	/** Forgets all requests, mails and queued failures. */
	clear(): void {
		this.recorder.clear();
		this.accepted.length = 0;
		this.#failures.length = 0;
	}

	handle(exchange: Exchange, path: string): void | Promise<void> {
		const { request, response } = exchange;
		this.recorder.add(request);
		if (path !== 'emails' || request.method !== 'POST') {
			return refusal(404, 'not_found', 'The requested endpoint does not exist')(exchange);
		}
		if (!/^Bearer re_/.test(request.headers.authorization ?? '')) {
			return refusal(401, 'missing_api_key', 'Missing API key')(exchange);
		}
		const failure = this.#failures.shift();
		if (failure !== undefined && failure !== 'accepted-then-reset')
			return FAILURES[failure](exchange);
		const id = this.#accept(exchange);
		if (failure === 'accepted-then-reset') return reset(response);
		if (id === undefined) {
			return refusal(409, 'invalid_idempotent_request', 'Same key, another payload')(exchange);
		}
		return sendJson(response, { id });
	}

	#accept({ request }: Exchange): string | undefined {
		const key = request.headers['idempotency-key'];
		const digest = createHash('sha256').update(request.body).digest('hex');
		const known = typeof key === 'string' ? this.#answered.get(key) : undefined;
		if (known) return known.digest === digest ? known.id : undefined;
		const id = randomUUID();
		if (typeof key === 'string') this.#answered.set(key, { digest, id });
		const { from, to, subject, html, text } = request.json() as Omit<AcceptedMail, 'to'> & {
			to: string | string[];
		};
		const idempotency_key = typeof key === 'string' ? key : null;
		this.accepted.push({ id, idempotency_key, from, to: [to].flat(), subject, html, text });
		return id;
	}
}

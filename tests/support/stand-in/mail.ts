import { createHash, randomUUID } from 'node:crypto';
import { type Exchange, type Handler, hang, type Part, reset, send, sendJson } from './exchange.ts';
import { Recorder } from './recorder.ts';

/** A mail that was taken, once for each idempotency key. */
export interface TakenMail {
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

/** Bad days of a mail service, by name; `taken-unheard` takes the mail and loses its answer. */
const BAD_DAYS = {
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

export type MailDay = keyof typeof BAD_DAYS | 'taken-unheard';

/** A mail service that speaks as Resend does, at `/resend`: what it takes, it takes once for each idempotency key. */
export class MailStandIn implements Part {
	readonly #origin: () => string;
	readonly #planned: MailDay[] = [];
	readonly #answered = new Map<string, { digest: string; id: string }>();
	/** Every request, also those that were refused. */
	readonly recorder = new Recorder();
	readonly taken: TakenMail[] = [];

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** For RESEND_BASE_URL. */
	get url(): string {
		return `${this.#origin()}/resend`;
	}

	/** How the next requests fare, one each; then all is well again. */
	next(...days: MailDay[]): void {
		this.#planned.push(...days);
	}

	/** Forgets what came, and what was planned. */
	clear(): void {
		this.recorder.clear();
		this.taken.length = 0;
		this.#planned.length = 0;
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
		const day = this.#planned.shift();
		if (day !== undefined && day !== 'taken-unheard') return BAD_DAYS[day](exchange);
		const id = this.#take(exchange);
		if (day === 'taken-unheard') return reset(response);
		if (id === undefined) {
			return refusal(409, 'invalid_idempotent_request', 'Same key, another payload')(exchange);
		}
		return sendJson(response, { id });
	}

	#take({ request }: Exchange): string | undefined {
		const key = request.headers['idempotency-key'];
		const digest = createHash('sha256').update(request.body).digest('hex');
		const known = typeof key === 'string' ? this.#answered.get(key) : undefined;
		if (known) return known.digest === digest ? known.id : undefined;
		const id = randomUUID();
		if (typeof key === 'string') this.#answered.set(key, { digest, id });
		const { from, to, subject, html, text } = request.json() as Omit<TakenMail, 'to'> & {
			to: string | string[];
		};
		const idempotency_key = typeof key === 'string' ? key : null;
		this.taken.push({ id, idempotency_key, from, to: [to].flat(), subject, html, text });
		return id;
	}
}

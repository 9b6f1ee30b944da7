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

/** A message that Facebook accepted. */
export interface AcceptedMessage {
	mid: string;
	/** The token it was sent with. */
	token: string;
	page_id: string;
	psid: string;
	text: string;
	metadata?: string;
	quick_replies?: { content_type: string; title: string; payload: string }[];
}

const createError =
	(status: number, code: number, message: string, error_subcode?: number): Handler =>
	({ response }) =>
		sendJson(response, { error: { message, type: 'OAuthException', code, error_subcode } }, status);

/** Failures of the Graph API. `accepted-then-reset` accepts the message but drops the response. */
const FAILURES = {
	'token-expired': createError(400, 190, 'Error validating access token: Session has expired', 463),
	'rate-limited': createError(400, 613, 'Calls to this api have exceeded the rate limit'),
	'outside-window': createError(
		400,
		10,
		'(#10) This message is sent outside of allowed window.',
		2018278,
	),
	refused: createError(400, 100, '(#100) Invalid parameter'),
	broken: createError(500, 2, 'Service temporarily unavailable'),
	'not-json': ({ response }) => send(response, 502, 'text/html', '<h1>Bad gateway</h1>'),
	hang,
	reset: ({ response }) => reset(response),
} satisfies Record<string, Handler>;

export type MessengerFailure = keyof typeof FAILURES | 'accepted-then-reset';

/** The page of the server's token. */
export const PAGE = { id: '1000200030', name: 'Corner Garage' };
/** Another page, whose token only works for it. */
export const SECOND_PAGE = { id: '5000600070', name: 'Bike Shop', token: 'bike-shop-token' };

/** Stands in for Messenger's part of the Graph API, at `/graph`. */
export class MessengerStandIn implements Service {
	readonly #origin: () => string;
	readonly #failures: MessengerFailure[] = [];
	readonly recorder = new Recorder();
	readonly accepted: AcceptedMessage[] = [];
	/** Sender actions such as `typing_on`, in order. */
	readonly actions: { psid: string; action: string }[] = [];
	/** Names by visitor id. Other visitors have no profile. */
	readonly profiles = new Map<string, { first_name: string; last_name: string }>();
	/** The token of `PAGE`. */
	token = 'page-token';
	/** The token of `SECOND_PAGE`. */
	secondToken = SECOND_PAGE.token;

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** The value of MESSENGER_API_URL. */
	get url(): string {
		return `${this.#origin()}/graph`;
	}

	/** Makes the next messages fail, one each. Later ones succeed. */
	failNext(...failures: MessengerFailure[]): void {
		this.#failures.push(...failures);
	}

	clear(): void {
		this.recorder.clear();
		this.accepted.length = 0;
		this.actions.length = 0;
		this.#failures.length = 0;
	}

	handle(exchange: Exchange, path: string): void | Promise<void> {
		const { request, response, options } = exchange;
		this.recorder.add(request);
		const token = options.get('access_token') ?? '';
		const isSecond = token === this.secondToken;
		if (!isSecond && token !== this.token) return FAILURES['token-expired'](exchange);
		const [id = '', resource] = path.split('/');
		if (request.method === 'POST' && resource === 'messages') {
			if (isSecond !== (id === SECOND_PAGE.id)) return FAILURES['token-expired'](exchange);
			return this.#post(exchange, id, token);
		}
		if (id === 'me') {
			const { id: page, name } = isSecond ? SECOND_PAGE : PAGE;
			return sendJson(response, { id: page, name });
		}
		const profile = this.profiles.get(id);
		if (profile) return sendJson(response, { id, ...profile });
		return createError(400, 100, 'No profile available for this user.', 2018218)(exchange);
	}

	#post(exchange: Exchange, page_id: string, token: string): void | Promise<void> {
		const body = exchange.request.json() as {
			recipient: { id: string };
			sender_action?: string;
			message: Pick<AcceptedMessage, 'text' | 'metadata' | 'quick_replies'>;
		};
		const psid = body.recipient.id;
		if (body.sender_action) {
			this.actions.push({ psid, action: body.sender_action });
			return sendJson(exchange.response, { recipient_id: psid });
		}
		const failure = this.#failures.shift();
		if (failure !== undefined && failure !== 'accepted-then-reset')
			return FAILURES[failure](exchange);
		if (body.message.text.length > 2000) {
			return createError(
				400,
				100,
				'(#100) Length of param message[text] must be less than or equal to 2000',
			)(exchange);
		}
		const mid = `m_ours_${this.accepted.length}_${Date.now()}`;
		this.accepted.push({ mid, token, page_id, psid, ...body.message });
		if (failure === 'accepted-then-reset') return reset(exchange.response);
		return sendJson(exchange.response, { recipient_id: psid, message_id: mid });
	}
}

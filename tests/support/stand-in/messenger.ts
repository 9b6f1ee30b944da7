import { type Exchange, type Handler, hang, type Part, reset, send, sendJson } from './exchange.ts';
import { Recorder } from './recorder.ts';

/** A message that Facebook took. */
export interface TakenMessage {
	mid: string;
	/** What it was sent with. */
	token: string;
	page_id: string;
	psid: string;
	text: string;
	metadata?: string;
	quick_replies?: { content_type: string; title: string; payload: string }[];
}

const fault =
	(status: number, code: number, message: string, error_subcode?: number): Handler =>
	({ response }) =>
		sendJson(response, { error: { message, type: 'OAuthException', code, error_subcode } }, status);

/** Bad days of the Graph API, by name; `taken-unheard` takes the message and loses its answer. */
const BAD_DAYS = {
	'token-expired': fault(400, 190, 'Error validating access token: Session has expired', 463),
	'rate-limited': fault(400, 613, 'Calls to this api have exceeded the rate limit'),
	'outside-window': fault(
		400,
		10,
		'(#10) This message is sent outside of allowed window.',
		2018278,
	),
	refused: fault(400, 100, '(#100) Invalid parameter'),
	broken: fault(500, 2, 'Service temporarily unavailable'),
	'not-json': ({ response }) => send(response, 502, 'text/html', '<h1>Bad gateway</h1>'),
	hang,
	reset: ({ response }) => reset(response),
} satisfies Record<string, Handler>;

export type MessengerDay = keyof typeof BAD_DAYS | 'taken-unheard';

/** The page that has the token. */
export const PAGE = { id: '1000200030', name: 'Corner Garage' };
/** Another page, with a token that writes for it alone. */
export const SECOND_PAGE = { id: '5000600070', name: 'Bike Shop', token: 'bike-shop-token' };

/** The Graph API as far as Messenger goes, at `/graph`; plans are for messages alone. */
export class MessengerStandIn implements Part {
	readonly #origin: () => string;
	readonly #planned: MessengerDay[] = [];
	readonly recorder = new Recorder();
	readonly taken: TakenMessage[] = [];
	/** Sender actions, in their order: `typing_on` and the like. */
	readonly actions: { psid: string; action: string }[] = [];
	/** Names by the visitor's id; whoever is not in it has no profile. */
	readonly profiles = new Map<string, { first_name: string; last_name: string }>();
	/** The token of `PAGE`. */
	token = 'page-token';
	/** The token of `SECOND_PAGE`. */
	secondToken = SECOND_PAGE.token;

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** For MESSENGER_API_URL. */
	get url(): string {
		return `${this.#origin()}/graph`;
	}

	/** How the next messages fare, one each; then all is well again. */
	next(...days: MessengerDay[]): void {
		this.#planned.push(...days);
	}

	clear(): void {
		this.recorder.clear();
		this.taken.length = 0;
		this.actions.length = 0;
		this.#planned.length = 0;
	}

	handle(exchange: Exchange, path: string): void | Promise<void> {
		const { request, response, options } = exchange;
		this.recorder.add(request);
		const token = options.get('access_token') ?? '';
		const isSecond = token === this.secondToken;
		if (!isSecond && token !== this.token) return BAD_DAYS['token-expired'](exchange);
		const [id = '', what] = path.split('/');
		if (request.method === 'POST' && what === 'messages') {
			if (isSecond !== (id === SECOND_PAGE.id)) return BAD_DAYS['token-expired'](exchange);
			return this.#post(exchange, id, token);
		}
		if (id === 'me') {
			const { id: page, name } = isSecond ? SECOND_PAGE : PAGE;
			return sendJson(response, { id: page, name });
		}
		const profile = this.profiles.get(id);
		if (profile) return sendJson(response, { id, ...profile });
		return fault(400, 100, 'No profile available for this user.', 2018218)(exchange);
	}

	#post(exchange: Exchange, page_id: string, token: string): void | Promise<void> {
		const asked = exchange.request.json() as {
			recipient: { id: string };
			sender_action?: string;
			message: Pick<TakenMessage, 'text' | 'metadata' | 'quick_replies'>;
		};
		const psid = asked.recipient.id;
		if (asked.sender_action) {
			this.actions.push({ psid, action: asked.sender_action });
			return sendJson(exchange.response, { recipient_id: psid });
		}
		const day = this.#planned.shift();
		if (day !== undefined && day !== 'taken-unheard') return BAD_DAYS[day](exchange);
		if (asked.message.text.length > 2000) {
			return fault(
				400,
				100,
				'(#100) Length of param message[text] must be less than or equal to 2000',
			)(exchange);
		}
		const mid = `m_ours_${this.taken.length}_${Date.now()}`;
		this.taken.push({ mid, token, page_id, psid, ...asked.message });
		if (day === 'taken-unheard') return reset(exchange.response);
		return sendJson(exchange.response, { recipient_id: psid, message_id: mid });
	}
}

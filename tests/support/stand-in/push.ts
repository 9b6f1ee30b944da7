import {
	createECDH,
	createPublicKey,
	randomBytes,
	randomUUID,
	verify,
	type ECDH,
} from 'node:crypto';
import ece from 'http_ece';
import { z } from 'zod';
import { type DeviceInput, pushPayload, type PushPayload } from '#lib/contract/notification.ts';
import { type Exchange, type Handler, hang, type Service, reset, send } from './exchange.ts';
import { Recorder } from './recorder.ts';

/** A message that the service accepted, decrypted as its browser would. */
export interface AcceptedPush {
	/** The subscription that it is for. */
	name: string;
	payload: PushPayload;
	ttl: number;
	urgency: string | undefined;
	topic: string | undefined;
	/** The contact in the sender's token. */
	subject: string;
	vapid_public_key: string;
}

interface Browser {
	ecdh: ECDH;
	auth: string;
}

const answer =
	(status: number, text = ''): Handler =>
	({ response }) =>
		send(response, status, 'text/plain', text);

/** Answers of a push service that accepts nothing. `accepted-then-reset` accepts the message but drops the response. */
const FAILURES = {
	gone: answer(410, 'push subscription has unsubscribed or expired.'),
	unknown: answer(404),
	busy: ({ response }) => {
		response.setHeader('retry-after', '60');
		send(response, 429, 'text/plain', 'Too many requests');
	},
	broken: answer(500),
	refused: answer(403, 'the VAPID credentials do not correspond to the subscription'),
	hang,
	reset: ({ response }) => reset(response),
} satisfies Record<string, Handler>;
export type PushFailure = keyof typeof FAILURES | 'accepted-then-reset';

const MAX_AGE_S = 24 * 3600;
const tokenHeader = z.object({ alg: z.literal('ES256') });
const tokenClaims = z.object({ aud: z.string(), exp: z.number(), sub: z.string() });

/** Stands in for the push services of browsers, at `/push`: checks the sender's token and decrypts what it accepts. */
export class PushStandIn implements Service {
	readonly #origin: () => string;
	readonly #browsers = new Map<string, Browser>();
	readonly #failures: PushFailure[] = [];
	/** All requests, including rejected ones. */
	readonly recorder = new Recorder();
	readonly accepted: AcceptedPush[] = [];

	constructor(origin: () => string) {
		this.#origin = origin;
	}

	/** Creates the subscription of a browser, in the form of `PushSubscription.toJSON()`. */
	subscribe(name: string = randomUUID()): DeviceInput {
		const ecdh = createECDH('prime256v1');
		const p256dh = ecdh.generateKeys().toString('base64url');
		const auth = randomBytes(16).toString('base64url');
		this.#browsers.set(name, { ecdh, auth });
		return { endpoint: `${this.#origin()}/push/${name}`, keys: { p256dh, auth } };
	}

	/** Makes the next requests fail, one each. */
	failNext(...failures: PushFailure[]): void {
		this.#failures.push(...failures);
	}

	/** Forgets all requests, messages and queued failures. */
	clear(): void {
		this.recorder.clear();
		this.accepted.length = 0;
		this.#failures.length = 0;
	}

	handle(exchange: Exchange, name: string): void | Promise<void> {
		const { response } = exchange;
		const browser = this.#browsers.get(name);
		if (!browser) return answer(404)(exchange);
		const failure = this.#failures.shift();
		const isAccepting = failure === undefined || failure === 'accepted-then-reset';
		if (isAccepting) this.accepted.push(this.#accept(exchange, name, browser));
		// Recorded last, so that a test that waits for a request finds its message.
		this.recorder.add(exchange.request);
		if (failure === 'accepted-then-reset') return reset(response);
		return isAccepting ? answer(201)(exchange) : FAILURES[failure](exchange);
	}

	/** Throws when a real push service would refuse the request, or the browser the message. */
	#accept({ request }: Exchange, name: string, { ecdh, auth }: Browser): AcceptedPush {
		const { headers, body } = request;
		if (headers['content-encoding'] !== 'aes128gcm') throw new Error('not aes128gcm');
		const [, token = '', key = ''] =
			/^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(headers.authorization ?? '') ?? [];
		const { aud, exp, sub } = readToken(token, key);
		if (aud !== this.#origin()) throw new Error(`a token for ${aud}`);
		const now = Date.now() / 1000;
		if (exp < now || exp > now + MAX_AGE_S) throw new Error('an expired token');
		const plain = ece.decrypt(body, { version: 'aes128gcm', privateKey: ecdh, authSecret: auth });
		return {
			name,
			payload: pushPayload.parse(JSON.parse(plain.toString('utf8'))),
			ttl: z.coerce.number().int().min(0).parse(headers['ttl']),
			urgency: headers['urgency']?.toString(),
			topic: headers['topic']?.toString(),
			subject: sub,
			vapid_public_key: key,
		};
	}
}

/** Returns the claims of a token that was signed with this public key. */
function readToken(token: string, publicKey: string): z.infer<typeof tokenClaims> {
	const [header = '', claims = '', signature = ''] = token.split('.');
	const point = Buffer.from(publicKey, 'base64url');
	const [x, y] = [point.subarray(1, 33), point.subarray(33, 65)];
	const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') };
	const key = createPublicKey({ key: jwk, format: 'jwk' });
	const isValid = verify(
		'sha256',
		Buffer.from(`${header}.${claims}`),
		{ key, dsaEncoding: 'ieee-p1363' },
		Buffer.from(signature, 'base64url'),
	);
	if (!isValid) throw new Error('a forged token');
	const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
	tokenHeader.parse(read(header));
	return tokenClaims.parse(read(claims));
}

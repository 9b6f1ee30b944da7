import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { AiStandIn } from './ai/ai-stand-in.ts';
import { type Handler, createPause, type Service, type RecordedRequest, send } from './exchange.ts';
import { MailStandIn } from './mail.ts';
import { MessengerStandIn } from './messenger.ts';
import { OpenAiStandIn } from './openai/openai-stand-in.ts';
import { PushStandIn } from './push.ts';
import { Recorder } from './recorder.ts';
import { WebhookStandIn } from './webhooks.ts';

/** Stand-ins for every external service, on one loopback port. */
export interface StandIn {
	/** `http://127.0.0.1:<port>` */
	url: string;
	/** All requests to any service. */
	all: Recorder;
	/** The AI webhook: `/n8n/<mode>`. */
	ai: AiStandIn;
	/** An OpenAI-compatible API: `/openai/<mode>/v1`. */
	openai: OpenAiStandIn;
	/** Receivers of leads and events: `/webhook/<name>`. */
	webhooks: WebhookStandIn;
	/** The mail service: `/resend`. */
	mail: MailStandIn;
	/** Facebook's Graph API: `/graph`. */
	messenger: MessengerStandIn;
	/** The push services of browsers: `/push/<name>`. */
	push: PushStandIn;
	/** Answers one path with a custom handler. */
	route(path: string, handler: Handler): void;
	/** Adds a service at `/<name>`. */
	mount(name: string, service: Service): void;
	/** Returns the number of open connections. */
	connections(): Promise<number>;
	/** Stops listening and ends every connection. */
	close(): Promise<void>;
}

export interface StandInOptions {
	port?: number;
	onRequest?: (request: RecordedRequest) => void;
}

/** Starts the stand-in, by default on a free port. */
export async function startStandIn({ port = 0, onRequest }: StandInOptions = {}): Promise<StandIn> {
	let url = '';
	const all = new Recorder();
	const ai = new AiStandIn(() => url);
	const openai = new OpenAiStandIn(() => url);
	const webhooks = new WebhookStandIn(() => url);
	const mail = new MailStandIn(() => url);
	const messenger = new MessengerStandIn(() => url);
	const push = new PushStandIn(() => url);
	const services = new Map<string, Service>([
		['n8n', ai],
		['openai', openai],
		['webhook', webhooks],
		['resend', mail],
		['graph', messenger],
		['push', push],
	]);
	const routes = new Map<string, Handler>();

	const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
		const disconnected = new AbortController();
		response.once('close', () => disconnected.abort());
		const request = await record(incoming);
		all.add(request);
		onRequest?.(request);
		const { pathname, searchParams: options } = new URL(request.path, url);
		const exchange = {
			request,
			response,
			options,
			signal: disconnected.signal,
			pause: createPause(disconnected.signal),
		};
		const [name = '', ...rest] = pathname.slice(1).split('/');
		const route = routes.get(pathname);
		if (route) return route(exchange);
		const service = services.get(name);
		if (service) return service.handle(exchange, rest.join('/'));
		send(response, 404, 'text/plain', `The stand-in has no ${pathname}`);
	};

	const server = createServer((incoming, response) => {
		answer(incoming, response).catch((error: unknown) => {
			// A caller that disconnects makes pauses and writes throw, which is expected.
			if (!response.destroyed)
				send(response, 500, 'text/plain', `The stand-in failed: ${String(error)}`);
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	});
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('not a TCP port');
	url = `http://127.0.0.1:${address.port}`;

	const close = () =>
		new Promise<void>((resolve) => {
			server.close(() => resolve());
			server.closeAllConnections();
		});
	return {
		url,
		all,
		ai,
		openai,
		webhooks,
		mail,
		messenger,
		push,
		mount: (name, service) => void services.set(name, service),
		route: (path, handler) => void routes.set(path, handler),
		connections: () => promisify(server.getConnections.bind(server))(),
		close,
	};
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
	const body = await buffer(incoming);
	return {
		method: incoming.method ?? '',
		path: incoming.url ?? '/',
		headers: incoming.headers,
		body,
		received_at: new Date(),
		json: (): unknown => JSON.parse(body.toString('utf8')),
	};
}

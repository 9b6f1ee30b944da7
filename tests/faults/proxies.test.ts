import { readFile } from 'node:fs/promises';
import { io } from 'socket.io-client';
import { beforeAll, expect, it } from 'vitest';
import { useBuiltServer } from '../support/built-server.ts';
import { configureNginx, type Proxy, startProxy } from '../support/proxy.ts';
import { ADMIN, API_KEY } from '../support/server-api.ts';
import { AI_MODES, createHeldStream } from '../support/stand-in/index.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { describeWith } from '../support/tools.ts';

const standIn = useStandIn();
const server = useBuiltServer({ TRUST_PROXY: 'loopback' });

/** Reads a proxy's configuration from docs/deploy.md. */
async function readDocumentedConfig(language: string): Promise<string> {
	const text = await readFile('docs/deploy.md', 'utf8');
	const block = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
	if (block === undefined) throw new Error(`docs/deploy.md has no configuration for ${language}`);
	return block;
}

const createApacheConfig = (folder: string, port: number, body: string) => `ServerName localhost
ServerRoot ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
${['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'proxy_wstunnel', 'rewrite', 'headers']
	.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
	.join('\n')}
${body}`;

const DOCUMENTED = {
	nginx: (upstream: string) =>
		startProxy(
			'nginx',
			upstream,
			async (port, host, folder) =>
				configureNginx(
					folder,
					(await readDocumentedConfig('nginx'))
						.replace('listen 443 ssl', `listen 127.0.0.1:${port}`)
						.replaceAll(/\tssl_.*\n/g, '')
						.replace('127.0.0.1:3000', host),
				),
			(file, folder) => ['-c', file, '-p', folder],
		),
	caddy: (upstream: string) =>
		startProxy(
			'caddy',
			upstream,
			async (port, host) =>
				`{\n\tadmin off\n}\n${(await readDocumentedConfig('caddyfile'))
					.replace('chat.example.com', `http://127.0.0.1:${port}`)
					.replace('127.0.0.1:3000', host)}`,
			(file) => ['run', '--config', file, '--adapter', 'caddyfile'],
		),
	haproxy: (upstream: string) =>
		startProxy(
			'haproxy',
			upstream,
			async (port, host) =>
				(await readDocumentedConfig('haproxy'))
					.replace(/bind :443.*/, `bind 127.0.0.1:${port}`)
					.replace('127.0.0.1:3000', host),
			(file) => ['-db', '-f', file],
		),
	apache2: (upstream: string) =>
		startProxy(
			'apache2',
			upstream,
			async (port, host, folder) =>
				createApacheConfig(
					folder,
					port,
					(await readDocumentedConfig('apache'))
						.replace('*:443', `*:${port}`)
						.replaceAll(/\tSSL.*\n/g, '')
						.replaceAll('127.0.0.1:3000', host),
				),
			(file) => ['-X', '-f', file],
		),
};

beforeAll(() =>
	server.call('PATCH', 'sites/default', {
		connector: { type: 'n8n', url: standIn().ai.url('published'), auth_header: null },
	}),
);

/** Signs in like a browser that has opened the proxy's address. */
const signInThrough = (proxy: Proxy) =>
	fetch(`${proxy.url}/login`, {
		method: 'POST',
		redirect: 'manual',
		headers: { origin: proxy.url, 'x-sveltekit-action': 'true', accept: 'application/json' },
		body: new URLSearchParams(ADMIN),
	});

/** Returns the transport that a visitor's socket ends up with. */
async function getTransport(proxy: Proxy, transports: string[]): Promise<string> {
	const socket = io(`${proxy.url}/widget`, {
		transports,
		auth: { site: 'default' },
		forceNew: true,
		reconnection: false,
	});
	await new Promise((resolve, reject) => {
		socket.once('session.started', resolve);
		socket.once('connect_error', reject);
	});
	const { name } = socket.io.engine.transport;
	socket.disconnect();
	return name;
}

/** Expects streamed answers. The AI continues only after its first chunk has arrived, so a buffering proxy never gets the end. */
async function expectStreaming(proxy: Proxy): Promise<void> {
	const stream = createHeldStream();
	// The visitors of `getTransport` are greeted by the same AI.
	standIn().ai.published = (exchange) =>
		(exchange.chat.message === 'Hello' ? stream.answer : AI_MODES.object)(exchange);
	const response = await fetch(`${proxy.url}/api/embed-chat/send-message`, {
		method: 'POST',
		headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
		body: JSON.stringify({ site: 'default', message: 'Hello' }),
	});
	expect(response.status).toBe(200);
	await stream.write('First chunk.');
	const decoder = new TextDecoder();
	let text = '';
	for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
		const hadFirst = text.includes('First chunk.');
		text += decoder.decode(chunk, { stream: true });
		if (!hadFirst && text.includes('First chunk.')) {
			await stream.write(' Second chunk.');
			await stream.end();
		}
	}
	expect(text).toContain('event: done');
	expect(text).toContain('Second chunk.');
}

for (const [name, start] of Object.entries(DOCUMENTED)) {
	describeWith(
		name as keyof typeof DOCUMENTED,
		`${name} with the configuration in docs/deploy.md`,
		() => {
			it('forwards websockets and streams, signs in, and passes on the 413 for large bodies', async () => {
				const proxy = await start(server.url);
				expect(await getTransport(proxy, ['websocket'])).toBe('websocket');
				expect(await getTransport(proxy, ['polling'])).toBe('polling');
				await expectStreaming(proxy);
				const answer = (await (await signInThrough(proxy)).json()) as { type: string };
				expect(answer.type).toBe('redirect');
				const large = await fetch(`${proxy.url}/api/sites`, {
					method: 'POST',
					headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
					body: 'x'.repeat(1_500_000),
				});
				expect(large.status).toBe(413);
				await proxy.stop();
			});
		},
	);
}

// https://github.com/sveltejs/svelte/issues/14761, https://github.com/TechForPalestine/website/pull/445
it('keeps Cloudflare from replacing email addresses in pages and in the widget', async () => {
	for (const path of ['/login', '/forgot-password']) {
		const html = await (await fetch(server.url + path)).text();
		expect(html).toMatch(/<!--email_off-->\s*<div[^]*<\/div>\s*<!--\/email_off-->\s*<\/body>/);
	}
	const frame = await fetch(`${server.url}/embed/default`);
	expect(frame.headers.get('Cache-Control')).toContain('no-transform');
});

describeWith('nginx', 'nginx with nothing but proxy_pass', () => {
	const startBareNginx = (headers = '') =>
		startProxy(
			'nginx',
			server.url,
			async (port, host, folder) =>
				configureNginx(
					folder,
					`server { listen 127.0.0.1:${port}; location / { proxy_pass http://${host}; ${headers} } }`,
				),
			(file, folder) => ['-c', file, '-p', folder],
		);

	it('lets visitors chat over polling, streams answers, and explains the failed sign-in', async () => {
		const proxy = await startBareNginx();
		expect(await getTransport(proxy, ['polling', 'websocket'])).toBe('polling');
		await expectStreaming(proxy);
		const response = await signInThrough(proxy);
		const { type, error } = (await response.json()) as { type: string; error: { message: string } };
		expect(type).toBe('error');
		expect(error.message).toContain(`opened at ${proxy.url}`);
		expect(error.message).toContain('PUBLIC_URL');
		await proxy.stop();
	});

	// Header configurations that people copy from the web:
	// https://github.com/sveltejs/kit/issues/6589, https://github.com/sveltejs/kit/issues/9582,
	// https://github.com/nightscout/nocturne/pull/999, https://github.com/goauthentik/authentik/pull/8947,
	// https://github.com/Dictionarry-Hub/profilarr/issues/927, https://github.com/gornostay25/svelte-adapter-bun/issues/54
	it.each([
		['Host $http_host', 'proxy_set_header Host $http_host;'],
		['a forwarded host', 'proxy_set_header X-Forwarded-Host $http_host;'],
		[
			'malformed forwarded headers',
			`proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For "unknown, , [::1]:80, 1.2.3.4:5";
			proxy_set_header X-Forwarded-Proto "https,http"; proxy_set_header X-Forwarded-Port "abc";
			proxy_set_header X-Forwarded-Host ""; proxy_set_header Forwarded "for=_x;proto=https";`,
		],
	])('signs in with %s', async (_, headers) => {
		const proxy = await startBareNginx(headers);
		const answer = (await (await signInThrough(proxy)).json()) as { type: string };
		expect(answer.type).toBe('redirect');
		await proxy.stop();
	});
});

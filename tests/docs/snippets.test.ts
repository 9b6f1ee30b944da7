import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '#lib/server/core/config.ts';
import { RATE_LIMITS } from '#lib/server/core/rate-limits.ts';
import { createSignatureHeaders, createWebhookSecret } from '#lib/server/delivery/webhooks/send.ts';
import { ingestMessages } from '#lib/server/conversations/messages/index.ts';
import { createSuiteOf } from '../factories/suite.ts';
import { API_KEY } from '../support/server-api.ts';
import { MESSENGER_ENVIRONMENT } from '../support/messenger.ts';
import { useTestServer } from '../support/server.ts';
import { splitCommands, parseCurl, readSnippets, splitCommand } from '../support/snippets.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { sendJson } from '../support/stand-in/exchange.ts';

const DOCUMENTS = [
	'README.md',
	'docs/api.md',
	'docs/improvement-loop.md',
	'docs/messenger.md',
	'docs/n8n.md',
	'docs/privacy.md',
	'docs/webhooks.md',
	'docs/widget.md',
	'docs/wordpress.md',
];
const EXAMPLE = 'https://frontdesk.example.com';

const server = useTestServer({ OUTBOUND_ALLOW_PRIVATE: 'true', ...MESSENGER_ENVIRONMENT });
const standIn = useStandIn();

const snippets = DOCUMENTS.flatMap((path) =>
	readSnippets(path).map((snippet, index) => ({ ...snippet, name: `${path} ${index + 1}` })),
);
const ofKind = (...kinds: string[]) => snippets.filter(({ kind }) => kinds.includes(kind));
const commands = ofKind('sh').flatMap(({ name, text }) =>
	splitCommands(text).map((command) => ({ name, command })),
);

beforeAll(async () => {
	const { messenger } = standIn();
	if (server.app.config.messenger) server.app.config.messenger.apiUrl = messenger.url;
	// The token in docs/messenger.md.
	messenger.secondToken = 'EAAB0page';
	await ingestMessages(server.ctx(), 'session_xyz', [
		{ sender: 'visitor', message: 'Hello' },
		{ sender: 'ai', message: 'Hi!' },
	]);
	// Suite 3 of docs/improvement-loop.md.
	for (let count = 0; count < 3; count += 1) {
		await createSuiteOf(server.ctx(), 'default', { title: 'A greeting', lines: ['Hi'] });
	}
});

it('every block is of a kind that this file tests', () => {
	// tests/wordpress runs the PHP, tests/n8n the code of a workflow.
	const tested = ['sh', 'html', 'js', 'js signature', 'json', 'json answer', 'json response'];
	const known = [...tested, 'text answer', 'text', 'php', 'js workflow', ''];
	expect(snippets.filter(({ kind }) => !known.includes(kind))).toEqual([]);
	expect(commands.length).toBeGreaterThan(10);
});

it.each(commands.filter(({ command }) => command.startsWith('curl ')))(
	'$name: $command',
	async ({ command }) => {
		const local = command.replace(EXAMPLE, server.url);
		expect(local).not.toBe(command);
		const response = await fetch(parseCurl(local, { API_KEY, ...MESSENGER_ENVIRONMENT }));
		expect([response.status, await response.text()]).toEqual([
			expect.toBeOneOf([200, 201, 202]),
			// JSON, or Facebook's challenge.
			expect.stringMatching(/\{|^42$/),
		]);
	},
);

const scripts = z
	.object({ scripts: z.record(z.string(), z.string()) })
	.parse(JSON.parse(readFileSync('package.json', 'utf8'))).scripts;

it.each(commands.filter(({ command }) => !command.startsWith('curl ')))(
	'$name: $command',
	({ command }) => {
		const words = splitCommand(command.replace(/\s#.*$/, ''), {});
		const split = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
		const environment = Object.fromEntries(
			words.slice(0, split).map((word) => {
				const at = word.indexOf('=');
				return [word.slice(0, at), word.slice(at + 1)];
			}),
		);
		expect(Object.keys(environment)).toSatisfy((names: string[]) =>
			names.every((name) => readFileSync('src/lib/server/core/config.ts', 'utf8').includes(name)),
		);
		readConfig({ NODE_ENV: 'test', SECRET_KEY: 'x'.repeat(32), ...environment });
		const [program, verb = '', script = ''] = words.slice(split);
		expect(program).toBe('npm');
		const own = verb === 'run' ? script : verb;
		expect(own === 'ci' || Object.hasOwn(scripts, own)).toBe(true);
	},
);

it.each(ofKind('html'))('$name loads the widget', async ({ text }) => {
	const [src = `${EXAMPLE}/widget.js`] = /(?<=src=")[^"]+/.exec(text) ?? [];
	const { pathname, origin } = new URL(src);
	expect(origin).toBe(EXAMPLE);
	const [, embedded] = /^\/embed\/([\w-]+)$/.exec(pathname) ?? [];
	const key = embedded ?? /data-(?:site|frontdesk)="([\w-]+)"/.exec(text)?.[1];
	if (embedded === undefined) expect(pathname).toBe('/widget.js');
	const config = await fetch(`${server.url}/api/embed-chat/config/${key}`);
	expect(config.status).toBe(200);
});

it.each(ofKind('js'))('$name calls existing methods of the widget', ({ text }) => {
	const window: { Frontdesk?: unknown[][] } = {};
	runInNewContext(text.replaceAll(/^Frontdesk\./gm, 'window.Frontdesk.'), { window, console });
	const methods = window.Frontdesk?.map(([method]) => method) ?? [];
	expect(methods).not.toEqual([]);
	const known = ['open', 'close', 'toggle', 'identify', 'on', 'off', 'remove', 'refresh'];
	expect(methods.filter((method) => !known.includes(String(method)))).toEqual([]);
});

it.each(ofKind('json response'))('$name shows fields of the list of chats', async ({ text }) => {
	const page = z.object({ items: z.array(z.record(z.string(), z.unknown())).min(1) });
	const documented = page.parse(JSON.parse(text));
	const response = await fetch(`${server.url}/api/sessions`, { headers: { 'X-API-Key': API_KEY } });
	const [chat = {}] = page.parse(await response.json()).items;
	const fields = documented.items.flatMap((item) => Object.keys(item));
	expect(Object.keys(chat)).toEqual(expect.arrayContaining(fields));
});

it.each(ofKind('js signature'))('$name accepts only authentic deliveries', async ({ text }) => {
	const { isAuthentic } = z
		.object({
			isAuthentic: z.function({ input: [z.string(), z.string(), z.string()], output: z.boolean() }),
		})
		.parse(await import(`data:text/javascript,${encodeURIComponent(text)}`));
	const secret = createWebhookSecret();
	const delivery = { webhook_id: 'msg_1', body: '{"type":"lead.completed"}', at: new Date() };
	const signature = createSignatureHeaders([secret], delivery)['x-frontdesk-signature'] ?? '';
	expect(isAuthentic(delivery.body, signature, secret)).toBe(true);
	expect(isAuthentic(`${delivery.body} `, signature, secret)).toBe(false);
	expect(isAuthentic(delivery.body, 'sha256=', secret)).toBe(false);
});

it('docs/api.md names the rate limits of the API', () => {
	const guide = readFileSync('docs/api.md', 'utf8');
	const { api, failed_authentication } = RATE_LIMITS;
	expect([api.seconds, failed_authentication.seconds]).toEqual([60, 60]);
	expect(guide).toContain(`${api.points.toLocaleString('en')} requests per minute`);
	expect(guide).toContain(`${failed_authentication.points} per minute`);
});

it.each(ofKind('json'))('$name matches the request to n8n', async ({ text }) => {
	const documented: unknown = JSON.parse(text);
	const asked: unknown[] = [];
	standIn().route('/asked', ({ request, response }) => {
		asked.push(request.json());
		sendJson(response, { reply: 'Hello' });
	});
	await ask('/asked', 'We need a new roof');
	const keys = z.record(z.string(), z.unknown());
	expect(Object.keys(keys.parse(asked.at(-1))).sort()).toEqual(
		Object.keys(keys.parse(documented)).sort(),
	);
	expect(asked.at(-1)).toMatchObject({ action: 'message', chatInput: 'We need a new roof' });
});

describe('answers from a workflow', () => {
	it.each(ofKind('json answer', 'text answer'))('$name is understood', async ({ kind, text }) => {
		standIn().route('/answer', ({ response }) => {
			response.writeHead(200, {
				'Content-Type': kind === 'json answer' ? 'application/json' : 'text/html',
			});
			response.end(text);
		});
		const result = await ask('/answer', 'I am Ada');
		expect(result).toMatchObject({ response: 'Thank you, Ada!', fallback: false });
		const completes = /completed\W+true/.test(text);
		expect(result['completion_status']).toBe(completes ? 'complete' : 'in_progress');
	});
});

/** Sends a message to the AI at this path of the stand-in. Returns the response. */
async function ask(path: string, message: string): Promise<Record<string, unknown>> {
	const send = async (method: string, to: string, body: unknown) => {
		const response = await fetch(server.url + to, {
			method,
			headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		});
		expect(response.ok).toBe(true);
		return z.record(z.string(), z.unknown()).parse(await response.json());
	};
	const connector = { type: 'n8n', url: standIn().url + path, auth_header: null };
	await send('PATCH', '/api/sites/default', { connector });
	return send('POST', '/api/embed-chat/send-message', { site: 'default', message });
}

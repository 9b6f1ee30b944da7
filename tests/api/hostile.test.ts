// @module-tag thorough
import { afterAll, beforeAll, expect, it } from 'vitest';
import { getWidgetConfig } from '#lib/server/embed/index.ts';
import { getTranscript } from '#lib/server/conversations/transcripts/index.ts';
import { createChat } from '../factories/chat.ts';
import { useTestApi } from '../support/api.ts';

const { t, call } = useTestApi({ RATE_LIMIT: 'off' });

const nest = (open: string, close: string, depth = 80_000) =>
	open.repeat(depth) + close.repeat(depth);
const createBody = (value: string) =>
	`{"site":${value},"session_id":${value},"token":${value},"message":${value},"sender":${value},"context":${value},` +
	`"client_message_id":${value},"archive_status":${value},"qa_status":${value},"notes":${value},"ids":${value},` +
	`"workflow":${value},"execution":${value},"trigger":${value},"body":${value},"resolved":${value},"name":${value}}`;

/** Hostile bodies that are valid JSON. */
const BODIES = [
	nest('[', ']'),
	nest('{"a":', '}').replace(':}', ':1}'),
	nest('{"body":', '}').replace(':}', ':1}'),
	nest('{"context":', '}').replace(':}', ':1}'),
	'{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"site":"default","message":"a"}',
	'{"workflow":{"__proto__":{"name":"a"}},"execution":{"__proto__":{"error":"b"}}}',
	...[
		'"\\u0000"',
		'"\\ud800"',
		'"\\udc00\\ud800"',
		'"\\u202e"',
		'1e999',
		'-0',
		'123456789012345678901234567890',
		'""',
		'{}',
		'[]',
		'null',
		'true',
		`"${'😀'.repeat(4000)}"`,
		`"${'x'.repeat(40_000)}"`,
		'["a",["b"]]',
		'{"toString":1,"valueOf":1,"then":1,"length":1}',
	].map(createBody),
	`{${Array.from({ length: 50_000 }, (_, index) => `"k${index}":1`).join(',')}}`,
	`[${Array.from({ length: 50_000 }, () => '{}').join(',')}]`,
];

const TARGETS: [method: string, path: string][] = [
	['POST', '/api/embed-chat/sessions'],
	['POST', '/api/embed-chat/send-message'],
	['PATCH', '/api/sessions/1'],
	['POST', '/api/sessions/1/messages'],
	['POST', '/api/sessions/session_hostile/messages'],
	['PUT', '/api/sessions/1/lead'],
	['POST', '/api/sessions/1/qa'],
	['POST', '/api/deliveries/replay'],
	['POST', '/api/errors'],
	['PATCH', '/api/errors/1'],
	['POST', '/api/sync-completion-status'],
];

beforeAll(async () => {
	t.app.turns.start();
	await createChat(t.ctx());
});
afterAll(() => t.app.turns.drain(0));

it.each(TARGETS)('%s %s never answers a hostile body with a server error', async (method, path) => {
	for (const raw of BODIES) {
		const response = await call(method, path, {
			raw,
			headers: { 'Content-Type': 'application/json' },
		});
		expect([response.status, raw.slice(0, 100)]).toEqual([
			expect.toBeOneOf([200, 201, 400, 401, 403, 404, 409, 413, 422]),
			raw.slice(0, 100),
		]);
	}
	expect({}).not.toHaveProperty('isAdmin');
});

it.each([
	'/api/sessions',
	'/api/leads',
	'/api/leads.csv',
	'/api/sessions.csv',
	'/api/deliveries',
	'/api/errors',
	'/api/embed-chat/history',
])('GET %s never answers a hostile query with a server error', async (path) => {
	const names = [
		'site',
		'q',
		'cursor',
		'limit',
		'from',
		'to',
		'assignee',
		'workflow',
		'status',
		'session_id',
		'after',
		'__proto__',
		'a[b]',
	];
	const values = [
		'%00',
		'%',
		'%ff%fe',
		'%ED%A0%80',
		'%F0%9F%98%80',
		'1e309',
		'-1',
		'NaN',
		'__proto__',
		'%27%22%3B--',
		'x'.repeat(5000),
		'a&b=c',
		'2026-11-23T00:00:00Z',
		'9007199254740993',
		'-%22a+b%22',
		'a+or+-%22b+c%22',
		'-a-b',
		'it%27s',
		'%5C%27',
	];
	for (const name of names) {
		for (const value of values) {
			const { status } = await call('GET', `${path}?${name}=${value}`);
			expect([status, name, value]).toEqual([expect.toBeOneOf([200, 422]), name, value]);
		}
	}
});

it.each(['\0', 'a\0', '\ud800', '__proto__', '', 'x'.repeat(10_000)])(
	'the id %j belongs to no chat session and no site',
	async (id) => {
		const missing = { code: 'not_found' };
		await expect(getTranscript(t.ctx(), id)).rejects.toMatchObject(missing);
		await expect(getWidgetConfig(t.ctx(), id)).rejects.toMatchObject(missing);
	},
);

it('malformed headers are 401, never a server error', async () => {
	const malformed: Record<string, string>[] = [
		{ Authorization: 'Bearer' },
		{ Authorization: `Bearer ${'x'.repeat(8000)}` },
		{ Authorization: 'Basic ####' },
		{ 'X-API-Key': 'ÿþ' },
		{ Cookie: 'frontdesk_session=%ff; =;;; a=b=c' },
		{ Origin: 'not an origin' },
		{ 'X-Forwarded-For': ',,,' },
		{ 'Content-Type': 'application/json; charset' },
		{ Accept: 'text/event-stream;q=x' },
	];
	for (const headers of malformed) {
		const { status } = await call('POST', '/api/sync-completion-status', { key: null, headers });
		expect([status, headers]).toEqual([401, headers]);
	}
});

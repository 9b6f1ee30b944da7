// @module-tag thorough
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const TABLE = 'src/lib/contract/events.ts';
const ENTRY = `
	'probe.sent': defineEvent(sessionPayload({ tag: z.string() }), {
		agents: 'team',
		audit: 'probed a chat with {target}',
		activity: ['note', ({ detail }) => \`probed with \${String(detail['tag'])}\`],
		webhooks: { 'probe.sent': { label: 'Probe', hint: 'A chat was probed.', key: ({ tag }) => tag } },
	}),
`;

/** Uses the new event as the server and the dashboard do. */
const PROBE = `
import { type AppEvent, agentEvents, webhookLabels, widgetEvents } from '#lib/contract/all-events.ts';
import { z } from 'zod';
import { defineEvent } from '#lib/contract/define-event.ts';
import { auditEntry, describeActivity } from '#lib/contract/audit-entry.ts';
import { delivery } from '#lib/contract/delivery.ts';
import { listActivity } from '#lib/client/chat/activity.ts';
import { EventBus } from '#lib/server/core/events.ts';
import { routeEvent } from '#lib/server/realtime/broadcast.ts';
import { ACTIONS, describeAction } from './src/routes/(dashboard)/settings/audit-log/labels.ts';

const payload = { session_id: 'session_1', tag: 'vip' };
const event: AppEvent = { name: 'probe.sent', payload };
// @ts-expect-error the payload has the wrong type
const wrong: AppEvent = { name: 'probe.sent', payload: { session_id: 'session_1', tag: 1 } };
// @ts-expect-error the payload has no session_id to find the watchers by
defineEvent(z.object({ tag: z.string() }), { agents: 'watchers' });
// @ts-expect-error the payload has no user_id
defineEvent(z.object({ tag: z.string() }), { agents: 'user' });
// @ts-expect-error the payload has no session_id
defineEvent(z.object({ tag: z.string() }), { visitor: 'session' });
const published: AppEvent[] = [];
const bus = new EventBus<object>();
const recorded: string[] = [];
bus.onRecorded('probe.sent', async (_, { tag }) => void recorded.push(tag));
bus.onPublished((event) => published.push(event));
await bus.runRecorders({}, event);
bus.publish(event);
const entry = auditEntry.parse({
	id: 1,
	action: 'probe.sent',
	actor: { type: 'user', id: 1, name: 'Ada' },
	session_id: 'session_1',
	target: { type: 'tag', id: '1', name: 'vip' },
	detail: { tag: 'vip' },
	activity: describeActivity('probe.sent', { actor: { name: 'Ada' }, detail: { tag: 'vip' } }),
	created_at: '2026-11-23T10:00:00.000Z',
});
const chat = { session: { created_at: '2026-11-23T09:00:00.000Z', agent: null }, reviews: [], deliveries: [] };
const activity = listActivity({ ...chat, entries: [entry] } as unknown as Parameters<typeof listActivity>[0]);
console.log(JSON.stringify({
	recorded,
	published: published.length + Number(wrong === event),
	routed: routeEvent(event),
	received: agentEvents['probe.sent'].parse(payload),
	isForVisitors: 'probe.sent' in widgetEvents,
	action: describeAction(entry),
	label: ACTIONS.find(({ value }) => value === 'probe.sent')?.label,
	activity: activity[0]?.text,
	webhook: delivery.shape.event.parse('probe.sent'),
	webhookLabel: webhookLabels['probe.sent'],
}));
`;

const TSCONFIG = {
	files: ['probe.ts'],
	compilerOptions: {
		module: 'esnext',
		moduleResolution: 'bundler',
		target: 'esnext',
		lib: ['esnext', 'dom', 'dom.iterable'],
		types: ['node'],
		strict: true,
		noUncheckedIndexedAccess: true,
		allowImportingTsExtensions: true,
		skipLibCheck: true,
	},
};

let folder = '';
beforeAll(() => {
	folder = mkdtempSync(path.join(tmpdir(), 'frontdesk-event-'));
	cpSync('src', path.join(folder, 'src'), { recursive: true });
	cpSync('package.json', path.join(folder, 'package.json'));
	symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
	const table = readFileSync(TABLE, 'utf8');
	const start = 'export const events = {\n';
	expect(table).toContain(start);
	writeFileSync(path.join(folder, TABLE), table.replace(start, start + ENTRY));
	writeFileSync(path.join(folder, 'probe.ts'), PROBE);
	writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('types a new event everywhere from its one entry in the table', () => {
	const { stdout } = spawnSync(
		process.execPath,
		['node_modules/@typescript/native/bin/tsc', '--noEmit', '--pretty', 'false'],
		{ cwd: folder, encoding: 'utf8' },
	);
	expect(stdout).toBe('');
});

it('routes, audits, describes and delivers a new event from its one entry in the table', () => {
	const printed = execFileSync(process.execPath, ['probe.ts'], { cwd: folder, encoding: 'utf8' });
	expect(JSON.parse(printed)).toEqual({
		recorded: ['vip'],
		published: 1,
		routed: [
			{
				namespace: '/agents',
				room: 'team',
				name: 'probe.sent',
				payload: { session_id: 'session_1', tag: 'vip' },
			},
		],
		received: { session_id: 'session_1', tag: 'vip' },
		isForVisitors: false,
		action: { text: 'probed a chat with', target: 'vip' },
		label: 'Probed a chat with',
		activity: 'Ada probed with vip',
		webhook: 'probe.sent',
		webhookLabel: 'Probe',
	});
});

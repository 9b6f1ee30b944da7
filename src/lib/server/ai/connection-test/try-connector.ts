import { randomUUID } from 'node:crypto';
import {
	connectorInput,
	type ConnectorInput,
	type ConnectorTrial,
} from '#lib/contract/connector.ts';
import type { Message } from '#lib/contract/message.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import {
	CONNECTION_TEST_MESSAGE,
	connectionTestId,
} from '#lib/server/conversations/messages/unchecked.ts';
import type { Outbound } from '#lib/server/core/outbound/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import { getSite, sealConnector, type SiteRow } from '#lib/server/sites/unchecked.ts';
import { connectorOf } from '../connectors/choose-connector.ts';
import { ConnectorError, type Conversation, type TurnTrace } from '../connectors/connector.ts';
import { Recorder } from './recorder.ts';
import { reportAnswer, reportFailure } from './report.ts';

/** A person waits for it. */
const TIMEOUTS = { firstByte: 30_000, idle: 20_000, total: 60_000 };

/**
 * Asks for the greeting and then for the answer to one message, with settings that need not be saved, and says what
 * came back and what to do. Creates no chat session; the calls are marked as a test. Admins only. Throws NotFound,
 * Invalid.
 */
export async function tryConnector(
	ctx: Ctx,
	key: string,
	input: ConnectorInput,
): Promise<ConnectorTrial> {
	requireAdmin(ctx);
	const site = await getSite(ctx, { key });
	const settings = sealConnector(ctx, parse(connectorInput, input), site.connector);
	await audit(ctx, {
		action: 'connector.tested',
		target: { type: 'site', id: site.key, name: site.name },
		detail: { connector: settings.type },
	});
	const session_id = connectionTestId();
	const greeting = await tryTurn(ctx, settings, startOf(site, session_id));
	if (!greeting.is_ok) return { ...greeting, step: 'start', answer: null, warning: null };
	const answered = await tryTurn(ctx, settings, messageOf(site, session_id, greeting.reply ?? ''));
	if (!answered.is_ok) return { ...answered, step: 'message', answer: null, warning: null };
	const isRepeated = answered.reply === greeting.reply;
	return {
		...greeting,
		step: 'start',
		answer: answered.reply,
		warning: isRepeated ? REPEATED_GREETING : null,
	};
}

const REPEATED_GREETING =
	'The AI answered the test message with the same words as its greeting. If visitors always get this text, the workflow ignores their messages: open its last execution in n8n and check that each node ran without an error.';

async function tryTurn(
	ctx: Ctx,
	settings: ConnectorSettings,
	conversation: Conversation,
): Promise<ConnectorTrial> {
	const recorder = new Recorder();
	const trace: TurnTrace = { retries: 0 };
	try {
		const way = { outbound: recorder.watch(ctx.app.outbound), timeouts: TIMEOUTS };
		const answer = connectorOf(ctx.app, settings, way)(conversation, trace);
		let next = await answer.next();
		while (!next.done) next = await answer.next();
		return reportAnswer(ctx.app, next.value, { settings, recorder, trace });
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		const has_chat_path =
			error.outcome === 'not_registered' && (await isChatTrigger(ctx.app.outbound, settings));
		return reportFailure(ctx.app, error, { settings, recorder, trace, has_chat_path });
	}
}

/**
 * Whether the URL is that of a Chat Trigger without its `/chat`. Asks with a method that no trigger takes, so that
 * nothing runs: n8n then names the methods that it does take.
 */
async function isChatTrigger(outbound: Outbound, settings: ConnectorSettings): Promise<boolean> {
	if (settings.type !== 'n8n' || !/\/webhook\/[^/?#]+\/?$/.test(settings.url)) return false;
	try {
		const response = await outbound.request({
			url: `${settings.url.replace(/\/$/, '')}/chat`,
			method: 'PUT',
			timeouts: { firstByte: 5_000, idle: 5_000, total: 5_000 },
			maxBytes: 64 * 1024,
		});
		return (await response.text()).includes('Did you mean to make a');
	} catch {
		return false;
	}
}

const startOf = (site: SiteRow, session_id: string): Conversation => ({
	session_id,
	turn_id: randomUUID(),
	action: 'start',
	is_test: true,
	message: '',
	message_id: null,
	site: {
		key: site.key,
		name: site.name,
		completion_phrase: site.completion_phrases[0] ?? 'within 24 hours',
		questions: site.questions,
	},
	context: {},
	lead: () => Promise.resolve({}),
	history: () => Promise.resolve([]),
	signal: new AbortController().signal,
});

const messageOf = (site: SiteRow, session_id: string, greeting: string): Conversation => ({
	...startOf(site, session_id),
	action: 'message',
	message: CONNECTION_TEST_MESSAGE,
	message_id: 2,
	history: () =>
		Promise.resolve([
			{ ...unsaved(1, session_id), sender: 'ai', message: greeting },
			{ ...unsaved(2, session_id), sender: 'visitor', message: CONNECTION_TEST_MESSAGE },
		]),
});

const unsaved = (id: number, session_id: string): Omit<Message, 'sender' | 'message'> => ({
	id,
	session_id,
	timestamp: new Date().toISOString(),
	author: null,
	client_message_id: null,
	external_id: null,
	is_fallback: false,
	quick_replies: [],
});

import { randomUUID } from 'node:crypto';
import { connectorInput, type ConnectorInput, type CallReport } from '#lib/contract/connector.ts';
import type { Message } from '#lib/contract/message.ts';
import { audit } from '#lib/server/team/audit/unchecked.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import {
	CONNECTION_TEST_MESSAGE,
	createConnectionTestId,
} from '#lib/server/conversations/messages/unchecked.ts';
import type { Outbound } from '#lib/server/core/outbound/index.ts';
import { parse } from '#lib/server/core/parse.ts';
import {
	getSite,
	sealConnector,
	type SiteRow,
	getVisitorLanguage,
} from '#lib/server/sites/unchecked.ts';
import { findLastChallenger } from '../challengers/unchecked.ts';
import { createConnector } from '../connectors/choose-connector.ts';
import {
	toConversationSite,
	ConnectorError,
	type Conversation,
	type TurnTrace,
} from '../connectors/connector.ts';
import { CallRecorder, reportAnswer, reportFailure } from './call-report.ts';

/** Time limits in milliseconds, shorter than those of a turn, because an admin is waiting for the result. */
const TIMEOUTS = { firstByte: 30_000, idle: 20_000, total: 60_000 };

/**
 * Tests a site's AI with settings that may be unsaved: requests the greeting, then the answer to one message. Returns the
 * report of the first call that failed, or of the greeting if both succeed. Creates no chat session; the calls are marked as a
 * test. Omitted secrets default to the stored ones of the site's AI or its challenger. Admins only. Throws `not_found`, `invalid`.
 */
export async function testConnection(
	ctx: Ctx,
	key: string,
	input: ConnectorInput,
	{ isChallenger = false } = {},
): Promise<CallReport> {
	requireAdmin(ctx);
	const site = await getSite(ctx, { key });
	const challenger = isChallenger ? await findLastChallenger(ctx, site.id) : undefined;
	const storedSettings = challenger?.connector ?? site.connector;
	const settings = sealConnector(ctx, parse(connectorInput, input), storedSettings);
	await audit(ctx, {
		action: 'connector.tested',
		target: { type: 'site', id: site.key, name: site.name },
		detail: { connector: settings.type, ...(isChallenger && { is_challenger: true }) },
	});
	const session_id = createConnectionTestId();
	const greeting = await callOnce(ctx, settings, createGreetingRequest(site, session_id));
	if (!greeting.is_ok) return { ...greeting, step: 'start', answer: null, warning: null };
	const conversation = createMessageRequest(site, session_id, greeting.reply ?? '');
	const answer = await callOnce(ctx, settings, conversation);
	if (!answer.is_ok) return { ...answer, step: 'message', answer: null, warning: null };
	const isRepeated = answer.reply === greeting.reply;
	return {
		...greeting,
		step: 'start',
		answer: answer.reply,
		warning: isRepeated ? REPEATED_GREETING : null,
	};
}

const REPEATED_GREETING =
	'The AI answered the test message with the same words as its greeting. If visitors always get this text, the workflow ignores their messages: open its last execution in n8n and check that each node ran without an error.';

/**
 * Makes one test call with a site's stored settings and returns whether it succeeded. Requests a greeting only
 * if the AI writes the site's greetings. Doesn't check permissions.
 */
export async function probeAi(ctx: Ctx, site: SiteRow): Promise<boolean> {
	const session_id = createConnectionTestId();
	const conversation =
		site.greeting === null
			? createGreetingRequest(site, session_id)
			: createMessageRequest(site, session_id, site.greeting);
	return (await callOnce(ctx, site.connector, conversation)).is_ok;
}

async function callOnce(
	ctx: Ctx,
	settings: ConnectorSettings,
	conversation: Conversation,
): Promise<CallReport> {
	const recorder = new CallRecorder();
	const trace: TurnTrace = { retries: 0 };
	try {
		const options = { outbound: recorder.wrap(ctx.app.outbound), timeouts: TIMEOUTS };
		const answer = createConnector(ctx.app, settings, options)(conversation, trace);
		let next = await answer.next();
		while (!next.done) next = await answer.next();
		return reportAnswer(ctx.app, next.value, { settings, recorder, trace });
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		const lacks_chat_path =
			error.outcome === 'not_registered' &&
			(await isChatUrlWithoutPath(ctx.app.outbound, settings));
		return reportFailure(ctx.app, error, { settings, recorder, trace, lacks_chat_path });
	}
}

/**
 * Returns whether the URL belongs to a Chat Trigger but lacks the `/chat` suffix. Sends PUT, which Chat Triggers don't accept,
 * so that no workflow runs: if the webhook exists, n8n's error suggests another method.
 */
async function isChatUrlWithoutPath(
	outbound: Outbound,
	settings: ConnectorSettings,
): Promise<boolean> {
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

const createGreetingRequest = (site: SiteRow, session_id: string): Conversation => ({
	session_id,
	turn_id: randomUUID(),
	action: 'start',
	channel: 'test',
	is_test: true,
	message: '',
	message_id: null,
	site: toConversationSite(site),
	context: {},
	language: getVisitorLanguage(site.look.language, {}),
	lead: {},
	history: [],
	handoff_missed: false,
	business_hours_open: true,
	completion_claimed: false,
	loadTranscript: () => Promise.resolve([]),
	signal: new AbortController().signal,
});

function createMessageRequest(site: SiteRow, session_id: string, greeting: string): Conversation {
	const timestamp = new Date().toISOString();
	return {
		...createGreetingRequest(site, session_id),
		action: 'message',
		message: CONNECTION_TEST_MESSAGE,
		message_id: 2,
		history: [{ id: 1, sender: 'ai', message: greeting, timestamp }],
		loadTranscript: () =>
			Promise.resolve([
				{ ...createMessageDefaults(1, session_id, timestamp), sender: 'ai', message: greeting },
				{
					...createMessageDefaults(2, session_id, timestamp),
					sender: 'visitor',
					message: CONNECTION_TEST_MESSAGE,
				},
			]),
	};
}

const createMessageDefaults = (
	id: number,
	session_id: string,
	timestamp: string,
): Omit<Message, 'sender' | 'message'> => ({
	id,
	session_id,
	timestamp,
	author: null,
	client_message_id: null,
	external_id: null,
	is_fallback: false,
	quick_replies: [],
});

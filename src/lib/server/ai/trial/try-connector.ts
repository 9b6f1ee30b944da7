import { randomUUID } from 'node:crypto';
import { cleanText } from '$lib/contract/text';
import { connectorInput, type ConnectorInput, type ConnectorTrial } from '$lib/contract/connector';
import { requireAdmin } from '../../auth/permissions';
import type { Ctx } from '../../context';
import { parse } from '../../parse';
import type { ConnectorSettings } from '../../db/schema';
import { getSite, sealConnector, type SiteRow } from '../../sites';
import { connectorOf } from '../choose-connector';
import { ConnectorError, type Conversation, type Outcome, type TurnTrace } from '../connector';
import { faultOf } from './fault';
import { Recorder } from './recorder';
import { remedyOf } from './remedies';

/** A person waits for it. */
const TIMEOUTS = { firstByte: 30_000, idle: 20_000, total: 60_000 };
/** A shorter text is a word that an answer may have anyway. */
const LONG_ENOUGH_TO_HIDE = 4;

/**
 * Runs one real start turn against settings that need not be saved, and says what came back and what to do; makes no
 * chat session. Admins only. Throws NotFound, Invalid.
 */
export async function tryConnector(
	ctx: Ctx,
	key: string,
	input: ConnectorInput,
): Promise<ConnectorTrial> {
	requireAdmin(ctx);
	const site = await getSite(ctx, { key });
	const settings = sealConnector(ctx, parse(connectorInput, input), site.connector);
	const recorder = new Recorder();
	const trace: TurnTrace = { retries: 0 };
	try {
		const way = { outbound: recorder.watch(ctx.app.outbound), timeouts: TIMEOUTS };
		const answer = connectorOf(ctx.app, settings, way)(startOf(site), trace);
		let next = await answer.next();
		while (!next.done) next = await answer.next();
		return withoutSecret(ctx, settings, succeeded(next.value, recorder, trace));
	} catch (error) {
		return withoutSecret(ctx, settings, failed(error, settings, recorder, trace));
	}
}

/** A workflow may send back the headers that it got. */
function withoutSecret(ctx: Ctx, settings: ConnectorSettings, trial: ConnectorTrial) {
	const sealed =
		settings.type === 'n8n'
			? settings.auth_header?.sealed_value
			: settings.type === 'openai' && settings.sealed_api_key;
	const secret = sealed ? ctx.app.secrets.open(sealed) : '';
	if (secret.length < LONG_ENOUGH_TO_HIDE) return trial;
	const hide = (text: string | null) => text?.replaceAll(secret, '••••••') ?? null;
	const { raw, reply, detail } = trial;
	return { ...trial, raw: hide(raw), reply: hide(reply), detail: hide(detail) };
}

const startOf = (site: SiteRow): Conversation => ({
	session_id: `session_trial_${randomUUID()}`,
	turn_id: randomUUID(),
	action: 'start',
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

function succeeded(outcome: Outcome, recorder: Recorder, trace: TurnTrace): ConnectorTrial {
	return {
		...seen(recorder, trace),
		is_ok: true,
		fault: null,
		title: 'The AI answered',
		remedy: null,
		detail: null,
		reply: cleanText(outcome.text),
		completed: outcome.completed ?? false,
		lead: outcome.lead ?? {},
		quick_replies: outcome.quick_replies ?? [],
	};
}

function failed(
	met: unknown,
	settings: ConnectorSettings,
	recorder: Recorder,
	trace: TurnTrace,
): ConnectorTrial {
	if (!(met instanceof ConnectorError)) throw met;
	const url = 'url' in settings ? settings.url : '';
	const { status, headers, raw } = recorder;
	const fault = faultOf({ error: met, url, status, headers, raw: raw ?? '' });
	const [title, remedy] = remedyOf(fault, settings.type);
	return {
		...seen(recorder, trace),
		is_ok: false,
		fault,
		title,
		remedy,
		detail: met.message,
		reply: met.partial || null,
		completed: false,
		lead: {},
		quick_replies: [],
	};
}

const seen = (recorder: Recorder, trace: TurnTrace) => ({
	http_status: trace.http_status ?? recorder.status,
	content_type: recorder.headers?.get('content-type') ?? null,
	first_byte_ms: recorder.first_byte_ms,
	total_ms: recorder.elapsed_ms,
	shape: trace.shape ?? null,
	execution_id: trace.execution_id ?? null,
	raw: recorder.raw,
	is_raw_cut: recorder.is_cut,
	request: recorder.request,
});

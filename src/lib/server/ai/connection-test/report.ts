import type { ConnectorTrial } from '#lib/contract/connector.ts';
import { cleanText } from '#lib/contract/text.ts';
import type { App } from '#lib/server/core/context.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import { type ConnectorError, type Outcome, type TurnTrace } from '../connectors/connector.ts';
import { faultOf } from './fault.ts';
import type { Recorder } from './recorder.ts';
import { remedyOf } from './remedies.ts';

/** A shorter text is a word that an answer may have anyway. */
const LONG_ENOUGH_TO_HIDE = 4;

/** What was seen of one turn: on the wire, and what it came to. */
interface Seen {
	settings: ConnectorSettings;
	recorder: Recorder;
	trace: TurnTrace;
	/** The URL works with `/chat` behind it. */
	has_chat_path?: boolean;
}

/** What a turn that was answered came to, in words for people; nothing of it is secret. */
export const reportAnswer = (app: App, outcome: Outcome, seen: Seen): ConnectorTrial =>
	withoutSecret(app, seen.settings, {
		...wire(seen),
		is_ok: true,
		fault: null,
		title: 'The AI answered',
		remedy: null,
		detail: null,
		reply: cleanText(outcome.text),
		completed: outcome.completed ?? false,
		lead: outcome.lead ?? {},
		quick_replies: outcome.quick_replies ?? [],
	});

/** The same of a turn that failed, with the fault and its remedy. */
export function reportFailure(app: App, error: ConnectorError, seen: Seen): ConnectorTrial {
	const { settings, recorder } = seen;
	const url = 'url' in settings ? settings.url : '';
	const { status, headers, raw } = recorder;
	const fault = seen.has_chat_path
		? 'chat_path_missing'
		: faultOf({ error, url, status, headers, raw: raw ?? '' });
	const [title, remedy] = remedyOf(fault, settings.type);
	return withoutSecret(app, settings, {
		...wire(seen),
		is_ok: false,
		fault,
		title,
		remedy,
		detail: cleanText(error.message),
		reply: cleanText(error.partial) || null,
		completed: false,
		lead: {},
		quick_replies: [],
	});
}

const wire = ({ recorder, trace }: Seen) => ({
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

/** A workflow may send back the headers that it got, in any part of its answer. */
function withoutSecret(
	{ secrets }: App,
	settings: ConnectorSettings,
	trial: ConnectorTrial,
): ConnectorTrial {
	const sealed =
		settings.type === 'n8n'
			? settings.auth_header?.sealed_value
			: settings.type === 'openai' && settings.sealed_api_key;
	const secret = sealed ? secrets.open(sealed) : '';
	if (secret.length < LONG_ENOUGH_TO_HIDE) return trial;
	// Our own words stay as they are, whatever the secret is.
	const { fault, title, remedy, ...heard } = trial;
	const hidden = Object.entries(heard).map(([key, value]) => [key, hide(value, secret)]);
	return { ...(Object.fromEntries(hidden) as typeof heard), fault, title, remedy };
}

function hide(value: unknown, secret: string): unknown {
	if (typeof value === 'string') return value.replaceAll(secret, '••••••');
	if (Array.isArray(value)) return value.map((item) => hide(item, secret));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [String(hide(key, secret)), hide(item, secret)]),
	);
}

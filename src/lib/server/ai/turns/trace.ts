import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { callReport, type CallReport } from '#lib/contract/connector.ts';
import { truncateText } from '#lib/contract/text.ts';
import { turnTraceQuery, type TurnTraceView } from '#lib/contract/turn.ts';
import type { App, Ctx } from '#lib/server/core/context.ts';
import { notFound } from '#lib/server/core/errors.ts';
import { parse } from '#lib/server/core/parse.ts';
import { requireTeam } from '#lib/server/core/permissions.ts';
import { maskSecrets } from '#lib/server/quality/automation-errors/unchecked.ts';
import { CallRecorder, maskSecretInBody } from '../connection-test/call-report.ts';
import { presentTurn, selectTurns, turnRowSchema } from './list-turns.ts';
import type { StoredTrace, Turn } from './turn.ts';

/** The maximum stored size of a request or response; the rest is truncated. */
export const MAX_TRACE_BYTES = 32 * 1024;

/** Creates the recorder for a turn's call; `undefined` if the site keeps no traces, or if the built-in AI answers, which makes no call. */
export function createTraceRecorder({ site, connector }: Turn): CallRecorder | undefined {
	const shouldTrace = connector !== 'scripted' && site.trace_days > 0;
	return shouldTrace ? new CallRecorder(MAX_TRACE_BYTES) : undefined;
}

/** Returns the trace of a recorded call, without secrets; undefined if no call was made, as for a fixed greeting. */
export function toTrace(app: App, turn: Turn, recorder: CallRecorder): StoredTrace | undefined {
	const { request, raw, headers, first_byte_ms, elapsed_ms } = recorder;
	if (request === null) return undefined;
	const maskAndTruncate = (text: string, isTruncated: boolean) => {
		const masked = maskSecrets(maskSecretInBody(app, turn.site.connector, text, isTruncated));
		return truncateToMaxBytes(masked);
	};
	return {
		request: maskAndTruncate(request, false),
		response: raw === null ? null : maskAndTruncate(raw, recorder.is_cut),
		request_bytes: Buffer.byteLength(request),
		response_bytes: recorder.byte_length,
		content_type: headers?.get('content-type') ?? null,
		queued_ms: turn.queued_ms ?? null,
		first_byte_ms,
		total_ms: elapsed_ms,
	};
}

/** Truncates a text to `MAX_TRACE_BYTES` without splitting a character. */
function truncateToMaxBytes(text: string): string {
	if (Buffer.byteLength(text) <= MAX_TRACE_BYTES) return text;
	const cut = Buffer.from(text).subarray(0, MAX_TRACE_BYTES).toString();
	return truncateText(cut, cut.length).replace(/\ufffd$/, '');
}

const traceRowSchema = z.object({
	request: z.string().nullable(),
	response: z.string().nullable(),
	request_bytes: z.number(),
	response_bytes: z.number(),
	content_type: z.string().nullable(),
	queued_ms: z.number().nullable(),
	first_byte_ms: z.number().nullable(),
	total_ms: z.number().nullable(),
});
const traceQuerySchema = turnRowSchema.extend({
	message_id: z.coerce.number().nullable(),
	trace: traceRowSchema.nullable(),
	report: callReport.nullable(),
	trace_days: z.number(),
	reported_url: z.string().nullable(),
	n8n: z.object({ url: z.string(), workflow_ids: z.array(z.string()) }).nullable(),
});

/**
 * Returns the request that a turn sent to its AI and the response, by the turn's ID or by the ID of its reply. `trace` is
 * null if the turn made no call or the trace was deleted. Needs `sessions:read`, `errors:read` and `leads:read`. Throws `not_found`.
 */
export async function getTurnTrace(
	ctx: Ctx,
	input: z.input<typeof turnTraceQuery>,
): Promise<TurnTraceView> {
	requireTeam(ctx, 'sessions:read');
	requireTeam(ctx, 'errors:read');
	// The request contains the lead.
	requireTeam(ctx, 'leads:read');
	const query = parse(turnTraceQuery, input);
	const condition =
		query.turn_id === undefined
			? sql`t.turn_id = (select turn_id from messages where id = ${query.message_id})`
			: sql`t.turn_id = ${query.turn_id}`;
	const { rows } = await ctx.db.execute(
		selectTurns(condition, {
			additionalColumns: sql`
				(select m.id from messages m where m.turn_id = t.turn_id) as message_id, site.trace_days,
				(select to_json(a) from ai_traces a where a.turn_id = t.turn_id) as trace,
				(select r.trial from turn_trials r where r.turn_id = t.turn_id) as report,
				(select e.execution_url from automation_errors e where e.chat_session_id = t.chat_session_id
					and e.execution_id = t.execution_id and e.execution_url is not null limit 1) as reported_url,
				(select json_build_object('url', c.url, 'workflow_ids', coalesce((
						select json_agg(w ->> 'id') from jsonb_array_elements(c.made -> 'workflows') w
						where w ->> 'id' is not null and site.connector ->> 'url' like '%/' || (w ->> 'path')), '[]'))
					from n8n_connections c where c.site_id = site.id) as n8n`,
			limit: 1,
		}),
	);
	const [row] = z.array(traceQuerySchema).parse(rows);
	if (!row) throw notFound('the AI turn');
	const { message_id, trace, report, trace_days, reported_url, n8n, ...turn } = row;
	return {
		turn: presentTurn(turn),
		message_id,
		trace: trace ? presentTrace(trace) : report && toTraceView(report),
		trace_days,
		execution_url: reported_url ?? getExecutionUrl(turn.execution_id, n8n),
	};
}

const isTruncated = (stored: string | null, bytes: number) =>
	stored !== null && bytes > MAX_TRACE_BYTES;

const presentTrace = (trace: z.infer<typeof traceRowSchema>): TurnTraceView['trace'] => ({
	...trace,
	is_request_cut: isTruncated(trace.request, trace.request_bytes),
	is_response_cut: isTruncated(trace.response, trace.response_bytes),
});

/** Converts the report of a test chat's turn, which has no stored trace, to a trace. */
const toTraceView = (report: CallReport): TurnTraceView['trace'] => ({
	request: report.request,
	response: report.raw,
	request_bytes: Buffer.byteLength(report.request ?? ''),
	response_bytes: Buffer.byteLength(report.raw ?? ''),
	is_request_cut: false,
	is_response_cut: report.is_raw_cut,
	content_type: report.content_type,
	queued_ms: null,
	first_byte_ms: report.first_byte_ms,
	total_ms: report.total_ms,
});

/** Returns the URL of an execution's page in the connected n8n; null if unknown. */
function getExecutionUrl(
	id: string | null,
	n8n: z.infer<typeof traceQuerySchema>['n8n'],
): string | null {
	const [workflow] = n8n?.workflow_ids ?? [];
	if (!id || !n8n || !workflow) return null;
	return `${n8n.url}/workflow/${encodeURIComponent(workflow)}/executions/${encodeURIComponent(id)}`;
}

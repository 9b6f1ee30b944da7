import { randomUUID } from 'node:crypto';
import {
	connectorInput,
	type ConnectorInput,
	type ConnectorTrial,
} from '#lib/contract/connector.ts';
import { requireAdmin } from '#lib/server/core/permissions.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { parse } from '#lib/server/core/parse.ts';
import { getSite, sealConnector, type SiteRow } from '#lib/server/sites/index.ts';
import { connectorOf } from '../connectors/choose-connector';
import { ConnectorError, type Conversation, type TurnTrace } from '../connectors/connector';
import { Recorder } from './recorder';
import { reportAnswer, reportFailure } from './report';

/** A person waits for it. */
const TIMEOUTS = { firstByte: 30_000, idle: 20_000, total: 60_000 };

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
		return reportAnswer(ctx.app, next.value, { settings, recorder, trace });
	} catch (error) {
		if (!(error instanceof ConnectorError)) throw error;
		return reportFailure(ctx.app, error, { settings, recorder, trace });
	}
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

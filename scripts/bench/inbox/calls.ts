import type { SessionListQuery } from '#lib/contract/session.ts';
import { listLeads } from '#lib/server/leads/index.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { countSessions, listSessions } from '#lib/server/conversations/sessions/index.ts';
import { getTranscript } from '#lib/server/conversations/transcripts/index.ts';

/** The server calls that the inbox makes, grouped by measurement. */
export type Calls = Record<'list' | 'filter' | 'search' | 'chat session page' | 'counts', Call[]>;
interface Call {
	name: string;
	run(): Promise<unknown>;
}

const active = { archive_status: 'active' } as const;

const FILTERS: SessionListQuery[] = [
	{ archive_status: 'archived' },
	{ ...active, site: 'northbeam-saas' },
	{ ...active, site: 'nowhere' },
	{ ...active, channel: 'messenger' },
	{ ...active, channel: 'test' },
	{ ...active, completion_status: 'in_progress' },
	{ ...active, completion_status: 'complete' },
	{ ...active, completion_status: 'abandoned' },
	{ ...active, qa_status: 'unchecked' },
	{ ...active, qa_status: 'passed' },
	{ ...active, qa_status: 'issue' },
	{ ...active, qa_status: 'fixed' },
	{ ...active, ai_engaged: true },
	{ ...active, ai_engaged: false },
	{ ...active, assignee: 'none' },
	{ ...active, assignee: 2 },
	{ ...active, assignee: 999 },
	{ ...active, attention: 'waiting' },
	{ ...active, site: 'lakeside-dental', completion_status: 'complete', qa_status: 'unchecked' },
	{ ...active, site: 'lakeside-dental', completion_status: 'in_progress' },
	{ ...active, site: 'northbeam-saas', channel: 'messenger' },
	{ archive_status: 'archived', site: 'kitchen-atelier', qa_status: 'fixed' },
	{ archive_status: 'archived', assignee: 2 },
	{ completion_status: 'complete' },
	{ qa_status: 'issue' },
];

const SEARCHES = [
	'bucket loft',
	'Whelan',
	'the',
	'roof',
	'Outgrown',
	'zzzz',
	'wen',
	'Grace Okafor',
	'within 24 hours',
];

/** Creates the calls for one database, with dates and ids of existing chat sessions. */
export async function createInboxCalls(ctx: Ctx): Promise<Calls> {
	const { items, next_cursor } = await listSessions(ctx, { ...active, limit: 200 });
	const oldest = await listSessions(ctx, { to: getDaysAgo(88), limit: 50 });
	const createListCall = (query: SessionListQuery) => ({
		name: JSON.stringify(query),
		run: () => listSessions(ctx, query),
	});
	const dateRanges: SessionListQuery[] = [
		{ ...active, from: getDaysAgo(1) },
		{ ...active, to: getDaysAgo(80) },
		{ ...active, from: getDaysAgo(60), to: getDaysAgo(59) },
		{ ...active, site: 'lakeside-dental', from: getDaysAgo(60), to: getDaysAgo(59) },
		{ archive_status: 'archived', from: getDaysAgo(60), to: getDaysAgo(59) },
	];
	return {
		list: [
			createListCall(active),
			createListCall({}),
			createListCall({ ...active, cursor: next_cursor ?? undefined }),
		],
		filter: [...FILTERS, ...dateRanges].map(createListCall),
		search: [
			...SEARCHES.map((q) => createListCall({ ...active, q })),
			...SEARCHES.slice(0, 4).map((q) => ({
				name: `leads ${q}`,
				run: () => listLeads(ctx, { q }),
			})),
		],
		'chat session page': [...items.slice(0, 20), ...oldest.items.slice(0, 20)].map(
			({ session_id }) => ({ name: session_id, run: () => getTranscript(ctx, session_id) }),
		),
		counts: [
			{ name: 'all', run: () => countSessions(ctx, {}) },
			{ name: 'one site', run: () => countSessions(ctx, { site: 'kitchen-atelier' }) },
		],
	};
}

const getDaysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

import { setImmediate } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { channel, completionSource, completionStatus, sender } from '#lib/contract/common.ts';
import { visitorContext } from '#lib/contract/visitor-context.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { decodeRow } from '#lib/server/core/db/reads.ts';
import { leads } from '#lib/server/core/db/schema/index.ts';
import {
	findContacts,
	guessCountry,
	canHaveContacts,
	toLeadValues,
} from '#lib/server/leads/unchecked.ts';
import { getSite, type SiteRow } from '#lib/server/sites/unchecked.ts';
import { type CheckedChat, type VisitorContact, MAX_TEXT_LENGTH, toReadableText } from './chat.ts';

/** The maximum number of messages read per chat, newest first. */
const MAX_MESSAGES = 300;
/** The maximum combined length of those messages, chosen so that a rule takes about 50 ms even for hostile text. */
const MAX_CHAT_LENGTH = 120_000;
/** The maximum number of messages searched for contacts. */
const MAX_CONTACT_MESSAGES = 30;
/** The maximum length searched in each of them. */
const MAX_CONTACT_LENGTH = 1_000;

const chatRows = z.array(
	z.object({
		id: z.coerce.number(),
		session_id: z.string(),
		site_id: z.coerce.number(),
		channel,
		context: visitorContext,
		completion_status: completionStatus,
		completion_source: completionSource.nullable(),
		is_completion_claimed: z.boolean(),
		last_activity_at: z.coerce.date(),
		last_visitor_message_id: z.coerce.number().nullable(),
		has_flags: z.boolean(),
		lead: z.unknown(),
		handoffs: z.array(z.coerce.date()),
		messages: z.array(
			z.object({
				id: z.number(),
				sender,
				text: z.string().transform(toReadableText),
				at: z.coerce.date(),
				is_fallback: z.boolean(),
				asked: z.string().nullable(),
				answers_through: z.number().nullable(),
			}),
		),
	}),
);

/** A chat to check. */
export interface DueChat {
	id: number;
	session_id: string;
	site: SiteRow;
	/** Activity after this time is left to a later check. */
	last_activity_at: Date;
	last_visitor_message_id: number | null;
	has_flags: boolean;
	checked: CheckedChat;
}

/** Reads chats for their checks, in one query apart from those for their sites. Doesn't check permissions. */
export async function readChats(ctx: Ctx, ids: number[]): Promise<DueChat[]> {
	const { rows } = await ctx.db.execute(sql`
		select s.id, s.public_id as session_id, s.site_id, s.channel, s.context, s.completion_status, s.completion_source,
			s.completion_claimed_at is not null as is_completion_claimed, s.last_activity_at, s.last_visitor_message_id,
			exists (select from chat_flags f where f.chat_session_id = s.id) as has_flags,
			(select to_json(l) from leads l where l.chat_session_id = s.id) as lead,
			coalesce((select json_agg(h.requested_at) from handoffs h where h.chat_session_id = s.id), '[]') as handoffs,
			coalesce((
				select json_agg(m order by m.id) from (
					select *, sum(length(text)) over (order by id desc) as length_from_here from (
						select m.id, m.sender, left(m.message, ${MAX_TEXT_LENGTH}) as text, m.created_at as at, m.is_fallback, t.asked,
							t.message_id as answers_through
						from messages m left join ai_turns t on t.turn_id = m.turn_id
						where m.chat_session_id = s.id order by m.id desc limit ${MAX_MESSAGES}
					) newest
				) m where length_from_here <= ${MAX_CHAT_LENGTH}
			), '[]') as messages
		from chat_sessions s where s.id = any(${sql.param(ids)}::bigint[]) order by s.id`);
	const found = chatRows.parse(rows);
	const sites = new Map<number, SiteRow>();
	for (const id of new Set(found.map((row) => row.site_id))) {
		sites.set(id, await getSite(ctx, { id }));
	}
	const chats: DueChat[] = [];
	for (const row of found) {
		const site = sites.get(row.site_id);
		if (site) chats.push(await toDueChat(ctx, row, site));
	}
	return chats;
}

async function toDueChat(
	ctx: Ctx,
	{
		id,
		session_id,
		last_activity_at,
		last_visitor_message_id,
		has_flags,
		...row
	}: z.infer<typeof chatRows>[number],
	site: SiteRow,
): Promise<DueChat> {
	const { context, lead, ...chat } = row;
	return {
		id,
		session_id,
		site,
		last_activity_at,
		last_visitor_message_id,
		has_flags,
		checked: {
			...chat,
			site,
			own_hosts: getSiteHosts(
				site,
				[context.page_url, context.landing_url],
				ctx.app.config.publicUrl,
			),
			contacts: await findVisitorContacts(row.messages, guessCountry(site.country, context)),
			lead: lead === null ? null : toLeadValues(decodeRow(leads, lead)),
		},
	};
}

/** Returns the contacts in the visitor's messages. Yields to the event loop, since the search is slow. */
async function findVisitorContacts(
	messages: CheckedChat['messages'],
	country: ReturnType<typeof guessCountry>,
): Promise<VisitorContact[]> {
	const contacts: VisitorContact[] = [];
	const contactMessages = messages.filter(
		({ sender: role, text }) => role === 'visitor' && canHaveContacts(text),
	);
	for (const { id, text } of contactMessages.slice(0, MAX_CONTACT_MESSAGES)) {
		await setImmediate();
		const found = findContacts(text.slice(0, MAX_CONTACT_LENGTH), country);
		contacts.push(...found.map((contact) => ({ ...contact, message_id: id })));
	}
	return contacts;
}

/** Matches shared hosting domains, where each subdomain is a separate site. */
const SHARED_HOST =
	/\.(?:github\.io|gitlab\.io|vercel\.app|netlify\.app|pages\.dev|web\.app|webflow\.io|wordpress\.com|wixsite\.com|myshopify\.com|squarespace\.com|framer\.website|carrd\.co|herokuapp\.com)$/;
/** Matches public suffixes of two levels, such as "co.uk" and "com.br". */
const SECOND_LEVEL = /\.(?:ac|co|com|edu|gob|gov|net|org)\.[a-z]{2}$/;

/** Returns the domain that a site's pages share: "example.com" for "landing.example.com". */
export function getSiteDomain(host: string): string {
	const name = host.toLowerCase().replace(/^www\./, '');
	if (SHARED_HOST.test(name) || /^[\d.]+$|:/.test(name)) return name;
	return name
		.split('.')
		.slice(SECOND_LEVEL.test(name) ? -3 : -2)
		.join('.');
}

/** Returns the hosts that the AI may link to; none if no host of the site is known. */
export function getSiteHosts(
	{ allowed_origins, link_hosts }: Pick<SiteRow, 'allowed_origins' | 'link_hosts'>,
	pages: (string | undefined)[],
	publicUrl: string,
): string[] {
	const hosts = [...allowed_origins, ...pages].flatMap((url) => {
		const host = url === undefined ? undefined : URL.parse(url)?.hostname;
		return host ? [getSiteDomain(host)] : [];
	});
	if (hosts.length === 0 && link_hosts.length === 0) return [];
	return [...new Set([...hosts, ...link_hosts, new URL(publicUrl).hostname])];
}

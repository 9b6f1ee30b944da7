import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { inkOn } from '#lib/contract/accent.ts';
import type { Arm } from '#lib/contract/challenger.ts';
import type { WidgetLanguage } from '#lib/contract/frame.ts';
import { language, type WidgetConfig } from '#lib/contract/site.ts';
import type { Ctx } from '../core/context.ts';
import { forbidden } from '../core/errors.ts';
import { getOpenSite, getSite, type SiteRow } from './read-sites.ts';

/**
 * Returns the look and texts of a site's widget, and the origins that may embed it. Public. Throws `not_found`, also for an
 * archived site.
 */
export async function getWidgetConfig(
	ctx: Ctx,
	key: string,
): Promise<{ config: WidgetConfig; allowed_origins: string[] }> {
	const site = await getOpenSite(ctx, key);
	return {
		config: {
			site: site.key,
			...site.look,
			accent_ink: inkOn(site.look.accent),
			// With several greetings, the chat session's start picks one.
			greeting: site.greetings.length > 0 ? null : site.greeting,
			questions: site.questions.map((question) => ({ key: question.key, label: question.label })),
			invitation: site.invitation,
			ai_disclosure: site.ai_disclosure,
			consent: site.consent,
			may_ask_for_person: site.handoff.visitor_may_ask,
			has_storage_before_interaction: site.has_storage_before_interaction,
		},
		allowed_origins: site.allowed_origins,
	};
}

type Greetings = Pick<SiteRow, 'greeting' | 'greetings'>;

/** Returns the key of the greeting variant for a visitor, always the same for the same id; null without variants. */
export function pickGreeting({ greetings }: Greetings, visitorId: string): string | null {
	const hash = createHash('sha256').update(visitorId).digest().readUInt32BE();
	return greetings[hash % greetings.length]?.key ?? null;
}

/** Returns the fixed greeting of a chat session; null when the AI writes it. */
export const greetingOf = ({ greeting, greetings }: Greetings, variant: string | null) =>
	greetings.find(({ key }) => key === variant)?.text ?? greeting;

/** Returns the language to write to a visitor in: the site's, else the browser's; English if neither is supported. */
export function visitorLanguage(
	site: WidgetConfig['language'],
	browserTag: string | undefined,
): WidgetLanguage {
	return [site, browserTag ?? ''].map(languageOf).find((known) => known !== undefined) ?? 'en';
}

function languageOf(tag: string): WidgetLanguage | undefined {
	const known = language.safeParse(tag.toLowerCase().split(/[-_]/)[0]).data;
	return known === 'auto' ? undefined : known;
}

const runningOf = (siteId: number) =>
	sql`from challengers t where t.site_id = ${siteId} and t.ended_at is null`;

/** Returns the columns that have the challenger on trial answer a test chat; null without a trial. */
export const assignChallenger = (siteId: number) => ({
	challenger_id: sql<number>`(select t.id ${runningOf(siteId)})`,
	arm: sql<Arm>`(select 'challenger' ${runningOf(siteId)})`,
});

/**
 * Returns the columns that assign a new chat to an arm of its site's running trial, as parts of the statement that inserts it;
 * they are null without a trial. A visitor gets the arm of their earlier chats, also after the share was changed; otherwise a
 * hash of their id decides. Visitors without an id are told apart by `chatKey`.
 */
export function assignArm(siteId: number, visitorId: string | undefined, chatKey: string) {
	const hash = createHash('sha256')
		.update(visitorId ?? chatKey)
		.digest('hex');
	const running = runningOf(siteId);
	return {
		challenger_id: sql<number>`(select t.id ${running})`,
		arm: sql<Arm>`(select coalesce((
			select case when s.arm = 'champion' then s.arm else 'challenger' end from chat_sessions s
			where s.challenger_id = t.id and s.visitor_hash = ${hash} order by s.id limit 1
		), case when abs(hashtextextended(${hash}, t.id) % 10000) < t.share_percent * 100 then 'challenger' else 'champion' end) ${running})`,
		visitor_hash: visitorId === undefined ? null : sql<string>`(select ${hash}::text ${running})`,
	};
}

/**
 * Throws `forbidden` when the request comes from a page that may not embed the site, and `not_found` for an unknown site.
 * Allows requests of the widget's frame, which has this server's origin, and of programs, which send none. `site` is called
 * only when the site has to be loaded.
 */
export async function requireOrigin(
	ctx: Ctx,
	{ origin, host }: { origin?: string; host?: string },
	site: () => Promise<{ id: number } | { key: string }>,
): Promise<void> {
	if (origin === undefined || isOwnOrigin(ctx, origin, host)) return;
	const { allowed_origins } = await getSite(ctx, await site());
	if (allowed_origins.length === 0 || allowed_origins.includes(origin)) return;
	throw forbidden(`${origin.slice(0, 200)} may not embed this site`);
}

function isOwnOrigin({ app }: Ctx, origin: string, host: string | undefined): boolean {
	const page = URL.parse(origin);
	return (
		page !== null && (page.host === host || page.origin === URL.parse(app.config.publicUrl)?.origin)
	);
}

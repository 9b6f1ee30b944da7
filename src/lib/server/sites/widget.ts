import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Arm } from '#lib/contract/challenger.ts';
import { widgetLanguage, type WidgetLanguage } from '#lib/contract/greeting.ts';
import type { WidgetConfig } from '#lib/contract/site.ts';
import type { VisitorContext } from '#lib/contract/visitor-context.ts';
import type { Ctx } from '../core/context.ts';
import { forbidden } from '../core/errors.ts';
import { getSite } from './read-sites.ts';

export interface LanguagePreferences {
	/** The language that the embedding page sets. */
	page: string | null | undefined;
	site: WidgetConfig['language'];
	/** The Accept-Language header. */
	browser: string | null | undefined;
}

/** Returns the language of the page, else of the site, else of the visitor's browser; English if none is supported. */
export const chooseLanguage = ({ page, site, browser }: LanguagePreferences): WidgetLanguage =>
	findFirstSupported([page ?? '', site, ...sortByPreference(browser ?? '')]);

/** Returns the language to write to a visitor in: the one their widget is shown in, else the site's, else the browser's. */
export const getVisitorLanguage = (
	site: WidgetConfig['language'],
	{ widget_language, language }: VisitorContext,
): WidgetLanguage => findFirstSupported([widget_language ?? '', site, language ?? '']);

const findFirstSupported = (tags: string[]): WidgetLanguage =>
	tags
		.map((tag) => widgetLanguage.safeParse(tag.toLowerCase().split(/[-_.@]/)[0]).data)
		.find((known) => known !== undefined) ?? 'en';

function sortByPreference(header: string): string[] {
	return header
		.split(',')
		.map((part) => {
			const [tag = '', weight] = part.trim().split(/;\s*q=/);
			return { tag, weight: weight === undefined ? 1 : Number(weight) || 0 };
		})
		.filter(({ weight }) => weight > 0)
		.sort((a, b) => b.weight - a.weight)
		.map(({ tag }) => tag);
}

const fromRunningChallenger = (siteId: number) =>
	sql`from challengers t where t.site_id = ${siteId} and t.ended_at is null`;

/** Returns the columns that assign a test chat to the challenger of the site's running trial; null without a trial. */
export const assignChallenger = (siteId: number) => ({
	challenger_id: sql<number>`(select t.id ${fromRunningChallenger(siteId)})`,
	arm: sql<Arm>`(select 'challenger' ${fromRunningChallenger(siteId)})`,
});

/**
 * Returns the columns that assign a new chat to an arm of its site's running trial, as parts of the statement that inserts it;
 * they are null without a trial. A visitor gets the arm of their earlier chats, even if the share has changed since;
 * otherwise a hash of their id decides. For visitors without an id, `chatKey` takes its place.
 */
export function assignArm(siteId: number, visitorId: string | undefined, chatKey: string) {
	const hash = createHash('sha256')
		.update(visitorId ?? chatKey)
		.digest('hex');
	const from = fromRunningChallenger(siteId);
	return {
		challenger_id: sql<number>`(select t.id ${from})`,
		arm: sql<Arm>`(select coalesce((
			select case when s.arm = 'champion' then s.arm else 'challenger' end from chat_sessions s
			where s.challenger_id = t.id and s.visitor_hash = ${hash} order by s.id limit 1
		), case when abs(hashtextextended(${hash}, t.id) % 10000) < t.share_percent * 100 then 'challenger' else 'champion' end) ${from})`,
		visitor_hash: visitorId === undefined ? null : sql<string>`(select ${hash}::text ${from})`,
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

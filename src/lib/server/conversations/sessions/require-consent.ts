import type { SiteConsent } from '#lib/contract/site-settings.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { AppError } from '#lib/server/core/errors.ts';
import { getOpenSite, getSite } from '#lib/server/sites/unchecked.ts';
import type { SessionRow } from './resolve.ts';

/** Throws Forbidden while the site of a visitor's chat session demands a consent that they have not given. */
export async function requireConsent(ctx: Ctx, session: SessionRow): Promise<void> {
	// In Messenger and in chats of the team with the AI nobody is asked.
	if (session.channel !== 'web' || session.consent_version) return;
	const { consent } = await getSite(ctx, { id: session.site_id });
	if (consent?.is_required) throw consentMissing(consent);
}

/** The same for a message that is to begin a chat session, with the version that comes with it. */
export async function requireConsentToBegin(
	ctx: Ctx,
	siteKey: string,
	version: string | undefined,
): Promise<void> {
	const { consent } = await getOpenSite(ctx, siteKey);
	if (!consent?.is_required) return;
	const isGiven = version !== undefined && Date.parse(version) <= Date.parse(consent.version);
	if (!isGiven) throw consentMissing(consent);
}

function consentMissing({ version }: SiteConsent): AppError {
	const why = `ask the visitor for the site's consent, and send its version, ${version}`;
	return new AppError('forbidden', why, { errors: [{ path: 'consent_version', message: why }] });
}

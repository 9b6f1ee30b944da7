import { expect, it } from 'vitest';
import { createChat } from '../../../../../tests/factories/chat.ts';
import { createSite } from '../../../../../tests/factories/site.ts';
import { createUserCtx } from '../../../../../tests/factories/user.ts';
import { useTestApp } from '../../../../../tests/support/app.ts';
import { createResumeLink, deleteSession } from './index.ts';
import { resumeSession } from './unchecked.ts';

const t = useTestApp({ PUBLIC_URL: 'https://chat.example.com' });
const DAY_MS = 24 * 3_600_000;
const createAnonymous = () => t.ctx({ type: 'anonymous' });

async function createLink() {
	const session = await createChat(t.ctx());
	const agent = await createUserCtx(t);
	const { url } = await createResumeLink(agent, session.session_id);
	return { session, url: new URL(url), token: new URL(url).searchParams.get('resume') ?? '' };
}
const openLink = (token: string, site_key = 'default') =>
	resumeSession(createAnonymous(), { token, site_key });

it('a resume link opens its chat with its visitor’s token', async () => {
	const { session, url, token } = await createLink();
	expect(url.origin + url.pathname).toBe('https://chat.example.com/embed/default');
	const opened = await openLink(token);
	expect(opened?.session_id).toBe(session.session_id);
	expect(t.app.secrets.readVisitorToken(session.session_id, opened?.token ?? '')).toBeDefined();
});

it('a link that is forged, or for another chat or site, opens nothing', async () => {
	const { token } = await createLink();
	const { session: other } = await createLink();
	const [, until, signature] = token.split('.');
	const forged = [
		`${other.session_id}.${until ?? ''}.${signature ?? ''}`,
		`${token.split('.')[0] ?? ''}.99999999999.${signature ?? ''}`,
		token.slice(0, -1),
		`${token}x`,
		t.app.secrets.createVisitorToken(other.session_id),
		'',
		'\u0000',
		'..',
	];
	for (const one of forged) expect(await openLink(one)).toBeNull();
	await createSite(t.app, { key: 'elsewhere' });
	expect(await openLink(token, 'elsewhere')).toBeNull();
});

it('a link expires after seven days, and with the chat session', async () => {
	const { session, token } = await createLink();
	await deleteSession(t.ctx(), session.session_id);
	expect(await openLink(token)).toBeNull();
	const second = await createLink();
	t.advance(7 * DAY_MS - 60_000);
	expect(await openLink(second.token)).not.toBeNull();
	t.advance(60_001);
	expect(await openLink(second.token)).toBeNull();
});

it('the team can create links, but only for chats of the widget', async () => {
	const { session_id } = await createChat(t.ctx());
	const visitor = t.ctx({ type: 'visitor', session_id });
	await expect(createResumeLink(visitor, session_id)).rejects.toMatchObject({
		code: 'unauthorized',
	});
	const messenger = await createChat(t.ctx(), { channel: 'messenger' });
	const refused = createResumeLink(t.ctx(), messenger.session_id);
	await expect(refused).rejects.toMatchObject({ code: 'conflict' });
});

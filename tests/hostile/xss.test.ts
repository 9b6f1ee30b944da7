import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DESKTOP, useBrowser } from '../support/browser.ts';
import { createTestDatabase } from '../support/database.ts';
import { startServer, type ServerProcess } from '../support/process.ts';
import { ADMIN, signInAt } from '../support/sign-in.ts';
import { askApi, makeSiteAt } from '../support/site-api.ts';
import { sendJson } from '../support/stand-in/index.ts';
import { agentRun, openStream } from '../support/stand-in/ai/lines.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { TRAP, XSS_CORPUS } from '../support/xss-corpus.ts';

const browser = useBrowser();
const standIn = useStandIn();
let server: ServerProcess;
let dropDatabase: () => Promise<void>;
let cookie: string;
let site: string;

interface Started {
	session_id: string;
	token: string;
}

beforeAll(async () => {
	const database = await createTestDatabase();
	dropDatabase = () => database.drop();
	server = await startServer({
		DATABASE_URL: database.url,
		ADMIN_EMAIL: ADMIN.email,
		ADMIN_PASSWORD: ADMIN.password,
	});
	cookie = await signInAt(server.url);
	site = await makeHostileSite();
});
afterAll(async () => {
	await server.stop();
	await dropDatabase();
});

const IMAGE = `<img src=x onerror=${TRAP}(1)>`;
const BREAKOUT = `</script>"'><script>${TRAP}(1)</script>`;

/** A site all of whose texts are hostile. */
const makeHostileSite = () =>
	makeSiteAt(server.url, `Roofs ${IMAGE}`, {
		look: {
			header_text: `Hi ${BREAKOUT}`,
			accent: '#0b6e5f',
			theme: 'auto',
			language: 'en',
			launcher: { position: 'right', text: IMAGE },
		},
		greeting: `${IMAGE} ${BREAKOUT} [x](javascript:${TRAP}(1))`,
		ai_disclosure: BREAKOUT,
		consent: { text: `${IMAGE} [x](javascript:${TRAP}(1)) ${BREAKOUT}`, is_required: false },
		fallback_reply: BREAKOUT,
		invitation: { delay_s: 1, text: IMAGE },
		questions: [{ key: 'roof', label: IMAGE, prompt: BREAKOUT }],
		connector: { type: 'n8n', url: standIn().ai.url('echo'), auth_header: null },
	});

/** The whole corpus in texts of at most so many characters. */
function texts(most: number): string[] {
	const joined: string[] = [''];
	for (const payload of XSS_CORPUS) {
		const last = joined.at(-1) ?? '';
		if (last.length + payload.length + 2 > most) joined.push(payload);
		else joined[joined.length - 1] = `${last}\n\n${payload}`;
	}
	return joined;
}

/** A person's call of the API, as the dashboard makes it. */
async function asPerson(path: string, body: unknown): Promise<void> {
	const response = await fetch(`${server.url}/api/${path}`, {
		method: 'POST',
		headers: { cookie, origin: server.url, 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	});
	if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
}

const startChat = (context: object) =>
	askApi<Started>(server.url, 'POST', 'embed-chat/sessions', { site, context });

/** One chat a payload, with it wherever a visitor's page and name come from; in a few rows of calls. */
async function makeVisitors(): Promise<Started[]> {
	const visitors: Started[] = [];
	const waiting = XSS_CORPUS.entries();
	const work = async () => {
		for (const [at, payload] of waiting) {
			const short = payload.slice(0, 200);
			const visitor = await startChat({
				page_url: at % 2 ? payload : `https://roofs.example/?q=${payload}`,
				page_title: payload,
				referrer: payload,
				landing_url: payload,
				utm_source: short,
				utm_campaign: short,
				utm_term: short,
				gclid: short,
			});
			visitors.push(visitor);
			const lead = { name: payload, company: payload, roof: payload };
			await askApi(server.url, 'PUT', `sessions/${visitor.session_id}/lead`, lead);
		}
	};
	await Promise.all(Array.from({ length: 6 }, work));
	return visitors;
}

/** A chat in which everybody has said everything, each in a message of its own. */
async function makeTranscript(): Promise<Started> {
	const visitor = await startChat({ page_title: IMAGE });
	for (const sender of ['visitor', 'ai', 'agent', 'system']) {
		const messages = XSS_CORPUS.map((message) => ({ sender, message }));
		await askApi(server.url, 'POST', `sessions/${visitor.session_id}/messages`, messages);
	}
	const [first = '', second = ''] = texts(3900);
	await askApi(server.url, 'PUT', `sessions/${visitor.session_id}/lead`, {
		name: IMAGE,
		email: 'maya@hartmann.example',
		[`<b>${TRAP}`]: BREAKOUT,
	});
	await asPerson(`sessions/${visitor.session_id}/notes`, { note: first });
	await asPerson(`sessions/${visitor.session_id}/notes`, { note: second });
	await asPerson('canned-replies', { title: `Call ${IMAGE}`, text: first, is_shared: true });
	await askApi(server.url, 'POST', `sessions/${visitor.session_id}/qa`, {
		qa_status: 'issue',
		notes: second,
		developer_feedback: first,
	});
	await askApi(server.url, 'POST', 'errors', {
		workflow: IMAGE,
		node: BREAKOUT,
		message: first,
		session_id: visitor.session_id,
		execution_url: `javascript:${TRAP}(1)`,
	});
	return visitor;
}

/** A page whose every script that is not ours would be noticed; errors on its console fail the test by themselves. */
async function openWatched(options: BrowserContextOptions = DESKTOP) {
	const page = await browser.open('about:blank', options);
	const met: string[] = [];
	page.on('dialog', (dialog) => {
		met.push(`${page.url()}: a dialog`);
		void dialog.dismiss();
	});
	await page.context().exposeFunction(TRAP, () => met.push(`${page.url()}: ran`));
	await page.addInitScript(() => {
		addEventListener('securitypolicyviolation', ({ blockedURI, violatedDirective, sample }) => {
			// Our own validator asks whether it may compile, and may not.
			if (blockedURI === 'eval') return;
			Object.assign(window, { violation: `${violatedDirective} ${blockedURI} ${sample}` });
		});
	});
	return { page, met };
}

const FORBIDDEN = `[...document.querySelectorAll('*')].flatMap((node) => {
	const bad = [...node.attributes].filter(({ name, value }) =>
		(/^on/i.test(name) && value !== 'this.__e=event') || name === 'srcdoc' ||
		(/^(href|xlink:href|src|action|formaction|data)$/i.test(name) &&
			/^[\\s\\u0000-\\u001f]*(javascript|data:text|vbscript):?/i.test(value)));
	const isForbidden = /^(object|embed|base|marquee|math|frame|applet|keygen|xss)$/i.test(node.localName) ||
		(node.localName === 'script' && /__pwned\\(1\\)<?/.test(node.text) && node.type !== 'application/json' &&
			!node.text.includes('__sveltekit')) || (node.localName === 'img' && node.getAttribute('src') === 'x');
	return bad.length || isForbidden ? [node.outerHTML.slice(0, 200)] : [];
})`;

/** That nothing ran, nothing would have run but for the policy, and nothing stands in the page that could. */
async function expectHarmless({ page, met }: { page: Page; met: string[] }): Promise<void> {
	expect(met).toEqual([]);
	expect(await page.evaluate('window.violation'), page.url()).toBeUndefined();
	expect(await page.evaluate(FORBIDDEN), page.url()).toEqual([]);
}

it('the corpus is large and distinct, and the trap catches what runs', async () => {
	expect(XSS_CORPUS.length).toBeGreaterThanOrEqual(100);
	expect(new Set(XSS_CORPUS).size).toBe(XSS_CORPUS.length);
	const { page, met } = await openWatched();
	page.removeAllListeners('console');
	await page.setContent(IMAGE + BREAKOUT);
	await expect.poll(() => met.length).toBe(2);
	expect(await page.evaluate(FORBIDDEN)).toHaveLength(2);
});

it('no payload through any door runs or is built in the widget', async () => {
	const visitor = await makeTranscript();
	const watched = await openWatched({ viewport: { width: 400, height: 680 } });
	const { page } = watched;
	await page.addInitScript(({ key, value }) => localStorage.setItem(key, value), {
		key: `frontdesk:${site}:session`,
		value: JSON.stringify(visitor),
	});
	const query = new URLSearchParams({ page_title: IMAGE, page_url: BREAKOUT, utm_source: IMAGE });
	await page.goto(`${server.url}/embed/${site}?${query}`);
	const log = page.getByRole('log');
	await log
		.locator('.agent')
		.nth(XSS_CORPUS.length - 1)
		.waitFor();
	await expectHarmless(watched);

	const short = XSS_CORPUS.filter(({ length }) => length <= 80);
	for (const [at, text] of texts(1000).entries()) {
		// An answer that is HTML as a whole is not shown at all.
		const answer = `You said: ${text}`;
		const quick_replies = ['Go on', ...short.slice(at * 12, at * 12 + 12)];
		standIn().ai.next(
			({ response }) => sendJson(response, { output: answer, quick_replies, lead: { name: text } }),
			({ response }) => {
				openStream(response);
				for (const line of agentRun(answer.match(/[^]{1,7}/g) ?? [])) response.write(line);
				response.end();
			},
		);
		const answers = log.locator('.ai');
		const before = await answers.count();
		await page.getByRole('textbox').fill(text);
		await page.getByRole('textbox').press('Enter');
		await answers.nth(before).waitFor();
		await expectHarmless(watched);
		await page.getByRole('button', { name: 'Go on' }).click();
		await answers.nth(before + 1).waitFor();
		await expectHarmless(watched);
	}
});

it('no payload through any door runs or is built in the dashboard', async () => {
	const [visitors, visitor] = await Promise.all([makeVisitors(), makeTranscript()]);
	const text = texts(3900)[0] ?? '';
	const sent = { site, message: text, context: { page_title: IMAGE } };
	await askApi(server.url, 'POST', 'embed-chat/send-message', sent);
	const watched = await openWatched();
	const { page } = watched;
	const [name = '', value = ''] = cookie.split('=');
	await page.context().addCookies([{ name, value, url: server.url }]);
	const one = visitors[3]?.session_id ?? '';
	const places = [
		'/',
		'/inbox',
		`/inbox/${visitor.session_id}`,
		`/inbox/${one}`,
		'/leads',
		`/leads/${visitor.session_id}`,
		'/review',
		`/review/${visitor.session_id}`,
		'/analytics',
		'/automation',
		'/settings/canned-replies',
		'/settings/sites',
		`/settings/sites/${site}`,
		`/settings/sites/${site}/look`,
	];
	for (const place of places) {
		await page.goto(server.url + place);
		await page.waitForLoadState('networkidle');
		for (let turns = 0; turns < 8; turns++) {
			await page.mouse.move(200, 400);
			await page.mouse.wheel(0, 2500);
			await page.mouse.move(720, 400);
			await page.mouse.wheel(0, -2500);
			await page.evaluate('new Promise(requestAnimationFrame)');
		}
		await expectHarmless(watched);
		// It was there to be run.
		expect(await page.content(), place).toContain(TRAP);
	}
});

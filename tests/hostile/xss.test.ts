import type { BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { DESKTOP, gotoDashboard, useBrowser } from '../support/browser.ts';
import { useBuiltServer } from '../support/built-server.ts';
import { createSiteAt, signInAt } from '../support/server-api.ts';
import { sendJson } from '../support/stand-in/index.ts';
import { createRunLines, openStream } from '../support/stand-in/ai/lines.ts';
import { useStandIn } from '../support/use-stand-in.ts';
import { TRAP, XSS_CORPUS } from '../support/xss-corpus.ts';

const browser = useBrowser();
const standIn = useStandIn();
const server = useBuiltServer();
let cookie: string;
let site: string;

interface Started {
	session_id: string;
	token: string;
}

beforeAll(async () => {
	cookie = await signInAt(server.url);
	site = await createHostileSite();
});

const IMAGE = `<img src=x onerror=${TRAP}(1)>`;
const BREAKOUT = `</script>"'><script>${TRAP}(1)</script>`;

/** Creates a site with payloads in all its texts. */
const createHostileSite = () =>
	createSiteAt(server.url, `Roofs ${IMAGE}`, {
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

/** Joins the corpus into texts of at most `maxLength` characters. */
function joinPayloads(maxLength: number): string[] {
	const joined: string[] = [''];
	for (const payload of XSS_CORPUS) {
		const last = joined.at(-1) ?? '';
		if (last.length + payload.length + 2 > maxLength) joined.push(payload);
		else joined[joined.length - 1] = `${last}\n\n${payload}`;
	}
	return joined;
}

/** Calls the API like the dashboard, as a signed-in user. */
async function callAsUser(path: string, body: unknown): Promise<void> {
	const response = await fetch(`${server.url}/api/${path}`, {
		method: 'POST',
		headers: { cookie, origin: server.url, 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	});
	if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
}

const startChat = (context: object) =>
	server.call<Started>('POST', 'embed-chat/sessions', { site, context });

/** Creates one chat per payload, with the payload in the visitor's context and lead, six at a time. */
async function createVisitors(): Promise<Started[]> {
	const visitors: Started[] = [];
	const queue = XSS_CORPUS.entries();
	const work = async () => {
		for (const [index, payload] of queue) {
			const short = payload.slice(0, 200);
			const visitor = await startChat({
				page_url: index % 2 ? payload : `https://roofs.example/?q=${payload}`,
				page_title: payload,
				referrer: payload,
				landing_url: payload,
				utm_source: short,
				utm_campaign: short,
				utm_term: short,
				gclid: short,
			});
			visitors.push(visitor);
			// The API refuses a value that is only a tag, as a placeholder that was not filled in.
			const value = `Ann ${payload}`;
			const lead = { name: value, company: value, roof: value };
			await server.call('PUT', `sessions/${visitor.session_id}/lead`, lead);
		}
	};
	await Promise.all(Array.from({ length: 6 }, work));
	return visitors;
}

/** Creates a chat in which every sender has sent every payload. */
async function createTranscript(): Promise<Started> {
	const visitor = await startChat({ page_title: IMAGE });
	for (const sender of ['visitor', 'ai', 'agent', 'system']) {
		const messages = XSS_CORPUS.map((message) => ({ sender, message }));
		await server.call('POST', `sessions/${visitor.session_id}/messages`, messages);
	}
	const [first = '', second = ''] = joinPayloads(3900);
	await server.call('PUT', `sessions/${visitor.session_id}/lead`, {
		name: IMAGE,
		email: 'maya@hartmann.example',
		[`<b>${TRAP}`]: BREAKOUT,
	});
	await callAsUser(`sessions/${visitor.session_id}/notes`, { note: first });
	await callAsUser(`sessions/${visitor.session_id}/notes`, { note: second });
	await callAsUser('canned-replies', { title: `Call ${IMAGE}`, text: first, is_shared: true });
	await server.call('POST', `sessions/${visitor.session_id}/qa`, {
		qa_status: 'issue',
		notes: second,
		developer_feedback: first,
	});
	await server.call('POST', 'errors', {
		workflow: IMAGE,
		node: BREAKOUT,
		message: first,
		session_id: visitor.session_id,
		execution_url: `javascript:${TRAP}(1)`,
	});
	return visitor;
}

/** Opens a page that records payloads which ran and policy violations. Console errors fail the test anyway. */
async function openWatched(options: BrowserContextOptions = DESKTOP) {
	const page = await browser.open('about:blank', options);
	const executed: string[] = [];
	page.on('dialog', (dialog) => {
		executed.push(`${page.url()}: opened a dialog`);
		void dialog.dismiss();
	});
	await page.context().exposeFunction(TRAP, () => executed.push(`${page.url()}: ran`));
	await page.addInitScript(() => {
		addEventListener('securitypolicyviolation', ({ blockedURI, violatedDirective, sample }) => {
			// zod tests whether the policy allows it to compile code, which it does not.
			if (blockedURI === 'eval') return;
			Object.assign(window, { violation: `${violatedDirective} ${blockedURI} ${sample}` });
		});
	});
	return { page, executed };
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

/** Checks that no payload ran or was blocked by the policy, and that the DOM contains nothing that could run. */
async function expectHarmless({
	page,
	executed,
}: {
	page: Page;
	executed: string[];
}): Promise<void> {
	expect(executed).toEqual([]);
	expect(await page.evaluate('window.violation'), page.url()).toBeUndefined();
	expect(await page.evaluate(FORBIDDEN), page.url()).toEqual([]);
}

it('the corpus is distinct, and the trap catches payloads that run', async () => {
	expect(XSS_CORPUS.length).toBeGreaterThanOrEqual(100);
	expect(new Set(XSS_CORPUS).size).toBe(XSS_CORPUS.length);
	const { page, executed } = await openWatched();
	page.removeAllListeners('console');
	await page.setContent(IMAGE + BREAKOUT);
	await expect.poll(() => executed.length).toBe(2);
	expect(await page.evaluate(FORBIDDEN)).toHaveLength(2);
});

it('no payload runs or reaches the DOM as markup in the widget', async () => {
	const visitor = await createTranscript();
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
	for (const [index, text] of joinPayloads(1000).entries()) {
		// An answer that is entirely HTML would not be shown.
		const answer = `You said: ${text}`;
		const quick_replies = ['Go on', ...short.slice(index * 12, index * 12 + 12)];
		standIn().ai.next(
			({ response }) => sendJson(response, { output: answer, quick_replies, lead: { name: text } }),
			({ response }) => {
				openStream(response);
				for (const line of createRunLines(answer.match(/[^]{1,7}/g) ?? [])) response.write(line);
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

it('no payload runs or reaches the DOM as markup in the dashboard', async () => {
	const [visitors, visitor] = await Promise.all([createVisitors(), createTranscript()]);
	const text = joinPayloads(3900)[0] ?? '';
	const sent = { site, message: text, context: { page_title: IMAGE } };
	await server.call('POST', 'embed-chat/send-message', sent);
	const watched = await openWatched();
	const { page } = watched;
	const [name = '', value = ''] = cookie.split('=');
	await page.context().addCookies([{ name, value, url: server.url }]);
	const visitorId = visitors[3]?.session_id ?? '';
	const paths = [
		'/',
		'/inbox',
		`/inbox/${visitor.session_id}`,
		`/inbox/${visitorId}`,
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
	for (const path of paths) {
		await gotoDashboard(page, server.url + path);
		for (let turns = 0; turns < 8; turns++) {
			await page.mouse.move(200, 400);
			await page.mouse.wheel(0, 2500);
			await page.mouse.move(720, 400);
			await page.mouse.wheel(0, -2500);
			await page.evaluate('new Promise(requestAnimationFrame)');
		}
		await expectHarmless(watched);
		// Ensures that the page contained payloads at all.

		await expect.poll(() => page.content(), { message: path }).toContain(TRAP);
	}
});

import { randomBytes } from 'node:crypto';
import template from '../../../../widget/frame.html?raw';
import type { FrameBoot } from '$lib/contract/frame';
import type { WidgetConfig } from '$lib/contract/site';
import { accentTextOn } from '$lib/contract/accent';
import type { Ctx } from '../context';
import { resumeSession } from '../sessions';
import { getWidgetConfig } from '../sites';
import { contentSecurityPolicy } from './content-security-policy';
import { escapeHtml, fill, jsonForHtml } from './html';
import { chooseLanguage, TEXTS } from './texts';
import { previewScript, sampleConversation } from './preview';
import { frameFiles } from './widget-files';

interface FrameRequest {
	site_key: string;
	/** The query of the frame's address: `via`, `theme`, `language`, `resume`, `preview`. */
	query: URLSearchParams;
	accept_language: string | null;
}

export interface FramePage {
	html: string;
	content_security_policy: string;
}

const DOTS = '<div class="bubble dots"><i></i><i></i><i></i></div>';

/** The page inside of the frame, with the greeting's shell in it and all that its script needs; throws NotFound. */
export async function getWidgetFrame(ctx: Ctx, request: FrameRequest): Promise<FramePage> {
	const { site_key, query, accept_language } = request;
	const { config, allowed_origins } = await getWidgetConfig(ctx, site_key);
	const language = chooseLanguage({
		page: query.get('language'),
		site: config.language,
		browser: accept_language,
	});
	const texts = TEXTS[language];
	// What the settings page shows: nothing of it runs, is counted or kept.
	const isPreview = query.get('preview') === '1';
	const resume_token = isPreview ? null : query.get('resume');
	const resume = resume_token && (await resumeSession(ctx, { token: resume_token, site_key }));
	const boot: FrameBoot = { config, language, texts, resume: resume || null };
	const nonce = randomBytes(16).toString('base64');
	const { script, style } = frameFiles();
	const html = fill(template, {
		nonce,
		script: isPreview ? previewScript(nonce) : scriptTag(nonce, script),
		lang: language,
		dir: language === 'ar' ? 'rtl' : 'ltr',
		theme: ['light', 'dark'].find((theme) => theme === query.get('theme')) ?? config.theme,
		style: style + accentStyle(config),
		header_text: escapeHtml(config.header_text),
		close_hidden: query.get('via') === 'launcher' ? '' : 'hidden',
		greeting: config.greeting === null && !isPreview ? DOTS : greetingBubble(config.greeting ?? ''),
		sample: isPreview ? sampleConversation() : '',
		boot: jsonForHtml(boot),
		...Object.fromEntries(
			Object.entries<string>({ ...texts }).map(([name, text]) => [
				`text.${name}`,
				escapeHtml(text),
			]),
		),
	});
	const { publicUrl } = ctx.app.config;
	const pages = isPreview ? [new URL(publicUrl).origin] : allowed_origins;
	const policy = { nonce, publicUrl, allowed_origins: pages };
	return { html, content_security_policy: contentSecurityPolicy(policy) };
}

const scriptTag = (nonce: string, src: string) =>
	`<script type="module" nonce="${nonce}" src="${src}"></script>`;

function accentStyle({ accent, accent_ink }: WidgetConfig): string {
	// The surfaces that it stands on as text: --bg and --surface of widget/app/styles.css.
	const light = accentTextOn('#fafaf8', accent);
	const dark = accentTextOn('#16191f', accent);
	return `:root{--accent:${accent};--accent-ink:${accent_ink};--accent-text-light:${light};--accent-text-dark:${dark}}`;
}

const greetingBubble = (greeting: string) =>
	`<div class="bubble greeting" dir="auto"><p>${escapeHtml(greeting).replaceAll('\n', '<br>')}</p></div>`;

import { randomBytes } from 'node:crypto';
import template from '../../../../widget/frame.html?raw';
import type { FrameBoot } from '#lib/contract/frame.ts';
import type { WidgetConfig } from '#lib/contract/site.ts';
import { accentTextOn } from '#lib/contract/accent.ts';
import type { Ctx } from '../core/context.ts';
import { resumeSession } from '../conversations/sessions/unchecked.ts';
import { getWidgetConfig } from '../sites/index.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { escapeHtml, fill, jsonForHtml } from './html.ts';
import { markdownHtml } from './markdown-html.ts';
import { chooseLanguage, TEXTS } from './texts/index.ts';
import { previewScript, sampleConversation } from './preview.ts';
import { frameFiles } from './widget-files.ts';

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

const LONG = 200;
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
		greeting: isPreview ? greetingBubble(config.greeting ?? '') : greetingShell(config, query),
		sample: isPreview ? sampleConversation() : '',
		...privacyNotices(config),
		expired_hidden: resume_token && !resume ? '' : 'hidden',
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
	// The surface that it has least contrast with as text: --surface-2 of widget/app/styles.css.
	const light = accentTextOn('#f3f3ef', accent);
	const dark = accentTextOn('#1d2129', accent);
	return `:root{--accent:${accent};--accent-ink:${accent_ink};--accent-text-light:${light};--accent-text-dark:${dark}}`;
}

/** That an AI answers, and what the visitor agrees to. */
const privacyNotices = ({ ai_disclosure, consent }: WidgetConfig) => ({
	disclosure: escapeHtml(ai_disclosure ?? ''),
	disclosure_hidden: ai_disclosure ? '' : 'hidden',
	consent: consent ? markdownHtml(consent.text) : '',
	consent_hidden: consent ? '' : 'hidden',
	// So long a text scrolls: by the keyboard, too.
	consent_focus: (consent?.text.length ?? 0) > LONG ? 'tabindex="0"' : '',
	agree_hidden: consent?.is_required ? '' : 'hidden',
});

/** What is seen before the chat has started: nothing where nobody knows when it will. */
function greetingShell(config: WidgetConfig, query: URLSearchParams): string {
	const { greeting, has_storage_before_interaction } = config;
	if (greeting !== null) return greetingBubble(greeting);
	return has_storage_before_interaction || query.get('via') === 'launcher' ? DOTS : '';
}

const greetingBubble = (greeting: string) =>
	`<div class="bubble greeting" dir="auto">${markdownHtml(greeting)}</div>`;

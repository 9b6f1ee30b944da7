import { getAccentTextColor } from '#lib/contract/accent.ts';
import type { Ctx } from '../core/context.ts';
import { getWidgetConfig } from './get-widget-config.ts';
import picture from './demo-picture.svg?raw';
import template from './demo.html?raw';
import { fillTemplate } from './html.ts';

const SITE = 'default';
const LAUNCHER = `<script src="/widget.js" data-site="${SITE}" async></script>
<script>
	document.querySelectorAll('[data-chat]').forEach(function (link) {
		link.addEventListener('click', function (event) {
			event.preventDefault();
			(window.Frontdesk = window.Frontdesk || []).push(['open']);
		});
	});
</script>`;

/** Returns the landing page of a fictitious company that embeds the site `default`, with a launcher or inline. */
export async function getDemoPage(
	ctx: Ctx,
	options: { isInline: boolean; url: URL },
): Promise<string> {
	const { config } = await getWidgetConfig(ctx, SITE);
	const { accent, accent_ink } = config;
	const query = new URLSearchParams({ page_url: options.url.href, page_title: 'Hartmann Roofing' });
	const frame = `<iframe class="chat" title="Chat" src="/embed/${SITE}?${query.toString().replaceAll('&', '&amp;')}"></iframe>`;
	return fillTemplate(template, {
		accent,
		accent_ink,
		accent_text_light: getAccentTextColor('#faf8f4', accent),
		accent_text_dark: getAccentTextColor('#1a1d18', accent),
		figure: options.isInline ? frame : picture,
		chat: options.isInline ? '' : LAUNCHER,
		other_address: options.isInline ? '/demo' : '/demo?inline',
		other_name: options.isInline ? 'See it behind a launcher' : 'See it inline',
	});
}

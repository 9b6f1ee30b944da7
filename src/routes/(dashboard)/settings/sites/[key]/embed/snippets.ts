import { createLauncherCode, SCRIPT_END } from '#lib/client/format/addresses.ts';

interface Snippet {
	title: string;
	hint: string;
	code: string;
}

/** Returns the embed code snippets of a site. */
export function getSnippets(
	url: string,
	key: string,
): {
	main: Snippet[];
	tools: Snippet[];
	/** The sources that a page's content security policy must allow. */
	policy: string;
} {
	const script = createLauncherCode(url, key);
	const origin = new URL(url).origin;
	const policy = `script-src ${origin}; frame-src ${origin}; connect-src ${origin}`;
	return {
		policy,
		main: [
			{
				title: 'Launcher',
				hint: 'A button in the corner. Add this line once, anywhere on the page. Duplicates are ignored.',
				code: script,
			},
			{
				title: 'Inline',
				hint: 'The chat appears inside this element, 600 px high and up to 550 px wide.',
				code: `<div data-frontdesk="${key}" style="min-height:600px"></div>\n<script src="${url}/widget.js" async>${SCRIPT_END}`,
			},
			{
				title: 'Iframe without a script',
				hint: 'For pages that don’t allow scripts. If the page also has the launcher, only this chat is shown.',
				code: `<div style="max-width:550px;height:600px;margin:0 auto"><iframe src="${url}/embed/${key}" title="Chat" loading="eager" referrerpolicy="no-referrer-when-downgrade" style="display:block;width:100%!important;height:100%!important;border:0"></iframe></div>`,
			},
			{
				title: 'Direct link',
				hint: 'For emails, QR codes and ads.',
				code: `${url}/embed/${key}`,
			},
			{
				title: 'Content security policy',
				hint: 'If your page has a content security policy, add these sources to its directives.',
				code: policy,
			},
		],
		tools: [
			{
				title: 'WordPress without a plugin',
				hint: 'In functions.php of a child theme, or in a code snippets plugin.',
				code: `add_action( 'wp_footer', function () {\n\techo '${script}';\n} );`,
			},
			{
				title: 'Google Tag Manager',
				hint: 'A Custom HTML tag on all pages. Tag Manager removes data attributes, so the site is set first.',
				code: `<script>\n\twindow.FrontdeskSettings = { site: '${key}', url: '${url}' };\n${SCRIPT_END}\n<script src="${url}/widget.js" async>${SCRIPT_END}`,
			},
			{
				title: 'React',
				hint: 'Add this once, near the root of your app.',
				code: `useEffect(() => {\n\tconst script = document.createElement('script');\n\tscript.src = '${url}/widget.js';\n\tscript.dataset.site = '${key}';\n\tscript.async = true;\n\tdocument.head.append(script);\n}, []);`,
			},
		],
	};
}

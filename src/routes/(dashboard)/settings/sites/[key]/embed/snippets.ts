import { launcherCode, SCRIPT_END } from '#lib/client/format/addresses.ts';

interface Snippet {
	title: string;
	hint: string;
	code: string;
}

/** Everything that is copied onto somebody's page, for a server and a site. */
export function snippetsFor(url: string, key: string): { main: Snippet[]; tools: Snippet[] } {
	const script = launcherCode(url, key);
	const origin = new URL(url).origin;
	return {
		main: [
			{
				title: 'Launcher',
				hint: 'A round button in the corner. One line anywhere in the page; twice is once.',
				code: script,
			},
			{
				title: 'Inside the page',
				hint: 'The chat fills this element: 600 px high, at most 550 px wide.',
				code: `<div data-frontdesk="${key}" style="min-height:600px"></div>\n<script src="${url}/widget.js" async>${SCRIPT_END}`,
			},
			{
				title: 'Plain frame, without a script',
				hint: 'For pages that allow no scripts. Next to the launcher’s line it takes the launcher’s place.',
				code: `<div style="max-width:550px;height:600px;margin:0 auto"><iframe src="${url}/embed/${key}" title="Chat" loading="eager" referrerpolicy="no-referrer-when-downgrade" style="display:block;width:100%!important;height:100%!important;border:0"></iframe></div>`,
			},
			{
				title: 'A page of its own',
				hint: 'A link for mails, QR codes and ads.',
				code: `${url}/embed/${key}`,
			},
			{
				title: 'Content security policy',
				hint: 'Only for pages that send such a policy: add these.',
				code: `script-src ${origin}; frame-src ${origin}; connect-src ${origin}`,
			},
		],
		tools: [
			{
				title: 'WordPress without a plugin',
				hint: 'In the functions.php of a child theme, or in a plugin for code snippets.',
				code: `add_action( 'wp_footer', function () {\n\techo '${script}';\n} );`,
			},
			{
				title: 'Google Tag Manager',
				hint: 'A tag “Custom HTML” on all pages. Tag Manager drops data attributes, so the site is told first.',
				code: `<script>\n\twindow.FrontdeskSettings = { site: '${key}', url: '${url}' };\n${SCRIPT_END}\n<script src="${url}/widget.js" async>${SCRIPT_END}`,
			},
			{
				title: 'React',
				hint: 'Once, near the root of the app.',
				code: `useEffect(() => {\n\tconst script = document.createElement('script');\n\tscript.src = '${url}/widget.js';\n\tscript.dataset.site = '${key}';\n\tscript.async = true;\n\tdocument.head.append(script);\n}, []);`,
			},
		],
	};
}

/** Ends a script element without ending the one that this code may stand in. */
export const SCRIPT_END = '</' + 'script>';

/** The one line that puts a site's launcher onto a page; `url` is PUBLIC_URL, wherever the dashboard was opened. */
export const launcherCode = (url: string, site: string) =>
	`<script src="${url}/widget.js" data-site="${site}" async>${SCRIPT_END}`;

/** The origin of hostile code. */
export const EVIL = 'https://evil.example';

/** The widget's embed code. */
export const TAG = '<script src="{server}/widget.js" data-site="{site}" async></script>';

// HTML that sanitizers let through, from https://domclob.xyz, https://research.securitum.com/xss-in-amp4email-dom-clobbering,
// and https://portswigger.net/web-security/dom-based/dom-clobbering
export const CLOBBERING: [name: string, html: string][] = [
	['data-url on an element', `<div data-frontdesk="x" data-url="${EVIL}"></div>`],
	['another vendor’s widget.js', `<script src="${EVIL}/vendor/widget.js" data-site="x"></script>`],
	['a link named like the settings', `<a id="FrontdeskSettings" href="${EVIL}"></a>`],
	// Two elements with one id make an HTMLCollection.
	[
		'links that look like a list of settings',
		`<a id="FrontdeskSettings"></a><a id="FrontdeskSettings" name="url" href="${EVIL}"></a><a id="FrontdeskSettings" name="site" href="x:x"></a>`,
	],
	[
		'a form named like the command object',
		'<form id="Frontdesk"><input name="push"><input name="refresh"></form>',
	],
	[
		'a form with every command',
		'<form id="Frontdesk"><input id="refresh"><input id="forEach"><input id="length"></form>',
	],
	// https://github.com/webpack/webpack/security/advisories/GHSA-4vvj-4cpr-p986
	[
		'an image named currentScript',
		`<img name="currentScript" src="${EVIL}/widget.js" data-site="x" data-url="${EVIL}">`,
	],
	// https://github.com/rollup/rollup/security/advisories/GHSA-gcx4-mw62-g8wm
	[
		'a form named currentScript',
		'<form name="currentScript"><input name="src"><input name="dataset"></form>',
	],
	// https://github.com/vitejs/vite/security/advisories/GHSA-64vr-g452-qvp3
	['an object named currentScript', '<object name="currentScript" data-url="x"></object>'],
	[
		'forms named like methods of the document',
		'<form name="querySelectorAll"></form><form name="createElement"></form><img name="querySelector">',
	],
	[
		'images named like parts of the document',
		'<img name="documentElement"><img name="body"><img name="readyState"><img name="title">',
	],
	[
		'an iframe named like the settings',
		`<iframe name="FrontdeskSettings" srcdoc="<a id=url href=${EVIL}></a>"></iframe>`,
	],
	[
		'a foreign iframe named like the command object',
		`<iframe name="Frontdesk" src="${EVIL}/x"></iframe>`,
	],
	[
		'a foreign iframe named like the settings',
		`<iframe name="FrontdeskSettings" src="${EVIL}/x"></iframe>`,
	],
	[
		'elements named like tag managers',
		'<form id="dataLayer"><input name="push"></form><a id="gtag"></a><a id="fbq"></a>',
	],
	// https://github.com/BlackFan/client-side-prototype-pollution
	[
		'a polluted prototype',
		`<script>Object.prototype.url = '${EVIL}'; Object.prototype.src = '${EVIL}/widget.js'</script>`,
	],
	[
		'a site key that is a path',
		`<div data-frontdesk="../../x"></div><div data-frontdesk="@evil.example"></div>`,
	],
];

/** Elements and frames named like features that Safari and Firefox lack, or lacked for a long time. */
export const UNSUPPORTED_NAMES: [name: string, html: string][] = [
	[
		'elements named like features that some browsers lack',
		'<a id="requestIdleCallback"></a><form id="navigation"><input name="addEventListener"></form>',
	],
	[
		'frames and objects named like features that some browsers lack',
		`<object id="requestIdleCallback"></object><iframe name="navigation" src="${EVIL}/x"></iframe>`,
	],
];
export const REMOVE_FEATURES =
	'<script>delete window.requestIdleCallback; delete window.navigation</script>';

const SETTINGS = "<script>window.FrontdeskSettings = { site: '{site}', url: '{server}' }</script>";
export const OPTIMIZED: [name: string, html: string][] = [
	// https://docs.litespeedtech.com/lscache/lscwp/pageopt/#localize-resources
	[
		'LiteSpeed copies it to the page’s host',
		`<script src="/cache/widget.js" data-url="{server}" data-site="{site}" async></script>`,
	],
	[
		'a renamed copy without attributes',
		`${SETTINGS}<script src="/cache/0b5f1a.js" defer></script>`,
	],
	// https://wordpress.org/support/topic/autoptimize-aggregate-inline-js/
	[
		'Autoptimize combines it with other scripts',
		`${SETTINGS}<script src="/cache/autoptimize_1f3.js"></script>`,
	],
	['inlined into the page', `${SETTINGS}<script>{script}</script>`],
	[
		'inlined by its own server',
		`<script>window.FrontdeskSettings = [{ site: '{site}' }]</script><script>{script}</script>`,
	],
	// https://github.com/ASU/asu-unity-stack/issues/858
	[
		'turned into a module',
		`<script type="module" src="{server}/widget.js" data-site="{site}"></script>`,
	],
	// https://docs.wp-rocket.me/article/1349-delay-javascript-execution
	[
		'WP Rocket delays it',
		`<script type="rocketlazyloadscript" data-rocket-src="{server}/widget.js" data-site="{site}"></script><script>
		setTimeout(() => document.querySelectorAll('[type=rocketlazyloadscript]').forEach((old) => {
			const script = document.createElement('script');
			for (const { name, value } of old.attributes) if (name !== 'type') script.setAttribute(name.replace('data-rocket-', ''), value);
			old.replaceWith(script);
		}))</script>`,
	],
	// https://developers.cloudflare.com/speed/optimization/content/rocket-loader/
	[
		'Rocket Loader evaluates it',
		`<script type="f00-text/javascript" src="{server}/widget.js" data-site="{site}"></script><script>
		onload = () => fetch('{server}/widget.js').then((response) => response.text()).then(eval)</script>`,
	],
	// https://docs.wp-rocket.me/article/1349-delay-javascript-execution, https://support.cloudflare.com/hc/articles/200168056
	[
		'run without attributes, beside its own tag',
		`<script type="text/rocketscript" data-rocketsrc="{server}/widget.js" data-site="{site}"></script><script>
		setTimeout(() => { const script = document.createElement('script'); script.src = document.querySelector('[data-rocketsrc]').dataset.rocketsrc; document.head.append(script); })</script>`,
	],
	// https://support.google.com/tagmanager/answer/6107167
	[
		'Tag Manager drops its attributes',
		`${SETTINGS}<script>(() => { const script = document.createElement('script'); script.src = '{server}/widget.js'; document.head.append(script); })()</script>`,
	],
	[
		'loaded from a blob',
		`${SETTINGS}<script>{ const script = document.createElement('script'); fetch('/cache/x.js').then((r) => r.blob()).then((b) => { script.src = URL.createObjectURL(b); document.head.append(script); }); }</script>`,
	],
	// https://support.cookiebot.com/hc/en-us/articles/4405978132242
	[
		'Cookiebot activates it after consent',
		`<script type="text/plain" data-cookieconsent="preferences" src="{server}/widget.js" data-site="{site}"></script><script>
		onload = () => { const old = document.querySelector('[type="text/plain"]'), script = document.createElement('script');
		for (const { name, value } of old.attributes) if (name !== 'type') script.setAttribute(name, value);
		old.parentNode.insertBefore(script, old); old.remove(); }</script>`,
	],
	// https://klaro.org/docs/getting-started
	[
		'Klaro activates it after consent',
		`<script type="text/plain" data-type="application/javascript" data-name="chat" data-src="{server}/widget.js" data-site="{site}"></script><script>
		onload = () => { const old = document.querySelector('[type="text/plain"]'), script = document.createElement('script');
		for (const key of Object.keys(old.dataset)) script.dataset[key] = old.dataset[key];
		script.type = old.dataset.type; script.src = old.dataset.src; old.replaceWith(script); }</script>`,
	],
	[
		'inside a shadow root',
		`${SETTINGS}<div id="x"></div><script>{ const s = document.createElement('script'); s.src = '{server}/widget.js'; x.attachShadow({ mode: 'open' }).append(s); }</script>`,
	],
	// https://wordpress.org/plugins/wp-rocket and the like
	[
		'twice, by a plugin and by hand',
		`${SETTINGS}${TAG}${TAG}<script src="/cache/widget.js" data-url="{server}" data-site="{site}"></script>`,
	],
];

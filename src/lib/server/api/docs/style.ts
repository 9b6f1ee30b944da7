/** The page's only style; the colours are the dashboard's. */
export const STYLE = `
:root { color-scheme: light dark; --bg: light-dark(#fafaf8, #0f1115); --surface: light-dark(#fff, #16191f);
	--soft: light-dark(#f3f3ef, #1d2129); --line: light-dark(#e6e5df, #2a2f39); --line-strong: light-dark(#8b8a82, #6b7280); --text: light-dark(#1b1c1a, #eceef2);
	--quiet: light-dark(#55564f, #a9b0bd); --accent: light-dark(#0b6e5f, #3fc4ac); --ok: light-dark(#15752f, #4cc26b);
	--info: light-dark(#1f5fbf, #79aef5); --warn: light-dark(#8a5a00, #e0a93b); --bad: light-dark(#b42318, #ff7b70) }
* { box-sizing: border-box }
html { scroll-padding-top: 16px }
body { margin: 0; background: var(--bg); color: var(--text); font: 14px/1.5 'Inter Variable', system-ui, sans-serif }
a { color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px }
h1 { font-size: 20px; margin: 0 0 4px }
h2 { font-size: 16px; margin: 40px 0 12px }
h3 { font-size: 13px; margin: 20px 0 6px }
p { margin: 0 0 10px; max-width: 72ch }
code, pre { font: 12.5px/1.6 ui-monospace, 'SF Mono', Menlo, Consolas, monospace }
code { overflow-wrap: anywhere }
pre { overflow: auto; margin: 0; padding: 10px 12px; border-radius: 6px; background: var(--soft); max-height: 28rem }
.quiet { color: var(--quiet) }
.page { display: grid; grid-template-columns: 272px minmax(0, 1fr) }
nav { position: sticky; top: 0; height: 100dvh; overflow: auto; padding: 24px 12px 24px 20px; border-right: 1px solid var(--line) }
nav ul { list-style: none; margin: 0 0 8px; padding: 0 }
nav a { display: block; padding: 3px 8px; border-radius: 6px; color: var(--quiet); text-decoration: none; font-size: 13px }
nav a:hover { background: var(--soft); color: var(--text) }
nav summary { padding: 4px 8px; border-radius: 6px; font-weight: 500; cursor: pointer }
nav label { display: block; padding: 0 8px 12px; font-size: 13px; font-weight: 500 }
nav label[hidden] { display: none }
input { display: block; width: 100%; height: 32px; margin-top: 4px; padding: 0 10px; border: 1px solid var(--line-strong); border-radius: 6px;
	background: var(--surface); color: inherit; font: inherit }
input::placeholder { color: var(--quiet) }
.tags { display: none }
main { padding: 32px clamp(16px, 4vw, 48px) 96px; max-width: 1080px }
.operation { border: 1px solid var(--line); border-radius: 10px; background: var(--surface); margin: 0 0 8px; scroll-margin: 16px }
.operation > summary { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; padding: 10px 14px; cursor: pointer; list-style: none }
.operation > summary::-webkit-details-marker { display: none }
.operation > summary code { flex: 1; min-width: 0 }
.operation > summary span { flex-basis: 100%; color: var(--quiet); font-size: 13px }
.operation[open] > summary { border-bottom: 1px solid var(--line) }
.operation:target { border-color: var(--accent) }
.inside { padding: 14px }
.inside > h3:first-child { margin-top: 0 }
.method { font: 600 11px/18px ui-monospace, monospace; text-transform: uppercase; min-width: 52px; color: var(--info) }
.post, .put { color: var(--ok) } .patch { color: var(--warn) } .delete { color: var(--bad) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 13px }
th { text-align: left; font-weight: 500; color: var(--quiet) }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top }
tr:last-child td { border-bottom: 0 }
.deep { padding-left: 18px }
.deeper { padding-left: 36px }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 16px }
@media (max-width: 820px) {
	.page { display: block }
	html { scroll-padding-top: 116px }
	.operation { scroll-margin: 0 }
	nav { z-index: 1; height: auto; padding: 10px 0 0; border-right: 0; border-bottom: 1px solid var(--line); background: var(--bg) }
	nav label { padding: 0 16px 6px }
	input { height: 36px; margin-top: 2px; font-size: 16px }
	.groups { display: none }
	.tags { display: flex; gap: 4px; overflow-x: auto; padding: 0 8px 6px; scrollbar-width: none }
	.tags a { flex: none; padding: 12px 8px }
	main { padding-top: 20px }
}
`;

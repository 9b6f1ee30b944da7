import { escapeHtml } from '#lib/server/core/text.ts';

/** One block of a mail's content. */
type MailBlock =
	| { type: 'text'; text: string }
	| { type: 'facts'; rows: [label: string, value: string][] }
	| { type: 'weeks'; rows: [label: string, week: string, previousWeek: string][] }
	| { type: 'quote'; lines: { who: string; text: string; is_marked?: boolean }[] }
	| { type: 'button'; label: string; url: string }
	| { type: 'link'; label: string; url: string }
	| { type: 'hint'; text: string };

/** The content of a mail, before it is rendered as HTML and plain text. */
export interface MailContent {
	subject: string;
	title: string;
	parts: MailBlock[];
}

/** The placeholder for a one-time link, which is stored sealed and inserted when the mail is sent. */
export const ONE_TIME_LINK = 'https://one-time-link.invalid/';

/** Renders a mail as plain text. */
export const renderText = ({ title, parts }: MailContent): string =>
	`${[title, ...parts.map(renderTextBlock)].join('\n\n')}\n\n-- \nSent by Frontdesk\n`;

function renderTextBlock(part: MailBlock): string {
	switch (part.type) {
		case 'text':
		case 'hint':
			return part.text;
		case 'facts':
			return part.rows.map(([label, value]) => `${label}: ${value}`).join('\n');
		case 'weeks':
			return part.rows
				.map(([label, week, previous]) => `${label}: ${week} (previous week: ${previous})`)
				.join('\n');
		case 'quote':
			return part.lines.map(renderTextLine).join('\n');
		case 'button':
		case 'link':
			return `${part.label}:\n${part.url}`;
	}
}

/** A line of a conversation; `is_marked` if an issue was raised on it. */
interface QuotedLine {
	who: string;
	text: string;
	is_marked?: boolean;
}

function renderTextLine({ who, text, is_marked }: QuotedLine) {
	const suffix = is_marked ? ' (message with the issue)' : '';
	return `> ${who}${suffix}: ${text.replaceAll('\n', '\n> ')}`;
}

// Mail clients reliably support only tables and inline styles; dark mode is an enhancement where it is supported.
const DARK_MODE_STYLE = `@media (prefers-color-scheme: dark) {
	.page { background: #0f1115 !important; }
	.card, .quote { background: #16191f !important; }
	.card { border-color: #2a2f39 !important; }
	.ink { color: #eceef2 !important; }
	.ink-2 { color: #a9b0bd !important; }
	.line { border-color: #2a2f39 !important; }
	.act { background: #3fc4ac !important; color: #04201b !important; }
	.quote { border-color: #3fc4ac !important; }
}`;
const FONT_STYLE = `font-family:Inter,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif`;
const DATA_TABLE_ATTRIBUTES = 'cellpadding="0" cellspacing="0" border="0" width="100%"';
const TABLE_ATTRIBUTES = `role="presentation" ${DATA_TABLE_ATTRIBUTES}`;

/** Renders a mail as HTML. All text is escaped, and no external resources are loaded. */
export function renderHtml({ subject, title, parts }: MailContent): string {
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(subject)}</title>
<style>${DARK_MODE_STYLE}</style>
</head>
<body class="page" style="margin:0;background:#fafaf8">
<table ${TABLE_ATTRIBUTES} class="page" style="background:#fafaf8"><tr><td align="center" style="padding:24px 12px">
<table ${TABLE_ATTRIBUTES} class="card" style="max-width:560px;background:#ffffff;border:1px solid #e6e5df;border-radius:10px"><tr><td style="padding:28px;${FONT_STYLE};font-size:14px;line-height:21px">
<h1 class="ink" style="margin:0 0 16px;font-size:20px;line-height:28px;font-weight:600;color:#1b1c1a">${escapeHtml(title)}</h1>
${parts.map(renderHtmlBlock).join('\n')}
</td></tr></table>
<p class="ink-2" style="margin:16px 0 0;${FONT_STYLE};font-size:12px;line-height:16px;color:#55564f">Sent by Frontdesk</p>
</td></tr></table>
</body>
</html>`;
}

function renderHtmlBlock(part: MailBlock): string {
	switch (part.type) {
		case 'text':
			return renderParagraph(part.text, 'ink', '#1b1c1a');
		case 'hint':
			return renderParagraph(part.text, 'ink-2', '#55564f');
		case 'facts':
			return `<table ${TABLE_ATTRIBUTES} style="margin:0 0 16px">${part.rows.map(renderFact).join('')}</table>`;
		case 'weeks':
			return `<table ${DATA_TABLE_ATTRIBUTES} style="margin:0 0 16px">${renderWeeksHead()}${part.rows.map(renderWeeks).join('')}</table>`;
		case 'quote':
			return `<table ${TABLE_ATTRIBUTES} class="quote" style="margin:0 0 16px;background:#f3f3ef;border-left:3px solid #0b6e5f"><tr><td style="padding:12px 16px">${part.lines.map(renderQuoteLine).join('')}</td></tr></table>`;
		case 'button':
			return `<p style="margin:20px 0"><a class="act" href="${escapeHtml(part.url)}" style="display:inline-block;padding:9px 16px;border-radius:6px;background:#0b6e5f;color:#ffffff;font-weight:500;text-decoration:none">${escapeHtml(part.label)}</a></p>`;
		case 'link':
			return `<p class="ink-2" style="margin:0 0 16px;color:#55564f"><a class="ink-2" href="${escapeHtml(part.url)}" style="color:#55564f">${escapeHtml(part.label)}</a></p>`;
	}
}

const renderParagraph = (text: string, kind: string, color: string) =>
	`<p class="${kind}" style="margin:0 0 16px;color:${color}">${renderLineBreaks(text)}</p>`;

const renderFact = ([label, value]: [string, string]) =>
	`<tr><td class="ink-2" valign="top" style="padding:2px 16px 2px 0;white-space:nowrap;color:#55564f">${escapeHtml(label)}</td><td class="ink" width="100%" style="padding:2px 0;color:#1b1c1a;overflow-wrap:anywhere;word-break:break-word">${renderLineBreaks(value)}</td></tr>`;

const NUMBER_STYLE = 'padding:6px 0 6px 16px;text-align:right;white-space:nowrap';

const renderWeeksHead = () =>
	`<tr class="ink-2" style="font-size:12px;line-height:16px;color:#55564f"><td></td><th scope="col" style="${NUMBER_STYLE};font-weight:400">Last week</th><th scope="col" style="${NUMBER_STYLE};font-weight:400">Previous week</th></tr>`;

const WEEKS_BORDER = 'border-top:1px solid #e6e5df';

const renderWeeks = ([label, week, previous]: [string, string, string]) =>
	`<tr><th scope="row" class="ink line" style="padding:6px 0;text-align:left;font-weight:400;${WEEKS_BORDER};color:#1b1c1a">${escapeHtml(label)}</th><td class="ink line" style="${NUMBER_STYLE};font-weight:600;${WEEKS_BORDER};color:#1b1c1a">${escapeHtml(week)}</td><td class="ink-2 line" style="${NUMBER_STYLE};${WEEKS_BORDER};color:#55564f">${escapeHtml(previous)}</td></tr>`;

function renderQuoteLine({ who, text, is_marked }: QuotedLine) {
	const suffix = is_marked ? ' ← message with the issue' : '';
	return `<p class="ink" style="margin:0 0 8px;color:#1b1c1a"><b>${escapeHtml(who)}${suffix}</b><br>${renderLineBreaks(text)}</p>`;
}

const renderLineBreaks = (text: string) => escapeHtml(text).replaceAll('\n', '<br>');

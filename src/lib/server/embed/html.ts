import { parseMarkdown, type Block, type Inline } from '#lib/markdown/index.ts';
import { escapeHtml } from '../core/text.ts';

export { escapeHtml };

/** Returns JSON that is safe inside a script element. */
export const toScriptJson = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');

/** Replaces each `%name%` in a template with its value, which must already be HTML. Throws if a value is missing. */
export function fillTemplate(template: string, values: Record<string, string>): string {
	return template.replace(/%([a-z][\w.]*)%/g, (_, name: string) => {
		const value = values[name];
		if (value === undefined) throw new Error(`no value for "${name}" in the template`);
		return value;
	});
}

/** Renders Markdown exactly as the frame's script does, so that the script can reuse the server-rendered HTML. */
export const renderMarkdown = (text: string): string =>
	parseMarkdown(text).map(renderBlock).join('');

function renderBlock(block: Block): string {
	if (block.type === 'paragraph') return `<p>${block.lines.map(renderInline).join('<br>')}</p>`;
	const items = block.items.map((item) => `<li>${renderInline(item)}</li>`).join('');
	const depth = block.depth === undefined ? '' : ` class="in${block.depth}"`;
	return block.start === null
		? `<ul${depth}>${items}</ul>`
		: `<ol${depth} start="${block.start}">${items}</ol>`;
}

const TAGS = { bold: 'strong', italic: 'em', strike: 's', code: 'code' };

function renderInline(parts: Inline[]): string {
	return parts
		.map((part) => {
			if (typeof part === 'string') return escapeHtml(part);
			const inner = renderInline(part.children);
			if (part.type !== 'link') {
				const tag = TAGS[part.type];
				return `<${tag}>${inner}</${tag}>`;
			}
			const href = escapeHtml(part.href);
			return `<a href="${href}" target="_blank" rel="noopener noreferrer nofollow">${inner}</a>`;
		})
		.join('');
}

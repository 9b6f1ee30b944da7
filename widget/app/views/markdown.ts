import { createElement } from '../dom.ts';
import { parseMarkdown, type Block, type Inline } from '#lib/markdown/index.ts';

const renderedKeys = new WeakMap<Element, string[]>();

/** Renders Markdown into an element. Unchanged blocks keep their nodes, so that nothing flickers. */
export function renderMarkdown(target: Element, text: string, isStreaming = false): void {
	const blocks = parseMarkdown(text, isStreaming);
	const keys = blocks.map((block) => JSON.stringify(block));
	const previousKeys = renderedKeys.get(target) ?? [];
	blocks.forEach((block, index) => {
		if (keys[index] === previousKeys[index]) return;
		const node = createBlock(block);
		const current = target.children[index];
		if (current) current.replaceWith(node);
		else target.append(node);
	});
	while (target.children.length > blocks.length) target.lastElementChild?.remove();
	renderedKeys.set(target, keys);
}

/** Returns the text of Markdown without its formatting. */
export function toPlainText(text: string): string {
	const container = createElement('div');
	renderMarkdown(container, text);
	return [...container.children].map((block) => block.textContent).join(' ');
}

function createBlock(block: Block): HTMLElement {
	if (block.type === 'paragraph') {
		const lines = block.lines.flatMap((line, index) => [
			...(index ? [createElement('br')] : []),
			...renderInline(line),
		]);
		return createElement('p', '', ...lines);
	}
	const items = block.items.map((item) => createElement('li', '', ...renderInline(item)));
	const indentClass = block.depth ? `in${block.depth}` : '';
	if (block.start === null) return createElement('ul', indentClass, ...items);
	const list = createElement('ol', indentClass, ...items);
	list.start = block.start;
	return list;
}

const TAGS = { bold: 'strong', italic: 'em', strike: 's', code: 'code' } as const;

function renderInline(parts: Inline[]): (Node | string)[] {
	return parts.map((part) => {
		if (typeof part === 'string') return part;
		const children = renderInline(part.children);
		if (part.type !== 'link') {
			return createElement(TAGS[part.type], '', ...children);
		}
		const link = createElement('a', '', ...children);
		link.href = part.href;
		link.target = '_blank';
		link.rel = 'noopener noreferrer nofollow';
		return link;
	});
}

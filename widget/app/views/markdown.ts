import { element } from '../dom.ts';
import { parse, type Block, type Inline } from '#lib/markdown/index.ts';

const rendered = new WeakMap<Element, string[]>();

/** Renders Markdown into an element. Unchanged blocks are kept, so that nothing flickers. */
export function renderMarkdown(target: Element, text: string, isOpen = false): void {
	const blocks = parse(text, isOpen);
	const keys = blocks.map((block) => JSON.stringify(block));
	const old = rendered.get(target) ?? [];
	blocks.forEach((block, at) => {
		if (keys[at] === old[at]) return;
		const node = blockNode(block);
		const present = target.children[at];
		if (present) present.replaceWith(node);
		else target.append(node);
	});
	while (target.children.length > blocks.length) target.lastElementChild?.remove();
	rendered.set(target, keys);
}

/** Returns the text of Markdown without its formatting. */
export function plainText(text: string): string {
	const holder = element('div');
	renderMarkdown(holder, text);
	return [...holder.children].map((block) => block.textContent).join(' ');
}

function blockNode(block: Block): HTMLElement {
	if (block.type === 'paragraph') {
		const lines = block.lines.flatMap((line, at) => [
			...(at ? [element('br')] : []),
			...inline(line),
		]);
		return element('p', '', ...lines);
	}
	const items = block.items.map((item) => element('li', '', ...inline(item)));
	const depth = block.depth ? `in${block.depth}` : '';
	if (block.start === null) return element('ul', depth, ...items);
	const list = element('ol', depth, ...items);
	list.start = block.start;
	return list;
}

const TAGS = { bold: 'strong', italic: 'em', strike: 's', code: 'code' } as const;

function inline(parts: Inline[]): (Node | string)[] {
	return parts.map((part) => {
		if (typeof part === 'string') return part;
		const children = inline(part.children);
		if (part.type !== 'link') {
			return element(TAGS[part.type], '', ...children);
		}
		const link = element('a', '', ...children);
		link.href = part.href;
		link.target = '_blank';
		link.rel = 'noopener noreferrer nofollow';
		return link;
	});
}

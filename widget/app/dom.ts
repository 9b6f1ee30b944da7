type Child = Node | string;

/** Creates an element. Strings are added as text, never as HTML. */
export function createElement<K extends keyof HTMLElementTagNameMap>(
	tag: K,
	className = '',
	...children: Child[]
): HTMLElementTagNameMap[K] {
	const node = document.createElement(tag);
	if (className) node.className = className;
	node.append(...children);
	return node;
}

/** Returns an element of the frame's HTML. Throws if it is missing. */
export function getElement<T extends Element>(id: string, type: new () => T): T {
	const node = document.getElementById(id);
	if (node instanceof type) return node;
	throw new Error(`#${id} is missing`);
}

/** Sets the text only if it differs, so that screen readers announce it once. */
export function setText(target: Element, text: string): void {
	if (target.textContent !== text) target.textContent = text;
}

type Child = Node | string;

/** Makes an element; text stays text, whatever it holds. */
export function element<K extends keyof HTMLElementTagNameMap>(
	tag: K,
	className = '',
	...children: Child[]
): HTMLElementTagNameMap[K] {
	const made = document.createElement(tag);
	if (className) made.className = className;
	made.append(...children);
	return made;
}

/** The element that the page was delivered with. */
export function find<T extends Element>(id: string, type: new () => T): T {
	const found = document.getElementById(id);
	if (found instanceof type) return found;
	throw new Error(`#${id} is missing`);
}

/** Changes text only when it differs, so that screen readers hear it once. */
export function setText(target: Element, text: string): void {
	if (target.textContent !== text) target.textContent = text;
}

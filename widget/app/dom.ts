type Child = Node | string;

/** Creates an element. Strings are added as text, never as HTML. */
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

/** Returns an element of the frame's HTML. Throws if it is missing. */
export function find<T extends Element>(id: string, type: new () => T): T {
	const found = document.getElementById(id);
	if (found instanceof type) return found;
	throw new Error(`#${id} is missing`);
}

/** Sets the text only if it differs, so that screen readers announce it once. */
export function setText(target: Element, text: string): void {
	if (target.textContent !== text) target.textContent = text;
}

/** Marks messages in the transcript as pinned by a reviewer or flagged by a check, until the returned function is called. */
export function markPinned(
	ids: readonly number[],
	mark: 'pinned' | 'flagged' = 'pinned',
): () => void {
	const bubbles = ids
		.map((id) => document.getElementById(`message-${id}`))
		.filter((bubble) => bubble !== null);
	for (const bubble of bubbles) bubble.dataset[mark] = '';
	return () => {
		for (const bubble of bubbles) delete bubble.dataset[mark];
	};
}

/** Returns the id of the message whose bubble contains a click target. */
export function findMessageAt(target: EventTarget | null): number | null {
	const bubble = target instanceof Element ? target.closest('[data-bubble][id^="message-"]') : null;
	return bubble ? Number(bubble.id.slice('message-'.length)) : null;
}
